"""The layouts of image data: each reads one kind of files into `RawImages`.

Read in this order:

    base            `RawImages`: what every layout gives; their blocks
    parts           reads the training or the test part, in whatever layout it has
    pixel_columns   a CSV with a column for each pixel
    csv_parsing     lines of a CSV become numbers and texts
    pixel_string    a CSV with all pixels of an image in one column
    files           a file for each image: by a template, or in a folder for each class
    npz             NumPy arrays
    file_list       the files of one part, and what is said of those that cannot be read
    templates       templates of paths, and the files that match them
    label_table     the CSV with the labels
    decoding        many image files become one array
    processes       the processes that decode

`parts` is tested with `dataset` in `tests/data/test_dataset.py`. `base` and `processes` are tested
with `decoding` in `tests/data/layouts/test_decoding.py`. `file_list` and `label_table` are tested
with `files` in `tests/data/layouts/test_files.py`.
"""
