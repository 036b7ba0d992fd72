"""`kaggle-kit quickstart`: all steps on an embedded sample, each shown as its own command."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from kaggle_kit.cli import console, hints
from kaggle_kit.cli.arguments import trackers_of

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
LOGGED = {"tune", "fit", "submit"}


def run(options: Namespace) -> None:
    from kaggle_kit.cli.options import COMMON, given_common, make_parser

    home = HOME if options.home == COMMON["home"] else str(options.home)
    common = ["--home", home, "--competition", SAMPLES[options.sample]]
    common += ["--run", options.run]
    plan = ["--preset", options.preset] if options.preset else []
    log = [word for tracker in trackers_of(options) for word in ("--log", tracker)]
    for verb, arguments in STEPS.items():
        more = plan if verb == "tune" else []
        more = [*more, *log] if verb in LOGGED else more
        words = [verb, *arguments, *more, *common]
        console.note(f"$ kaggle-kit {' '.join(words)}")
        step = make_parser().parse_args(words)
        hints.carry(given_common(step))
        importlib.import_module(f"kaggle_kit.cli.commands.{verb}").run(step)
    demo, predict = (hints.pasteable(f"`kaggle-kit {verb}`") for verb in ("demo", "predict FILE"))
    console.result(f"next: {demo} shows and explains answers, {predict} labels your own image")
