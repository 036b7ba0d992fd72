"""MLflow: a run for the search and the ensemble, and a nested run for each trial and for fit.

The experiment is called after the competition. The parent run is called after the run, whose file
mlflow.json has its id, so that a later session goes on in it.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import os
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import requests

from kaggle_kit.errors import RunError
from kaggle_kit.tracking.tracker import WHOLE, About
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import read_json

if "mlflow" not in sys.modules:  # whoever tracks a training has not agreed to be tracked
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.tracking import get_tracking_uri, is_tracking_uri_set
from mlflow.utils.file_utils import path_to_local_sqlite_uri
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_SOURCE_NAME, MLFLOW_USER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS_TO_CONNECT = 5
MOST_METRICS = 1000  # in one request, as MLflow limits it
MOST_LETTERS = 500  # of a parameter
THREAD = "MLflow"
NAME = "kaggle_kit.run"  # the tag with the name of the run
SILENT = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"
STATUS = {"failed": "FAILED", "cut": "KILLED", "interrupted": "KILLED"}
NOISY = ("mlflow.store.db.utils", "alembic.runtime.migration", "urllib3.connectionpool")


class Mlflow:
    """Logs to the tracking URI that the user has set, or else to a database in a folder.

    Parameters
    ----------
    folder : Path
        The folder of mlflow.db and of mlartifacts/.
    about : About
    file : Path
        Where the id of the parent run is stored.

    Attributes
    ----------
    uri : str
        MLflow's tracking URI.
    """

    name = THREAD

    def __init__(self, folder: Path, about: About, file: Path) -> None:
        self._folder, self._about, self._file = folder, about, file
        self._is_own = not is_tracking_uri_set()
        own = path_to_local_sqlite_uri(str(folder / "mlflow.db"))
        self.uri = own if self._is_own else str(get_tracking_uri())
        self._client: MlflowClient
        self._experiment = ""
        self._runs: dict[str, str] = {}  # ids by part
        self._metrics: defaultdict[str, list[Metric]] = defaultdict(list)
        self._reached: dict[str, int] = {}

    def start(self) -> None:
        _be_quiet()
        if self.uri.startswith(("http://", "https://")):
            _check_answers(self.uri)
        if self._is_own:
            self._folder.mkdir(parents=True, exist_ok=True)
        self._client = MlflowClient(self.uri)
        parent = self._known_parent()
        if parent:
            self._experiment = parent.info.experiment_id
            self._runs[WHOLE] = parent.info.run_id
            self._client.update_run(parent.info.run_id, status="RUNNING")
        else:
            self._experiment = self._make_experiment()
            parent = self._new_run(self._about.name, {NAME: self._about.name})
            self._runs[WHOLE] = parent.info.run_id
            write_json(self._file, {"run_id": parent.info.run_id})
            self._log(WHOLE, params=self._about.settings)
        self._log(WHOLE, tags=self._about.tags)

    def begin(self, part: str, values: Mapping[str, Any], *, fresh: bool) -> None:
        tags = {MLFLOW_PARENT_RUN_ID: self._runs[WHOLE]}
        before = self._nested(part)
        if before and not fresh:
            self._runs[part] = before[0]
            self._client.update_run(before[0], status="RUNNING")
            return
        for run in before:
            self._client.delete_run(run)
        self._runs[part] = self._new_run(part, tags).info.run_id
        self._reached = {}
        self._log(part, params=values)

    def epoch(self, part: str, network: str, epoch: int, metrics: Mapping[str, float]) -> None:
        if epoch <= self._reached_before(part, network):
            return
        for name, value in metrics.items():
            self._metrics[part].append(Metric(f"{network}/{name}", value, _now(), epoch))

    def end(self, part: str, scores: Mapping[str, float], status: str) -> None:
        if part not in self._runs:
            return
        for name, value in scores.items():
            self._metrics[part].append(Metric(name, value, _now(), 0))
        self.flush()
        if part != WHOLE:
            self._log(part, tags={"kaggle_kit.status": status} if status else {})
            self._finish(part, status)

    def keep(self, files: Mapping[str, Path | str]) -> None:
        for name, found in files.items():
            if isinstance(found, str):
                self._client.log_text(self._runs[WHOLE], found, name)
            else:
                self._client.log_artifact(self._runs[WHOLE], str(found))

    def flush(self) -> None:
        for part, metrics in self._metrics.items():
            for first in range(0, len(metrics), MOST_METRICS):
                some = metrics[first : first + MOST_METRICS]
                self._client.log_batch(self._runs[part], metrics=some)
        self._metrics.clear()

    def close(self, status: str) -> None:
        self.flush()
        self._finish(WHOLE, status)

    def _known_parent(self) -> Any:
        """The run that an earlier session made, if it is on this server and was not deleted.

        A copy of a run has another name, and gets a run of its own.
        """
        try:
            run = self._client.get_run(read_json(self._file, "run_id")["run_id"])
        except (RunError, MlflowException):
            return None
        is_it = run.data.tags.get(NAME) == self._about.name
        return run if is_it and run.info.lifecycle_stage == "active" else None

    def _make_experiment(self) -> str:
        name = self._about.experiment
        found = self._client.get_experiment_by_name(name)
        if found is None:
            place = (self._folder / "mlartifacts" / name).absolute().as_uri()
            if not self._is_own:
                return str(self._client.create_experiment(name))
            return str(self._client.create_experiment(name, artifact_location=place))
        if found.lifecycle_stage != "active":
            self._client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def _new_run(self, name: str, tags: Mapping[str, str]) -> Any:
        made_by = {MLFLOW_SOURCE_NAME: "kaggle-kit"}
        with contextlib.suppress(OSError, KeyError, ImportError):  # a user without a name
            made_by[MLFLOW_USER] = getpass.getuser()
        tags = made_by | dict(tags)
        return self._client.create_run(self._experiment, run_name=name, tags=tags)

    def _nested(self, part: str) -> list[str]:
        """The ids of the nested runs of a part that earlier sessions made."""
        query = (
            f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{self._runs[WHOLE]}' "
            f"and attributes.run_name = '{part}'"
        )
        return [run.info.run_id for run in self._client.search_runs([self._experiment], query)]

    def _reached_before(self, part: str, network: str) -> int:
        """The last epoch of a network that an earlier session logged; 0 if there is none."""
        name = f"{part}/{network}"
        if name not in self._reached:
            history = self._client.get_metric_history(self._runs[part], f"{network}/loss")
            self._reached[name] = max((point.step for point in history), default=0)
        return self._reached[name]

    def _log(self, part: str, *, params: Mapping[str, Any] | None = None, tags: Any = None) -> None:
        given = [Param(key, str(value)[:MOST_LETTERS]) for key, value in (params or {}).items()]
        told = [RunTag(key, str(value)) for key, value in (tags or {}).items()]
        if given or told:
            self._client.log_batch(self._runs[part], params=given, tags=told)

    def _finish(self, part: str, status: str) -> None:
        before = os.environ.get(SILENT)
        os.environ[SILENT] = "true"  # standard output has other readers
        try:
            self._client.set_terminated(self._runs[part], STATUS.get(status, "FINISHED"))
        finally:
            if before is None:
                del os.environ[SILENT]
            else:
                os.environ[SILENT] = before


def _check_answers(uri: str) -> None:
    """Raise OSError if no server answers; MLflow itself tries for minutes."""
    try:
        requests.head(uri, timeout=SECONDS_TO_CONNECT, allow_redirects=False)
    except requests.exceptions.SSLError:  # MLflow has settings of its own for certificates
        return
    except (requests.ConnectionError, requests.Timeout):
        raise OSError(f"no server answers at {without_password(uri)}") from None


def without_password(uri: str) -> str:
    """The address without the user's name and password."""
    scheme, separator, rest = uri.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else uri


def _be_quiet() -> None:
    """Keep what libraries tell in this thread about tables and retries off the terminal."""
    for name in NOISY:
        logging.getLogger(name).addFilter(_is_of_others)


def _is_of_others(record: logging.LogRecord) -> bool:
    return record.threadName != THREAD


def _now() -> int:
    return int(time.time() * 1000)
