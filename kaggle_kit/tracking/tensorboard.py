"""TensorBoard's event files: a folder for each network, and one for the scores of each trial.

    trial-3/fold0          the curves of a network of a trial
    hparams/trial-3        its hyperparameters and its scores, for the tab HPARAMS
    fit/fold0-member0      the curves of a network of the ensemble
    fit                    the scores of the ensemble

The files are written with the package tensorboard alone. Its own writer takes TensorFlow where that
is installed, which takes seconds to import, and writes in a thread that prints its errors.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import shutil
import time
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto.event_pb2 import Event, SourceMetadata
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import summary_v2
from tensorboard.plugins.text.metadata import PLUGIN_NAME as TEXT
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_tensor_proto

from kaggle_kit.tracking.tracker import FIT, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HPARAMS = "hparams"
PATTERN = "events.out.tfevents.*"
_number = itertools.count()


class TensorBoard:
    """Writes event files into a folder, for `tensorboard --logdir FOLDER`."""

    name = "TensorBoard"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _EventFile] = {}

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def begin(self, part: str, values: Mapping[str, Any], *, fresh: bool) -> None:
        self._close(part)
        for folder in (self._folder / part, self._folder / HPARAMS / part):
            if fresh and folder.exists():
                shutil.rmtree(folder)
        if part != FIT:
            known = {name: _plain(value) for name, value in values.items()}
            session = summary_v2.hparams_pb(known, trial_id=part)
            self._file(part, f"{HPARAMS}/{part}").write(0, list(session.value))

    def epoch(self, part: str, network: str, epoch: int, metrics: Mapping[str, float]) -> None:
        self._file(part, f"{part}/{network}").write(epoch, _scalars(metrics))

    def end(self, part: str, scores: Mapping[str, float], status: str) -> None:  # noqa: ARG002
        if part != WHOLE:  # the scores of the whole run are those of its parts
            folder = part if part == FIT else f"{HPARAMS}/{part}"
            self._file(part, folder).write(0, _scalars(scores))
            self._close(part)

    def keep(self, files: Mapping[str, Path | str]) -> None:
        """Keep texts, beside the scores of the ensemble; files stay where they are."""
        for name, found in files.items():
            if isinstance(found, str):
                self._file(FIT, FIT).write(0, [_text(name, found)])

    def flush(self) -> None:
        """Do nothing: every event is written at once."""

    def close(self, status: str) -> None:  # noqa: ARG002
        for part in {file.part for file in self._files.values()}:
            self._close(part)

    def _file(self, part: str, folder: str) -> _EventFile:
        """The file of a folder; what an earlier session wrote there makes way for it."""
        if folder not in self._files:
            path = self._folder / folder
            path.mkdir(parents=True, exist_ok=True)
            for before in path.glob(PATTERN):
                before.unlink()
            self._files[folder] = _EventFile(path, part)
        return self._files[folder]

    def _close(self, part: str) -> None:
        for folder in [name for name, file in self._files.items() if file.part == part]:
            self._files.pop(folder).close()


class _EventFile:
    def __init__(self, folder: Path, part: str) -> None:
        self.part = part
        host = platform.node() or "localhost"
        number = next(_number)
        name = f"{PATTERN[:-1]}{int(time.time()):010d}.{host}.{os.getpid()}.{number}"
        # Without a buffer, what a full disk does not take is not written again when it is closed.
        self._raw = (folder / name).open("xb", buffering=0)
        self._records = RecordWriter(self._raw)
        source = SourceMetadata(writer="kaggle-kit")
        first = Event(wall_time=time.time(), file_version="brain.Event:2", source_metadata=source)
        self._records.write(first.SerializeToString())

    def write(self, step: int, values: list[Any]) -> None:
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=values))
        self._records.write(event.SerializeToString())

    def __del__(self) -> None:
        self.close()  # nobody else closes the files of a tracker that has failed

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._raw.close()


def _scalars(metrics: Mapping[str, float]) -> list[Any]:
    return [Summary.Value(tag=name, simple_value=value) for name, value in metrics.items()]


def _text(name: str, text: str) -> Any:
    """A text that TensorBoard shows as it is, in Markdown's form for code."""
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    plugin = SummaryMetadata.PluginData(plugin_name=TEXT)
    tensor = make_tensor_proto([indented.encode()])
    return Summary.Value(tag=name, metadata=SummaryMetadata(plugin_data=plugin), tensor=tensor)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)
