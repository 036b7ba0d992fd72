"""The log passes events on; whatever happens to a tracker, the training does not notice."""

import threading
import time

import pytest
from trackers import Recorder

from kaggle_kit.tracking import log as log_module
from kaggle_kit.tracking.log import Log


@pytest.fixture
def notes():
    return []


def test_events_arrive_in_their_order(notes):
    recorder = Recorder()
    log = Log([recorder], notes.append)
    log.begin("trial-0", {"units": 8})
    log.epoch("trial-0/fold1", 1, {"loss": 0.5, "accuracy": 0.7, "seconds": 3.0})
    log.end("trial-0", {"mean_test_score": 0.7}, "completed")
    log.score({"oof_accuracy": 0.8})
    log.close()
    assert [told for told in recorder.told if told[0] != "flush"] == [
        ("start",),
        ("begin", "trial-0", {"units": 8}, True),
        ("epoch", "trial-0", "fold1", 1, {"loss": 0.5, "accuracy": 0.7}),
        ("end", "trial-0", {"mean_test_score": 0.7}, "completed"),
        ("end", "", {"oof_accuracy": 0.8}, ""),
        ("close", "finished"),
    ]
    assert notes == []


def test_a_network_that_begins_again_is_not_logged_twice(notes):
    recorder = Recorder()
    log = Log([recorder], notes.append)
    log.begin("trial-0", {})
    for epoch in (1, 2, 1, 2, 3):  # its worker died after the second epoch
        log.epoch("trial-0/fold0", epoch, {"loss": 1 / epoch})
    log.close()
    assert [epoch for _, _, epoch, _ in recorder.of("epoch")] == [1, 2, 3]


def test_epochs_whose_messages_are_late_come_from_the_result(notes):
    recorder = Recorder()
    log = Log([recorder], notes.append)
    log.begin("trial-0", {})
    log.epoch("trial-0/fold0", 3, {"loss": 0.3})
    log.trained("trial-0/fold0", [{"loss": 0.3}, {"loss": 0.2}], before=2)
    log.epoch("trial-0/fold0", 4, {"loss": 0.2})  # late
    log.close()
    assert [(epoch, found["loss"]) for _, _, epoch, found in recorder.of("epoch")] == [
        (3, 0.3),
        (4, 0.2),
    ]


def test_a_tracker_that_fails_is_told_once_and_the_others_go_on(notes):
    class Full(Recorder):
        name = "full"

        def epoch(self, *_):
            raise OSError(28, "No space left on device")

    recorder = Recorder()
    log = Log([Full(), recorder], notes.append)
    log.begin("fit", {})
    for epoch in range(1, 9):
        log.epoch("fit/fold0-member0", epoch, {"loss": 0.5})
    log.close()
    assert notes == [
        "warning: full logs nothing more: No space left on device; the work itself goes on"
    ]
    assert len(recorder.of("epoch")) == 8


def test_a_tracker_that_hangs_neither_stops_the_training_nor_its_end(notes, monkeypatch):
    class Hanging(Recorder):
        name = "hanging"
        may_go = threading.Event()

        def epoch(self, *_):
            self.may_go.wait(60)

    monkeypatch.setattr(log_module, "PATIENCE", 0.2)
    log = Log([Hanging()], notes.append)
    started = time.monotonic()
    log.begin("fit", {})
    for epoch in range(1, 1000):
        log.epoch("fit/fold0-member0", epoch, {"loss": 0.5})
    log.close()
    assert time.monotonic() - started < 30
    assert notes == [
        "warning: hanging logs nothing more: no answer for 0 s; the work itself goes on"
    ]
    Hanging.may_go.set()


def test_a_tracker_that_is_slow_but_gets_on_is_waited_for(notes, monkeypatch):
    class Slow(Recorder):
        name = "slow"

        def epoch(self, *values):
            time.sleep(0.1)
            self.told.append(("epoch", *values))

    monkeypatch.setattr(log_module, "PATIENCE", 0.6)
    slow = Slow()
    log = Log([slow], notes.append)
    for epoch in range(1, 11):
        log.epoch("fit/fold0-member0", epoch, {"loss": 0.5})
    log.close()
    assert (len(slow.of("epoch")), notes) == (10, [])


def test_files_that_are_not_there_are_left_out(notes, tmp_path):
    (tmp_path / "best.json").write_text("{}")
    recorder = Recorder()
    log = Log([recorder], notes.append)
    there, missing = tmp_path / "best.json", tmp_path / "history.csv"
    log.keep({"best.json": there, "history.csv": missing, "report.txt": "fine"})
    log.close()
    assert ("keep", {"best.json": there, "report.txt": "fine"}) in recorder.told
