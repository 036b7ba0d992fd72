"""The log of a run: every tracker gets the events in a thread of its own.

A tracker may fail, or hang, as its server or its disk does. Then there is one warning, and the
training goes on without it.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

from kaggle_kit.errors import in_words
from kaggle_kit.tracking.tracker import WHOLE, Tracker

# The columns of history.csv that are curves.
CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
# Seconds without an answer after which the end of a training, or of one that was interrupted, waits
# no longer.
PATIENCE, HURRY = 20.0, 3.0

Note = Callable[[str], None]


def _ignore(_: str) -> None:
    pass


class Log:
    """What search and ensemble tell their events to; without trackers, it does nothing.

    Parameters
    ----------
    trackers : sequence of Tracker
    note : callable
        Called with a warning, in the thread that uses the log.
    """

    def __init__(self, trackers: Sequence[Tracker] = (), note: Note = _ignore) -> None:
        self._lanes = [_Lane(tracker) for tracker in trackers]
        self._note = note
        self._reached: dict[str, int] = {}
        for lane in self._lanes:
            lane.start()

    def begin(self, part: str, values: Mapping[str, Any], *, fresh: bool = True) -> None:
        """Begin a trial or the ensemble; see `Tracker.begin`."""
        before = [network for network in self._reached if network.startswith(f"{part}/")]
        for network in before:
            del self._reached[network]
        self._tell("begin", part, dict(values), fresh=fresh)

    def epoch(self, network: str, epoch: int, metrics: Mapping[str, float]) -> None:
        """Add a point to the curves of a network.

        A point that is there is not added again: if its worker died, a network trains once more,
        and messages of another machine may come late.

        Parameters
        ----------
        network : str
            The part and the network, such as `trial-3/fold0`.
        epoch : int
            From 1.
        metrics : mapping
            Those named in CURVES are logged.
        """
        if epoch <= self._reached.get(network, 0):
            return
        self._reached[network] = epoch
        part, _, name = network.partition("/")
        found = {curve: float(metrics[curve]) for curve in CURVES if curve in metrics}
        if found:
            self._tell("epoch", part, name, epoch, found)

    def trained(
        self, network: str, history: Iterable[Mapping[str, float]], before: int = 0
    ) -> None:
        """Add what is missing of the curves of a network whose training is over.

        Parameters
        ----------
        history : iterable of mapping
            A row for each epoch, as in a FoldResult.
        before : int
            The epochs for which it was trained earlier.
        """
        for epoch, row in enumerate(history, start=before + 1):
            self.epoch(network, epoch, row)

    def end(self, part: str, scores: Mapping[str, float], status: str = "") -> None:
        """End a part; see `Tracker.end`."""
        self._tell("end", part, dict(scores), status)

    def score(self, scores: Mapping[str, float]) -> None:
        """Give scores of the whole run."""
        self._tell("end", WHOLE, dict(scores), "")

    def keep(self, files: Mapping[str, Path | str]) -> None:
        """Keep artefacts; files that do not exist are left out."""
        there = {
            name: found
            for name, found in files.items()
            if not isinstance(found, Path) or found.is_file()
        }
        self._tell("keep", there)

    def close(self, status: str = "finished") -> None:
        """End the session, and wait for the trackers as long as they get on."""
        self._tell("close", status)
        for lane in self._lanes:
            lane.finish(HURRY if status == "interrupted" else PATIENCE)
        self._warn()

    def _tell(self, event: str, *values: Any, **named: Any) -> None:
        self._warn()
        for lane in self._lanes:
            lane.tell(event, values, named)

    def _warn(self) -> None:
        for lane in [lane for lane in self._lanes if lane.failure]:
            self._lanes.remove(lane)
            self._note(
                f"warning: {lane.tracker.name} logs nothing more: {lane.failure}; "
                "the work itself goes on"
            )


NO_LOG = Log()


class _Lane(threading.Thread):
    """The thread of a tracker. It does not keep the process alive.

    Attributes
    ----------
    failure : str
        Why it ended early; "" if it did not.
    """

    def __init__(self, tracker: Tracker) -> None:
        super().__init__(name=tracker.name, daemon=True)
        self.tracker, self.failure, self._done = tracker, "", 0
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def tell(self, event: str, values: Sequence[Any], named: Mapping[str, Any]) -> None:
        self._events.put((event, values, named))

    def run(self) -> None:
        try:
            self.tracker.start()
            while event := self._events.get():
                name, values, named = event
                getattr(self.tracker, name)(*values, **named)
                self._done += 1
                if self._events.empty():
                    self.tracker.flush()
        except Exception as error:  # noqa: BLE001  whatever a library raises
            self.failure = shorten(in_words(error), 300)

    def finish(self, patience: float) -> None:
        """Wait until all events are written, but not for a tracker that has stopped."""
        self._events.put(None)
        before = -1
        while self.is_alive() and self._done != before:
            before = self._done
            self.join(patience)
        if self.is_alive():
            self.failure = f"no answer for {patience:.0f} s"
