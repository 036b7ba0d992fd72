"""Run folders as tune and fit leave them, without networks: what a listing or a report reads."""

import numpy as np

from kaggle_kit.api.job import Images
from kaggle_kit.data.dataset import load_test, load_train
from kaggle_kit.ensemble.views import Views
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.fit_status import fingerprint
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import write_arrays

ROWS, FOLDS = 40, 2
CONFIG = {
    "family": "dense",
    "preset": "quick",
    "oracle": "random",
    "folds": FOLDS,
    "seed": 0,
    "epochs": 6,
    "patience": None,
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


def reportable(job, *, share=0.7, members=2, **best):
    """Make the run of a job whose data are there; `share` of its predictions are right.

    Its networks are empty files. A `best.json` has the fields `best` besides those of BEST.
    """
    parts = (load(job.data, job.competition) for load in (load_train, load_test))
    images, random = Images(*parts, job.competition), np.random.default_rng(0)
    labels, classes = images.train.known_labels, images.problem.classes
    read = np.where(
        random.random(len(labels)) < share, labels, random.integers(classes, size=len(labels))
    )
    logits = np.eye(classes, dtype=np.float32)[read] * 4
    noise = random.normal(size=(members, *logits.shape)).astype(np.float32)
    fold = np.arange(len(labels), dtype=np.int8) % FOLDS
    run = job.run
    write_json(run.config, CONFIG | {"data": images.sha256s, "competition": job.competition.slug})
    write_arrays(run.folds, fold=fold)
    changes = {"members": [{}] * members, "problem": images.problem.to_dict()}
    write_json(
        run.best, BEST | {"competition": job.competition.slug, "trial": "0"} | changes | best
    )
    columns = ["split0", "split1", "mean", "se", "rank"]
    columns = ["trial", "status", *(f"{name}_test_score" for name in columns)]
    scores = ",".join([*columns, "seconds", "param_units"])
    signed = [-0.9, -0.8, -0.7] if images.problem.metric == "log_loss" else [0.7, 0.8, 0.9]
    low, middle, high = signed
    run.trials.write_text(
        f"{scores}\n1,raced,{low},,{low},,,5.5,64\n"
        f"0,completed,{middle},{high},{(middle + high) / 2},0.05,1,70.0,512\n"
        f"2,completed,{low},{middle},{(low + middle) / 2},0.05,2,60.0,256\n"
    )
    all_logits = logits + noise
    write_arrays(
        run.oof, logits=all_logits.mean(axis=0), members=all_logits, labels=labels, fold=fold
    )
    write_arrays(run.test, logits=np.zeros((len(images.test.images), classes), np.float32))
    curve = "0.5,0.6,1.5,1.4,0.003", "0.7,0.65,1.0,1.1,0.001"
    lines = [
        f"{k},{member},{epoch + 1},{curve[epoch]},{30 * (epoch + 1)}"
        for k in range(FOLDS)
        for member in range(members)
        for epoch in range(2)
    ]
    header = "fold,member,epoch,accuracy,val_accuracy,loss,val_loss,learning_rate,seconds"
    run.history.write_text("\n".join([header, *lines]) + "\n")
    write_json(run.made_from, fingerprint(run, images.train.sha256))
    for k in range(FOLDS):
        for member in range(members):
            run.weights(k, member).touch()
    Views().write(run)
    return run
