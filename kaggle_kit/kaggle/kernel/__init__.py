"""The kit as one notebook that runs at Kaggle.

The kit's source files, the text of the notebook and the user's choices come in. A notebook with its
metadata goes out, and its fetched output is checked.

Read in this order:

    notebook.txt   the story: the cells of the notebook, in the percent format
    notebook       builds the notebook from the story and the kit
    edits          finds what the user edited in it
    metadata       makes and checks kernel-metadata.json
    runtime        runs at Kaggle: finds the data, and saves the run as output
    output         checks the fetched output against its checksums, and keeps it

`metadata` is tested with `kernels` in `tests/kaggle/test_kernels.py`, and `runtime` with `notebook`
in `tests/kaggle/kernel/test_notebook.py`.
"""
