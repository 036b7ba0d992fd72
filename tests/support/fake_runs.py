"""Run folders as tune and fit leave them, without networks: only what a listing reads."""

import numpy as np

from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.fit_status import fingerprint
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import write_arrays

ROWS, FOLDS = 40, 2
CONFIG = {
    "family": "dense",
    "preset": "quick",
    "folds": FOLDS,
    "seed": 0,
    "data": {"train.csv": "a" * 64, "test.csv": "b" * 64},
    "versions": {"keras": "3.15.1"},
}
BEST = {
    "family": "dense",
    "hyperparameters": {"units": 512, "dropout": 0.0},
    "members": [{"posture": "as_is"}],
    "epochs": 16,
    "folds": FOLDS,
    "seed": 0,
    "cv": {"scores": [0.9, 0.94], "mean": 0.92, "epochs": 6},
}
TRIALS = """\
trial,status,split0_test_score,split1_test_score,rank_test_score,seconds
1,raced,0.7,,,5.5
0,completed,0.8,0.9,1,70.0
"""


def begun(home, name, **config):
    """Make a run with two trials, whose search has not ended."""
    run = Home(home).run(name)
    write_json(run.config, CONFIG | config)
    write_arrays(run.folds, fold=np.arange(ROWS, dtype=np.int8) % FOLDS)
    run.trials.write_text(TRIALS)
    return run


def searched(home, name, config=None, **best):
    run = begun(home, name, **(config or {}))
    write_json(run.best, BEST | best)
    return run


def fitted(home, name, mistakes=(), config=None, **best):
    """Make a run with wrong OOF predictions for the rows `mistakes`, trained for 90 + 60 s."""
    run = searched(home, name, config, **best)
    labels = np.arange(ROWS) % 10
    said = labels.copy()
    said[list(mistakes)] = (said[list(mistakes)] + 1) % 10
    fold = np.arange(ROWS) % FOLDS
    write_arrays(run.oof, logits=np.eye(10, dtype=np.float32)[said], labels=labels, fold=fold)
    write_arrays(run.test, logits=np.eye(10, dtype=np.float32))
    run.history.write_text("fold,member,epoch,seconds\n0,0,1,50\n0,0,2,90\n1,0,1,20\n1,0,2,60\n")
    write_json(run.made_from, fingerprint(run, "a" * 64))
    for k in range(FOLDS):
        run.weights(k).touch()
    return run
