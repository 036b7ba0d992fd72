"""Get the files of a competition, check them, and load them as arrays.

Archives, folders or downloads from Kaggle come in. Validated arrays (`ImageSet`), a verified data
folder and `submission.csv` go out.

Read in this order:

    dataset        `ImageSet`: images and labels of the training or the test part
    csvs/          CSVs as people save them, as plain ones
    layouts/       the files of each layout as `RawImages`, one module a layout
    images         an image file as an array
    labels         labels as texts, classes and indices
    looks          binarised and inverted images
    cleaning       repeated, empty and contradictory images
    choices        what the user chose for the data: conflicts, unreadable images, own rows
    progress       how long work tells its progress
    cache          the loaded arrays, kept next to the files for the next load
    submissions/   the form of a submission, and the check of one
    verification   the check of all files before they enter the data folder
    archives/      the files, out of whatever they were packed in
    samples/       the embedded samples: digits and letters
    origins        where files come from: Kaggle, this machine, a sample
    manifest       `manifest.json`: the list of files in a data folder
    sources        the download from an origin into the data folder
    inspection/    what files of an unknown competition tell about their layout

`cache`, `cleaning` and `choices` are tested with `dataset` in `tests/data/test_dataset.py`.
`manifest`, `origins` and `progress` are tested with `sources` in `tests/data/test_sources.py`.
"""
