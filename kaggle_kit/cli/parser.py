"""The parser of options: a mistake is told in one line, with the `--help` of the verb as a hint."""

import argparse
import os
import sys
from typing import Any, NoReturn

from kaggle_kit import system
from kaggle_kit.cli import hints
from kaggle_kit.cli.output import document
from kaggle_kit.errors import InputError

USAGE = 2  # the exit status


class Parser(argparse.ArgumentParser):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.register("type", None, system.as_typed)  # a path has a type of its own, or is a `str`

    def error(self, message: str) -> NoReturn:
        called = self.prog.replace(hints.NAME, hints.program(), 1)
        if document.is_json():
            document.fail(message, f"{called} --help")
            self._print_message(f"{document.text(USAGE)}\n", sys.stdout)
        self.exit(USAGE, f"error: {message}\nhint: {called} --help\n")

    def parse_args(self, *given: Any) -> argparse.Namespace:  # type: ignore[override]
        """As in argparse, but the hint about an unknown option names the verb's own `--help`."""
        options: argparse.Namespace
        options, unknown = self.parse_known_args(*given)
        if unknown:
            verb = Parser(prog=f"{self.prog} {options.verb}")
            verb.error(f"unrecognized arguments: {system.join(unknown)}")
        return options


# The options that name what must be there, and what that is.
INPUTS = {
    "source": "the path of a zip or a folder, or the word sample",
    "best": "the path of a best.json that `tune` wrote into a run",
    "file": "the path of a leaderboard's CSV",
    "own": "the CSV of a submission, or none to send that of the run",
}


def check_inputs(options: argparse.Namespace) -> None:
    """Raise InputError if a file that an option names is missing, before anything is imported."""
    for name, expected in INPUTS.items():
        given = getattr(options, name, None)
        if given is None or (name == "source" and given == "sample"):
            continue
        if name == "source" and not given.strip():
            raise InputError("--from is empty", hint=f"give {expected}")
        if not os.path.exists(given):  # noqa: PTH110  Path.exists can raise PermissionError
            raise InputError(f"{given} does not exist", hint=f"give {expected}")
        if name != "source" and given.is_dir():
            raise InputError(f"{given} is a folder, expected a file", hint=f"give {expected}")
