"""A tracker that keeps what it is told, TensorBoard's reader, and a server of MLflow."""

import contextlib
import os
import subprocess
import sys
import types

# TensorBoard's readers then do without TensorFlow, which takes seconds to import.
sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("notf"))


class Recorder:
    name = "recorder"

    def __init__(self):
        self.told = []

    def __getattr__(self, event):
        if event.startswith("__"):
            raise AttributeError(event)
        return lambda *values, **named: self.told.append((event, *values, *named.values()))

    def of(self, event):
        """What it was told of one kind of event."""
        return [told[1:] for told in self.told if told[0] == event]


def curve(folder, tag):
    """The points (step, value) of a curve, as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder)).Reload()
    return [(point.step, point.value) for point in found.Scalars(tag)]


SERVER = """
from mlflow.server import app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def mlflow_server(folder):
    """Yield the address of MLflow's server, which keeps its runs in a folder."""
    settings = {
        "MLFLOW_ALLOW_FILE_STORE": "true",  # a database takes seconds to make
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "_MLFLOW_SERVER_FILE_STORE": str(folder / "runs"),
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    }
    file = folder / "log.txt"
    with (
        file.open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", SERVER],
            cwd=folder,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            port = process.stdout.readline().strip()
            assert port, file.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
