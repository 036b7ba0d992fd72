import io
import re
import signal
import time

import pytest
from rich.console import Console

from kaggle_kit.cli import console
from kaggle_kit.cli.console import showing
from kaggle_kit.training.progress import Progress


class Interrupted:
    """An object whose destructor is interrupted by Ctrl-C."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_that_python_would_drop_ends_the_epoch_and_prints_no_traceback(capsys):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), showing() as show:
        interrupt_and(show)
    assert signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().err == ""


def interrupt_and(show):
    thing = Interrupted()
    del thing
    show(
        Progress(
            stage="fit",
            fold=1,
            folds=2,
            epoch=1,
            epochs=2,
            accuracy=0.5,
            fraction=0.5,
            seconds_left=None,
        )
    )


def test_text_of_others_is_printed_as_it_is(capsys):
    """Rich would turn :key: into a picture, and [red] into a colour."""
    console.note("team :key: [red]one[/red]")
    assert capsys.readouterr().err == "team :key: [red]one[/red]\n"


def test_work_that_is_counted_shows_a_line_every_few_seconds_where_there_is_no_terminal(
    capsys, monkeypatch
):
    with console.counting("copying the files") as count:
        count(1, 4)  # too early for a line
        monkeypatch.setattr(console.time, "monotonic", clock(start=time.monotonic() + 6))
        count(2, 4)
        count(3, 4)
        count(0, 0)
    shown = capsys.readouterr().err
    assert re.fullmatch(r"copying the files: 50% · \d+ s left\n", shown)


def clock(start):
    return lambda: start


def test_work_that_is_counted_shows_a_bar_on_a_terminal(monkeypatch):
    page = io.StringIO()
    monkeypatch.setattr(console, "notes", Console(file=page, force_terminal=True, width=80))
    with console.counting("copying the files") as count:
        count(1, 4)
    assert "copying the files: 25%" in page.getvalue()
