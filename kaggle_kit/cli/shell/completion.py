"""The completion script of a shell, from the parser; see `kaggle-kit completion --help`.

Verbs, options and fixed choices stand in the script, with the plug-ins that are installed. Runs are
looked up in the folder runs/ of the current folder when the user presses Tab.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kaggle_kit import plugins
from kaggle_kit.cli.help_texts import VERBS
from kaggle_kit.cli.shell.scripts import Option, Verb, bash, fish, powershell, zsh
from kaggle_kit.competition.registry import COMPETITIONS, plugin_slugs
from kaggle_kit.networks.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELLS = {"bash": bash, "zsh": zsh, "fish": fish, "powershell": powershell}
RUNS = {"run"}  # destinations whose values are the names of runs


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The script for one of SHELLS."""
    return SHELLS[shell](list(verbs(parser)))


def verbs(parser: argparse.ArgumentParser) -> Iterator[Verb]:
    """The verbs of the command line, with all that can be completed."""
    (chosen,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001
    for name, one in chosen.choices.items():
        actions = one._actions  # noqa: SLF001
        places = [action for action in actions if not action.option_strings]
        yield Verb(
            name,
            VERBS[name].summary,
            tuple(_option(action) for action in actions if action.option_strings),
            tuple(str(word) for action in places for word in _choices(action)),
            any(action.metavar == "RUN" for action in places),
        )


def _option(action: argparse.Action) -> Option:
    takes = "nothing" if action.nargs == 0 else "run" if action.dest in RUNS else "value"
    text = (action.help or "").partition(" (default")[0].replace("%%", "%")
    return Option(tuple(action.option_strings), _choices(action), takes, text)


def _choices(action: argparse.Action) -> tuple[str, ...]:
    if action.dest == "competition":
        return (*COMPETITIONS, *plugin_slugs())
    if action.dest == "family":
        return (*FAMILIES, *(one.name for one in plugins.plugins(plugins.FAMILIES)))
    if action.metavar == "RUN" and action.dest == "names":
        return ("remove", "pack", "unpack")
    return tuple(map(str, action.choices or ()))
