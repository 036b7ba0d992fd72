"""Makes the commands in hints complete, so that they can be pasted.

The rest of the kit writes a command between backticks, and with the options that matter there:
`kaggle-kit tune --restart` or `pip install kaggle`. What is printed also has the common options of
the command that the user typed, and the program in a form that the user's shell finds.
"""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from kaggle_kit import system

NAME = "kaggle-kit"
# A quoted path may contain a backtick.
_COMMAND = re.compile(r"""`(kaggle-kit|pip)((?: (?:'[^']*'|"[^"]*"|[^`'"])+)?)`""")
_common: list[str] = []


def carry(common: Sequence[str]) -> None:
    """Add these options, in pairs of name and value, to every command from now on."""
    _common[:] = common


def pasteable(text: str, run: str = "") -> str:
    """The text with its commands made complete; a command's own options stay as they are.

    If `run` is given, the commands are about that run.
    """
    own = ["--run", run] if run else []
    given = zip(_common[::2], _common[1::2], strict=True)
    common = own + [text for pair in given if pair[0] not in own for text in pair]
    return _COMMAND.sub(lambda found: f"`{_complete(found[1], found[2], common)}`", text)


def program() -> str:
    """The kit as the user called it: its name if the shell finds it by that, or else its path."""
    called = sys.argv[0]
    if called.endswith("__main__.py"):
        return f"{_python()} -m kaggle_kit"
    if system.program_name(called) != NAME or _is_found(called):
        return NAME
    return system.quote(called)


def _complete(name: str, arguments: str, common: Sequence[str]) -> str:
    if name == "pip":
        python = Path(sys.executable)
        at_hand = _is_found(str(python.with_name("pip")))
        return f"pip{arguments}" if at_hand else f"{_python()} -m pip{arguments}"
    words = arguments.split()
    if not words or words[0].startswith("-"):  # about the program, not one of its verbs
        return program() + arguments
    pairs = zip(common[::2], common[1::2], strict=True)
    added = [f" {option} {system.quote(value)}" for option, value in pairs if option not in words]
    return "".join([program(), arguments, *added])


def _python() -> str:
    return system.quote(sys.executable)


def _is_found(program: str) -> bool:
    """Whether the shell finds this very program by its name alone."""
    name = system.program_name(program)
    found = shutil.which(name)
    if found is None or system.program_name(found) != name:
        return False
    return Path(found).parent.absolute() == Path(program).parent.absolute()
