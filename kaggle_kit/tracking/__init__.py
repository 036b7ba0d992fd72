"""Experiment tracking: TensorBoard and MLflow get trials, folds, epochs and artefacts.

The search and the ensemble tell a `Log` what happens. Each tracker is served by a thread of its
own, so that a server that is down or a full disk neither ends nor slows a training.

Read in this order:

    tracker       the interface of a tracker, and what it is told about a run
    log           passes the events on, each to every tracker, in a thread
    tensorboard   event files, a folder for each network
    mlflow        a run for the search and the ensemble, and nested runs for their parts

`tracker` is tested with `log` in `tests/tracking/test_log.py`.
"""
