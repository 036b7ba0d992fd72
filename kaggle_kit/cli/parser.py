"""The parser of options: a mistake is told in one line, with the `--help` of the verb as a hint."""

import argparse
import shlex
from typing import Any, NoReturn

from kaggle_kit.cli import hints

USAGE = 2  # the exit status


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        called = self.prog.replace(hints.NAME, hints.program(), 1)
        self.exit(USAGE, f"error: {message}\nhint: {called} --help\n")

    def parse_args(self, *given: Any) -> argparse.Namespace:  # type: ignore[override]
        """As in argparse, but the hint about an unknown option names the verb's own `--help`."""
        options: argparse.Namespace
        options, unknown = self.parse_known_args(*given)
        if unknown:
            verb = Parser(prog=f"{self.prog} {options.verb}")
            verb.error(f"unrecognized arguments: {shlex.join(unknown)}")
        return options
