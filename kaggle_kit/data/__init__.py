"""Get the CSVs of a competition, check them, and load them as arrays.

CSV files, zips or downloads from Kaggle come in. Validated arrays (`ImageSet`), a verified data
folder and `submission.csv` go out.

Read in this order:

    dataset           `ImageSet`: images and labels, loaded from train.csv and test.csv
    csv_table         a whole CSV as pixels, labels and line numbers
    csv_parsing       lines of a CSV as numbers, or an error with line and column
    cache             the loaded arrays, kept next to the CSV for the next load
    submission_csv    `submission.csv`: written, validated and scored
    verification      the check of all CSVs before they enter the data folder
    archives          the CSVs from a zip or a folder
    embedded_sample   the sample of 1,797 digits, as CSVs and as pictures
    manifest          `manifest.json`: the list of files in a data folder
    sources           the download from Kaggle, from this machine or of the sample

`cache` is tested with `dataset` in `tests/data/test_dataset.py`. `manifest` is tested with
`sources` in `tests/data/test_sources.py`.
"""
