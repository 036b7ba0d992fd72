"""A real MLflow server on this machine, and what its client finds there."""

import json
import socket

import pytest

pytest.importorskip("mlflow")

from mlflow import MlflowClient
from trackers import mlflow_server

from kaggle_kit.tracking.log import Log
from kaggle_kit.tracking.mlflow import Mlflow, without_password
from kaggle_kit.tracking.tracker import About

ABOUT = About(
    "digit-recognizer", "default", {"family": "dense", "folds": 2}, {"kaggle_kit.backend": "jax"}
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an MLflow server."""
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture
def new(server, tmp_path, monkeypatch):
    """Make the tracker of a new session of one run."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)

    def new(about=ABOUT):
        return Mlflow(tmp_path, about, tmp_path / "mlflow.json")

    return new


def session(tracker, trials, *, losses=(0.5, 0.25), status="finished"):
    tracker.start()
    for trial, outcome in trials.items():
        tracker.begin(trial, {"units": 64, "view": "pixels"}, fresh=True)
        for epoch, loss in enumerate(losses, start=1):
            tracker.epoch(trial, "fold0", epoch, {"loss": loss})
        tracker.flush()
        if outcome:
            tracker.end(trial, {"mean_test_score": 0.9}, outcome)
    tracker.close(status)


@pytest.fixture
def found(server, tmp_path):
    """The parent run of this test's run, and its nested runs by name."""

    def found():
        client = MlflowClient(server)
        parent = client.get_run(json.loads((tmp_path / "mlflow.json").read_text())["run_id"])
        query = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
        nested = client.search_runs([parent.info.experiment_id], query)
        assert len({run.info.run_name for run in nested}) == len(nested)
        return client, parent, {run.info.run_name: run for run in nested}

    return found


def curve(client, run, name):
    history = client.get_metric_history(run.info.run_id, name)
    return [(point.step, point.value) for point in history]


def test_trials_are_nested_runs_with_their_curves_and_scores(new, found, capfd):
    tracker = new()
    session(tracker, {"trial-0": "completed", "trial-1": "failed"})
    client, parent, nested = found()
    experiment = client.get_experiment(parent.info.experiment_id)
    assert (experiment.name, parent.info.run_name) == ("digit-recognizer", "default")
    assert parent.info.status == "FINISHED"
    assert parent.data.params == {"family": "dense", "folds": "2"}
    assert parent.data.tags["kaggle_kit.backend"] == "jax"
    assert sorted(nested) == ["trial-0", "trial-1"]
    trial = nested["trial-0"]
    assert trial.data.params == {"units": "64", "view": "pixels"}
    assert curve(client, trial, "fold0/loss") == [(1, 0.5), (2, 0.25)]
    assert trial.data.metrics["mean_test_score"] == 0.9
    assert [run.info.status for run in nested.values()].count("FAILED") == 1
    assert capfd.readouterr() == ("", "")


def test_a_later_session_goes_on_in_the_same_run(new, found):
    session(new(), {"trial-0": "completed", "trial-1": ""}, losses=(9, 8, 7), status="interrupted")
    client, parent, _ = found()
    assert parent.info.status == "KILLED"
    session(new(), {"trial-1": "completed"})
    client, again, nested = found()
    assert (again.info.run_id, again.info.status) == (parent.info.run_id, "FINISHED")
    assert sorted(nested) == ["trial-0", "trial-1"]
    assert curve(client, nested["trial-1"], "fold0/loss") == [(1, 0.5), (2, 0.25)]


def test_an_ensemble_that_is_resumed_has_each_epoch_once(new, found):
    for networks in (["fold0-member0", "fold1-member0"], ["fold1-member0"]):
        tracker = new()
        tracker.start()
        tracker.begin("fit", {"units": 64}, fresh=len(networks) == 2)
        for network in networks:
            for epoch in range(1, 3 if len(networks) == 2 else 5):
                tracker.epoch("fit", network, epoch, {"loss": 1 / epoch})
        tracker.close("interrupted")
    client, _, nested = found()
    assert [step for step, _ in curve(client, nested["fit"], "fold0-member0/loss")] == [1, 2]
    assert [step for step, _ in curve(client, nested["fit"], "fold1-member0/loss")] == [1, 2, 3, 4]


def test_artefacts_are_kept(new, found, tmp_path):
    (tmp_path / "best.json").write_text("{}")
    tracker = new()
    tracker.start()
    tracker.keep({"best.json": tmp_path / "best.json", "report.txt": "fine"})
    tracker.close("finished")
    client, parent, _ = found()
    names = [file.path for file in client.list_artifacts(parent.info.run_id)]
    assert names == ["best.json", "report.txt"]


def test_a_run_under_another_name_or_that_was_deleted_gets_a_run_of_its_own(new, found):
    session(new(), {})
    client, first, _ = found()
    session(new(About("digit-recognizer", "copy")), {})
    client, second, _ = found()
    assert second.info.run_id != first.info.run_id
    client.delete_run(second.info.run_id)
    session(new(About("digit-recognizer", "copy")), {})
    _, third, _ = found()
    assert third.info.run_id != second.info.run_id


def test_more_than_a_request_takes_is_sent_in_several(new, found):
    tracker = new()
    tracker.start()
    tracker.begin("fit", {}, fresh=True)
    for epoch in range(1, 1202):
        tracker.epoch("fit", "fold0-member0", epoch, {"loss": 1 / epoch})
    tracker.close("finished")
    client, _, nested = found()
    assert len(curve(client, nested["fit"], "fold0-member0/loss")) == 1201


def test_a_server_that_is_down_is_one_warning_at_once(tmp_path, monkeypatch, capfd):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:secret@127.0.0.1:{port}")
    notes = []
    log = Log([Mlflow(tmp_path, ABOUT, tmp_path / "mlflow.json")], notes.append)
    log.begin("trial-0", {})
    log.epoch("trial-0/fold0", 1, {"loss": 0.5})
    log.close()
    warning = f"warning: MLflow logs nothing more: no server answers at http://127.0.0.1:{port}; "
    assert notes == [warning + "the work itself goes on"]
    assert capfd.readouterr() == ("", "")


def test_a_password_is_not_shown():
    assert without_password("https://me:secret@host/mlflow") == "https://host/mlflow"
    assert without_password("databricks") == "databricks"
