"""CSVs as people save them, as the plain ones that the layouts read.

The bytes of a file come in. UTF-8 text with commas and a line of column names goes out, with words
for whatever was different. What is unclear is an error. The usual CSV passes as it is, after a look
at its first bytes.

Read in this order:

    dialect       `plain_csv`: packing, encoding and separator
    kinds         what a file is that is called .csv, and is none
    columns       the names of the columns as the description has them
    pixel_names   which columns are pixels, by the numbers in their names
    headless      a first line that has no names
    opening       a CSV of pixels: all of it together

`kinds` is tested with `dialect`, `columns` and `headless` with `opening`, and `pixel_names` with
the inspection in `tests/data/test_inspection.py`.
"""
