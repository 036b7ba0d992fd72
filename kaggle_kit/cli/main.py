"""The command `kaggle-kit`: takes options, returns an exit status. Each verb is in `commands`.

Heavy modules are imported only when a verb needs them, so that `--help` answers at once.
"""

import argparse
import contextlib
import importlib
import io
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import NoReturn

from kaggle_kit.cli import hints
from kaggle_kit.cli.interrupts import INTERRUPTED
from kaggle_kit.cli.options import given_common, make_parser
from kaggle_kit.cli.output import document
from kaggle_kit.cli.parser import USAGE, check_inputs
from kaggle_kit.cli.shell import defaults
from kaggle_kit.errors import InputError, KitError, in_words

FAILED = 1
# The verbs that resume.
CONTINUED = {"quickstart", "download", "tune", "fit", "submit", "kernel", "push"}
XLA_OUT_OF_MEMORY = ("RESOURCE_EXHAUSTED", "Out of memory allocating")
OUT_OF_MEMORY = (
    "give fewer --workers (1 on a GPU: one network at a time), or close other programs; "
    "`kaggle-kit doctor` shows the free memory"
)


def run() -> NoReturn:
    """Run `kaggle-kit` as a process and end with its exit status."""
    _prepare_streams()
    os.environ["MPLBACKEND"] = "agg"  # no window is opened, and the user's may not be valid
    if sys.warnoptions:  # as PYTHONWARNINGS=error sets them, for every library
        warnings.simplefilter("default")
    try:
        status = main()
    except KeyboardInterrupt:  # a second Ctrl-C, while the first is reported
        status = INTERRUPTED
    if status == INTERRUPTED:
        # The backend's threads may still be computing. They would crash when Python shuts down.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _prepare_streams() -> None:
    """Let nothing that is printed end the command: not its letters, nor a closed stream."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed, as by `2>&-`
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), "utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # what a terminal cannot show becomes "?"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 usage, 130 interrupted."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    document.begin(words)
    parser = make_parser()
    options = parser.parse_args(words)
    hints.carry(given_common(options))
    try:
        options, told, common = defaults.apply(parser, words, options)
    except KitError as error:
        return _closed(_fail(error, str(error), error.hint, debug=options.debug))
    hints.carry(given_common(options, common))
    document.choose(options.verb, getattr(options, "format", ""))
    if told:
        print(f"from {told}", file=sys.stderr)
    if not document.is_json():
        return _run(options)
    with contextlib.redirect_stdout(sys.stderr):  # whatever a library prints is not the object
        status = _run(options)
    return _closed(status)


def _closed(status: int) -> int:
    """The exit status, after the object that a program waits for was printed."""
    if document.is_json():
        try:
            print(document.text(status), flush=True)
        except BrokenPipeError:
            _drop_output()
            return FAILED
    return status


def _run(options: argparse.Namespace) -> int:
    try:
        check_inputs(options)
        importlib.import_module(f"kaggle_kit.cli.commands.{options.verb}").run(options)
    except KitError as error:
        return _fail(error, str(error), error.hint, debug=options.debug)
    except KeyboardInterrupt as interrupt:
        print("\ninterrupted", file=sys.stderr)
        hint = hints.pasteable(str(interrupt) or _continuation(options))
        print(f"hint: {hint}", file=sys.stderr)
        document.fail("interrupted", hint)
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return FAILED
    except OSError as error:
        hint = "check the path, its permissions, and the free disk space"
        return _fail(error, _os_error(error), hint, debug=options.debug)
    except Exception as error:  # noqa: BLE001  a traceback is shown only with --debug
        return _fail(error, *_unforeseen(error), debug=options.debug)
    return 0


def _drop_output() -> None:
    """The reader of the output is gone. Python would raise the error again when it flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _continuation(options: argparse.Namespace) -> str:
    """What to do after Ctrl-C; to repeat the command could do harm."""
    if getattr(options, "restart", False):
        return "the same command without --restart goes on from here"
    if getattr(options, "again", False):
        return "`kaggle-kit submit --sync` shows whether the file was sent"
    if options.verb in CONTINUED:
        return "the same command goes on from here"
    return "the same command starts again"


def _os_error(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{in_words(error)}"


def _unforeseen(error: Exception) -> tuple[str, str]:
    """The message and the hint."""
    text = str(error)
    if isinstance(error, MemoryError) or any(words in text for words in XLA_OUT_OF_MEMORY):
        return "memory ran out", OUT_OF_MEMORY
    if "Unable to initialize backend" in text:  # JAX's words
        platform = os.environ.get("JAX_PLATFORMS", "")
        return f"JAX cannot compute on the platform {platform!r}", "unset JAX_PLATFORMS"
    return f"{type(error).__name__}: {error}", "this is a bug in kaggle-kit; --debug shows where"


def _fail(error: Exception, message: str, hint: str, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    message, hint = " ".join(message.split()), hints.pasteable(hint)
    document.fail(message, hint)
    with contextlib.suppress(BrokenPipeError):
        print(f"error: {message}", file=sys.stderr)
        if hint:
            print(f"hint: {hint}", file=sys.stderr)
    return USAGE if type(error) is InputError else FAILED
