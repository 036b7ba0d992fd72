"""`kaggle-kit quickstart`: all steps on an embedded sample, each shown as its own command."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from kaggle_kit.cli import console, hints

if TYPE_CHECKING:
    from argparse import Namespace

SAMPLES = {"digits": "digit-recognizer", "letters": "letters"}
HOME = "quickstart"
STEPS = {
    "download": ["--from", "sample"],
    "tune": [],
    "fit": [],
    "submit": [],
    "report": [],  # last: it shows the score
}


def run(options: Namespace) -> None:
    from kaggle_kit.cli.options import COMMON, given_common, make_parser

    home = HOME if options.home == COMMON["home"] else str(options.home)
    common = ["--home", home, "--competition", SAMPLES[options.sample]]
    common += ["--run", options.run]
    plan = ["--preset", options.preset] if options.preset else []
    for verb, arguments in STEPS.items():
        words = [verb, *arguments, *(plan if verb == "tune" else []), *common]
        console.note(f"$ kaggle-kit {' '.join(words)}")
        step = make_parser().parse_args(words)
        hints.carry(given_common(step))
        importlib.import_module(f"kaggle_kit.cli.commands.{verb}").run(step)
