"""The estimate of the time left."""

import pytest

from kaggle_kit.training import progress
from kaggle_kit.training.progress import Estimate


@pytest.fixture
def clock(monkeypatch):
    """Set the time with clock[0]."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_what_is_left_takes_as_long_a_share_as_what_was_done(clock):
    estimate = Estimate()
    clock[0] += 10
    assert estimate.seconds_left(0.25) == pytest.approx(30)
    assert estimate.seconds_left(1.0) == 0


def test_what_an_earlier_session_did_took_none_of_this_ones_time(clock):
    estimate = Estimate(done=0.5)
    clock[0] += 10
    assert estimate.seconds_left(0.75) == pytest.approx(10)


@pytest.mark.parametrize("done", [0.0, 0.9])
def test_the_first_epochs_while_programs_are_compiled_foretell_nothing(clock, done):
    estimate = Estimate(done)
    clock[0] += 10
    for hundredths in (0, 1):
        assert estimate.seconds_left(done + hundredths / 100 * (1 - done)) is None
    assert estimate.seconds_left(done + 0.03 * (1 - done)) is not None
