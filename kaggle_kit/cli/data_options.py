"""The options that say where data come from: those of `download` and `quickstart`."""

import argparse

from kaggle_kit.cli.training_options import add_log
from kaggle_kit.data.choices import Conflicts
from kaggle_kit.search.presets import DEFAULT_PRESET, PRESETS


def add_download(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--from",
        type=str,
        dest="source",
        metavar="PATH|sample",
        help="an archive or folder with the files, or the embedded sample (default: Kaggle)",
    )
    verb.add_argument(
        "--conflicts",
        choices=[*Conflicts],
        help="what to do with equal training images of different labels (default: keep)",
    )
    verb.add_argument(
        "--skip-unreadable",
        action=argparse.BooleanOptionalAction,
        help="leave out training images that cannot be read",
    )
    verb.add_argument(
        "--any-rows",
        action=argparse.BooleanOptionalAction,
        help="take your own training images, however many: rows removed, rows added",
    )
    verb.add_argument("--force", action="store_true", help="fetch again, even if already there")


def add_quickstart(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--sample",
        choices=["digits", "letters"],
        default="digits",
        help="the data: grey digits in a CSV, or letters in colour as files (default: digits)",
    )
    verb.add_argument(
        "--preset", choices=PRESETS, help=f"size of the search (default: {DEFAULT_PRESET})"
    )
    add_log(verb)
