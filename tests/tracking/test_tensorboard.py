"""Event files, read by TensorBoard's own readers; TensorFlow is not imported for them."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

pytest.importorskip("tensorboard")

from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import backend_context, list_session_groups
from tensorboard.plugins.hparams.api_pb2 import ListSessionGroupsRequest
from trackers import curve

from kaggle_kit.tracking.log import Log
from kaggle_kit.tracking.tensorboard import TensorBoard

WRITE = """
import sys
from pathlib import Path
from kaggle_kit.tracking.tensorboard import TensorBoard
board = TensorBoard(Path(sys.argv[1]))
board.start()
board.begin("trial-0", {"units": 64}, fresh=True)
board.epoch("trial-0", "fold0", 1, {"loss": 0.5})
board.end("trial-0", {"mean_test_score": 0.9}, "completed")
board.close("finished")
print([name for name in ("tensorflow", "keras", "jax", "mlflow") if name in sys.modules])
"""


def write(folder, trials=(0,), losses=(0.5, 0.25), *, close=True):
    board = TensorBoard(folder)
    board.start()
    for trial in trials:
        part = f"trial-{trial}"
        board.begin(part, {"units": 64 * (trial + 1), "view": "pixels"}, fresh=True)
        for epoch, loss in enumerate(losses, start=1):
            board.epoch(part, "fold0", epoch, {"loss": loss, "accuracy": 1 - loss})
        if close:
            board.end(part, {"mean_test_score": 0.9 + trial / 100}, "completed")
    if close:
        board.close("finished")
    return board


def test_each_network_has_its_curves(tmp_path):
    write(tmp_path, trials=(0, 1))
    for trial in ("trial-0", "trial-1"):
        assert curve(tmp_path / trial / "fold0", "loss") == [(1, 0.5), (2, 0.25)]
        assert curve(tmp_path / trial / "fold0", "accuracy") == [(1, 0.5), (2, 0.75)]


def test_the_tab_hparams_has_hyperparameters_and_scores_of_each_trial(tmp_path):
    write(tmp_path, trials=(0, 1))
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(tmp_path)).Reload()
    flags = types.SimpleNamespace(generic_data="true")
    provider = MultiplexerDataProvider(multiplexer, str(tmp_path))
    context = base_plugin.TBContext(data_provider=provider, flags=flags, logdir=str(tmp_path))
    backend = backend_context.Context(context)
    found = backend.hparams_metadata(RequestContext(), "")
    asked = {"ctx": RequestContext(), "experiment_id": "", "include_metrics": True}
    experiment = backend.experiment_from_metadata(
        **asked,
        hparams_run_to_tag_to_content=found,
        data_provider_hparams=backend.hparams_from_data_provider(RequestContext(), "", 0),
    )
    assert {info.name for info in experiment.hparam_infos} == {"units", "view"}
    assert [info.name.tag for info in experiment.metric_infos] == ["mean_test_score"]
    asked = ListSessionGroupsRequest(
        allowed_statuses=[0, 1, 2, 3], slice_size=10, col_params=[{"hparam": "units"}]
    )
    handler = list_session_groups.Handler(RequestContext(), backend, "", asked)
    groups = handler.run().session_groups
    assert {group.hparams["units"].number_value for group in groups} == {64.0, 128.0}


def test_a_trial_that_begins_again_replaces_what_was_there(tmp_path):
    write(tmp_path, losses=(0.9, 0.8, 0.7), close=False).close("interrupted")
    write(tmp_path)
    assert curve(tmp_path / "trial-0" / "fold0", "loss") == [(1, 0.5), (2, 0.25)]


def test_networks_that_an_earlier_session_finished_stay(tmp_path):
    for network in ("fold0-member0", "fold1-member0"):
        board = TensorBoard(tmp_path)
        board.start()
        board.begin("fit", {}, fresh=network == "fold0-member0")
        board.epoch("fit", network, 1, {"loss": 0.5})
        board.close("interrupted")
    board = TensorBoard(tmp_path)
    board.start()
    board.begin("fit", {}, fresh=False)
    for epoch in (1, 2):
        board.epoch("fit", "fold1-member0", epoch, {"loss": 0.5})
    board.keep({"report.txt": "precision\nrecall"})
    board.end("fit", {"oof_accuracy": 0.97}, "")
    board.close("finished")
    assert curve(tmp_path / "fit" / "fold0-member0", "loss") == [(1, 0.5)]
    assert curve(tmp_path / "fit" / "fold1-member0", "loss") == [(1, 0.5), (2, 0.5)]
    assert curve(tmp_path / "fit", "oof_accuracy") == [(0, pytest.approx(0.97))]
    found = EventAccumulator(str(tmp_path / "fit")).Reload()
    (text,) = found.Tensors("report.txt")
    assert b"    precision\n    recall\n" in text.tensor_proto.string_val[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_one_warning(tmp_path, monkeypatch):
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda _, __, **more: real(Path("/dev/full"), "wb", **more))
    notes = []
    log = Log([TensorBoard(tmp_path)], notes.append)
    log.begin("fit", {})
    for epoch in range(1, 9):
        log.epoch("fit/fold0-member0", epoch, {"loss": 0.5})
    log.close()
    assert notes == [
        "warning: TensorBoard logs nothing more: No space left on device; the work itself goes on"
    ]


def test_tensorflow_is_not_imported(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WRITE, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert curve(tmp_path / "trial-0" / "fold0", "loss") == [(1, 0.5)]
