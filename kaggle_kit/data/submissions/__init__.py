"""Submissions: their form, and the check that Kaggle will accept one.

Answers for the test images, or a CSV of any origin, come in. Rows of a submission.csv go out.

Read in this order:

    rows     a CSV as rows of texts, and such rows as the content of a CSV
    form     the columns, ids and classes of a submission, from the competition's example
    values   the fields of one row: what Kaggle accepts, in one spelling
    columns  the columns of a file in the order of the form
    check    a whole file, checked by line and column

`rows` and `columns` are tested with `check` in `test_check.py`.
"""
