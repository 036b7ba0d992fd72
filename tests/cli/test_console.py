import signal

import pytest

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
