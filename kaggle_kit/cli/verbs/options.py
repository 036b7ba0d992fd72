"""The options of `runs`, `blend`, `predict` and `completion`, and `--format`."""

import argparse
from typing import Any

from kaggle_kit.cli import option_types as types
from kaggle_kit.cli.output.document import FORMATS

# The verbs whose result is put out as JSON, too.
WITH_JSON = (
    *("download", "tune", "fit", "blend", "submit"),
    *("leaderboard", "runs", "predict", "doctor"),
)


def add_format(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--format",
        choices=FORMATS,
        default=FORMATS[0],
        help="json: one object for programs, as docs/output.md describes it (default: %(default)s)",
    )


def add_predict(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "sources",
        nargs="+",
        type=types.path,
        metavar="PATH",
        help="a picture, a folder of pictures, or a CSV in the format of the test images",
    )
    out = "CSV to write (default: print it)"
    verb.add_argument("--out", type=types.path, metavar="FILE", help=out)
    verb.add_argument("--force", action="store_true", help="replace the file at --out")


def add_blend(verb: argparse.ArgumentParser) -> None:
    runs = "the fitted runs to blend, two or more; --run names the run that is made"
    verb.add_argument("runs", nargs="+", type=types.run_name, metavar="RUN", help=runs)


def add_completion(verb: argparse.ArgumentParser) -> None:
    shells = ("bash", "zsh", "fish", "powershell")
    verb.add_argument("shell", choices=shells, help="the shell that the script is for")


ACTIONS = {"remove": (1, 1000), "pack": (1, 1), "unpack": (1, 1)}  # how many words each takes


class RunWords(argparse.Action):
    """Take two runs or none; or an action and what it is done to."""

    def __call__(
        self, parser: argparse.ArgumentParser, options: argparse.Namespace, values: Any, *_: Any
    ) -> None:
        action = values[0] if values and values[0] in ACTIONS else ""
        words = values[1:] if action else values
        if not action and len(words) not in {0, 2}:
            parser.error(f"two runs can be compared, not {len(words)}")
        if action:
            least, most = ACTIONS[action]
            if not least <= len(words) <= most:
                wanted = "one file" if action == "unpack" else "one run"
                parser.error(f"{action} takes {wanted}{' or more' * (most > 1)}")
        try:
            names = words if action == "unpack" else [types.run_name(word) for word in words]
        except argparse.ArgumentTypeError as error:
            parser.error(str(error))
        options.action, options.names = action, names


def add_runs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "names",
        nargs="*",
        action=RunWords,
        metavar="RUN",
        help="two runs to compare; or remove RUN..., pack RUN, unpack FILE; none: list all",
    )
    verb.set_defaults(action="")
    yes = "remove without a question"
    verb.add_argument("--yes", action="store_true", help=yes)
    out = "zip that `pack` writes (default: RUN.zip in --home)"
    verb.add_argument("--out", type=types.path, metavar="FILE", help=out)
    verb.add_argument("--force", action="store_true", help="replace the file at --out")
    other = "name of the run that `unpack` makes (default: the one that it had)"
    verb.add_argument("--as", dest="new_name", type=types.run_name, metavar="NAME", help=other)
