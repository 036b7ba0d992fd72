"""One module per verb. Its `run(options)` calls `api` and shows the result.

`run` takes the parsed options, prints results on standard output and raises a KitError on failure.
A module is imported only when its verb is called.

`demo` and `bundle` are tested in `tests/api/test_demo.py`, `doctor` in `tests/api/test_doctor.py`,
`runs` in `tests/report/test_overview.py`, `export` in `tests/ensemble/test_export.py`,
`leaderboard` in `tests/kaggle/test_leaderboard.py`, `kernel` and `push` in
`tests/kaggle/test_kernels.py`, `predict` in `tests/api/test_predict.py`, and `completion` in
`tests/cli/shell/test_completion.py`.
The others are tested in `tests/cli/test_main.py`.
"""
