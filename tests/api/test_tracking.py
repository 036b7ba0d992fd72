"""Trackers of a whole training, read back with TensorBoard's and MLflow's own readers."""

import importlib
import importlib.util
import json
import socket

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("mlflow")
pytest.importorskip("tensorboard")

from mlflow import MlflowClient
from trackers import curve

import kaggle_kit as kk
from kaggle_kit.api.job import Job
from kaggle_kit.api.reporter import SILENCE
from kaggle_kit.api.tracking import keep_in_log
from kaggle_kit.cli.arguments import trackers_of
from kaggle_kit.cli.commands import quickstart
from kaggle_kit.cli.main import main
from kaggle_kit.workspace.fit_status import load_evaluation
from kaggle_kit.workspace.paths import Home

SHORT = {"trials": 1, "folds": 2, "epochs": 1, "fit_epochs": 1, "members": 1, "workers": 1}
SHORT |= {"time_budget": "2h"}  # the length of the training must not depend on the machine


@pytest.fixture(scope="module")
def images():
    """Small grey images of two classes."""
    X = np.random.default_rng(0).integers(0, 40, (40, 6, 6), dtype=np.uint8)
    X[::2, 2] = 200
    return X, np.arange(40) % 2


@pytest.fixture(scope="module")
def job(images, competition, tmp_path_factory):
    """A run that was logged to both: a search of two rungs, and an ensemble."""
    home = Home(tmp_path_factory.mktemp("a home"))
    run = home.run("default")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        plan = SHORT | {"epochs": 6, "fit_epochs": 2, "log": ["tensorboard", "mlflow"]}
        kk.ImageClassifier(**plan, run=run.folder).fit(*images)
        job = Job(competition, home, run)
        run.submission.write_text("ImageId,Label\n")
        keep_in_log(["mlflow", "tensorboard"], job, run.submission, reporter=SILENCE)
    return job


def test_tensorboard_has_a_curve_for_each_network(job):
    board = job.run.tensorboard
    points = curve(board / "trial-0" / "fold1", "val_accuracy")
    assert [step for step, _ in points] == [*range(1, 7)]
    history = pd.read_csv(job.run.history)
    for fold, rows in history.groupby("fold"):
        for tag in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
            points = curve(board / "fit" / f"fold{fold}-member0", tag)
            assert [step for step, _ in points] == rows["epoch"].tolist()
            assert [value for _, value in points] == pytest.approx(rows[tag].tolist())
    trials = pd.read_csv(job.run.trials)
    ((_, score),) = curve(board / "hparams" / "trial-0", "mean_test_score")
    assert score == pytest.approx(trials["mean_test_score"][0])


def test_mlflow_has_nested_runs_scores_and_artefacts(job):
    run = job.run
    client = MlflowClient(f"sqlite:///{job.home.folder / 'mlflow.db'}")
    parent = client.get_run(json.loads(run.mlflow.read_text())["run_id"])
    assert (parent.info.run_name, parent.info.status) == ("default", "FINISHED")
    assert client.get_experiment(parent.info.experiment_id).name == "arrays"
    assert parent.data.params["folds"] == "2"
    tags = {f"kaggle_kit.{name}" for name in ("version", "revision", "backend")}
    assert tags <= set(parent.data.tags)
    assert parent.data.metrics["oof_accuracy"] == load_evaluation(run).accuracy
    nested = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    by_name = {one.info.run_name: one for one in nested}
    assert sorted(by_name) == ["fit", "trial-0"]
    trial = by_name["trial-0"]
    chosen = json.loads(run.best.read_text())["hyperparameters"]
    assert trial.data.params == {name: str(value) for name, value in chosen.items()}
    points = client.get_metric_history(trial.info.run_id, "fold0/val_accuracy")
    assert [point.step for point in points] == [*range(1, 7)]
    kept = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert kept == {
        *("best.json", "config.json", "plan.json", "trials.csv", "history.csv"),
        *("confusion_matrix.csv", "classification_report.txt", "submission.csv"),
    }


def test_a_server_that_is_down_is_one_warning_and_the_training_goes_on(
    images, tmp_path, monkeypatch, capsys
):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.chdir(tmp_path)
    model = kk.ImageClassifier(**SHORT, log=["tensorboard", "mlflow"]).fit(*images)
    assert model.predict(images[0]).shape == (40,)
    said = capsys.readouterr().err
    assert said.count(f"warning: MLflow logs nothing more: no server answers at {address}") == 1
    (board,) = (tmp_path / "tensorboard").iterdir()  # the run itself is in a temporary folder
    assert len(curve(board / "fit" / "fold1-member0", "loss")) == 1
    assert said.count(f"`tensorboard --logdir {board}` shows it") == 1


def test_a_tracker_that_is_not_installed_is_told_before_anything_is_done(
    tmp_path, monkeypatch, capsys
):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "mlflow" else found(name)
    )
    for verb in (["tune"], ["fit"], ["submit", "--dry-run"]):
        assert main([*verb, "--log", "mlflow", "--home", str(tmp_path)]) == 1
        said = capsys.readouterr().err
        assert "error: the log for mlflow needs mlflow>=3, not installed here" in said
        assert 'pip install "mlflow>=3"`' in said
    assert list(tmp_path.iterdir()) == []


def test_the_quickstart_logs_what_it_trains(monkeypatch, tmp_path):
    seen = {}
    for verb in quickstart.STEPS:
        command = importlib.import_module(f"kaggle_kit.cli.commands.{verb}")
        monkeypatch.setattr(command, "run", lambda step: seen.update({step.verb: step}))
    assert main(["quickstart", "--log", "mlflow", "--home", str(tmp_path)]) == 0
    logged = {verb for verb, step in seen.items() if hasattr(step, "log") and trackers_of(step)}
    assert logged == {"tune", "fit", "submit"}


def test_a_tracker_that_is_unknown_is_refused(images, tmp_path):
    with pytest.raises(kk.InputError, match="no tracker 'wandb', expected tensorboard or mlflow"):
        kk.ImageClassifier(**SHORT, log="wandb", run=tmp_path / "run").fit(*images)
