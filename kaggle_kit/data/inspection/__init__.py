"""Find out how the files of an unknown competition are laid out, for its description.

A folder or an archive and the options of the user come in. Facts go out, each with its origin and
how sure it is, and the fields that nothing tells.

Read in this order:

    inspecting      `inspect_files`: all of it, in order
    findings        facts, what is unclear, notes, and choices
    material        all files of an origin, unpacked as they are needed
    tables          CSVs: columns and first rows
    pixel_tables    images in CSVs
    picture_files   images that are files
    picture_names   names of images that are ids in a CSV
    pictures        size, channels and kind of images
    arrays          images in NumPy's files
    label_columns   which columns are labels, and which may be groups
    answers         the example submission

All are tested in `tests/data/test_inspection.py`.
"""
