"""Run tune, fit and submit, and kill them with SIGKILL while they write each file.

    python dying.py HOME RUN LOG KAGGLE-KIT-OPTIONS…

A session is a fork of this process, so that heavy modules are imported only once. A session dies
after it has written half of a file whose name is not in LOG yet, and adds the name to LOG. The
next session goes on, until all is done.
"""

import os
import signal
import sys
from pathlib import Path

import kaggle_kit.ensemble.ensemble
import kaggle_kit.search.cv_search  # noqa: F401  imported once for all forks
from kaggle_kit.cli.main import main

VERBS = ("tune", "fit", "submit")


def dying(log, run):
    """Return a deadly version of `Path.replace`, which every file of a run is written with."""
    replace = Path.replace

    def die(path, target):
        if run in target.parents and target.name not in log.read_text().splitlines():
            os.truncate(path, path.stat().st_size // 2)
            with log.open("a") as file:
                file.write(f"{target.name}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(path, target)

    return die


def session(arguments, replace):
    """Run one session; return whether it ended by itself."""
    child = os.fork()
    if child == 0:
        Path.replace = replace
        os._exit(main(arguments))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, arguments
    return True


def everything(home, run, log, options):
    where = ["--home", str(home), "--run", run, "--workers", "1"]
    for verb in VERBS:
        arguments = [verb, *where, *(options if verb == "tune" else [])]
        while not session(arguments, dying(log, home / "runs" / run)):
            pass


if __name__ == "__main__":
    home, run, log, *options = sys.argv[1:]
    everything(Path(home), run, Path(log), options)
