"""The files under `--home`: their paths, how to read and write them, and what is in them.

Values come in and become files that are complete or absent. Files come in and become checked
values, or errors that say what to do.

Read in this order:

    paths          where each file of a run and of `--home` is
    files          write files completely or not at all
    written        which files the kit wrote, so that a user's edits are not replaced
    storage        read and write JSON, arrays and tables of a run
    config         config.json: the settings of a run
    best           best.json: the chosen network, with everything that `fit` needs
    fit_status     whether the ensemble of a run is complete, and how good it is
    lock           one process at a time writes a run
    ledger         submissions/ledger.csv: one row for every submission
    provenance     versions, git revision, command and machine that made a result
    requirements   the versions of other packages that the kit needs
    packaging      the sources of the kit as an archive

`fit_status` is tested with `fit` in `tests/ensemble/test_fit.py`.
"""
