"""The options of `kaggle-kit` and of each of its verbs, whose texts are in `verbs`.

Nothing heavy is imported, so that `--help` answers at once. Defaults are read from where they hold.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from kaggle_kit._version import __version__
from kaggle_kit.cli.help_texts import VERBS
from kaggle_kit.cli.option_types import duration, number, port, positive, scheduler
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.search.presets import DEFAULT_PRESET, ORACLES, PRESETS, SearchPlan

USAGE = 2  # the exit status
PLANNED = ("oracle", "trials", "folds", "epochs", "fit_epochs", "members", "time_budget")
JOBS = {
    "the whole job on a sample, without an account": [
        "kaggle-kit download --from sample",
        "kaggle-kit tune && kaggle-kit submit && kaggle-kit report",
    ],
    "the competition": [
        "kaggle-kit download",
        "kaggle-kit tune --preset standard",
        'kaggle-kit submit --message "first ensemble"',
    ],
}


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"error: {message}\nhint: {self.prog} --help\n")


def make_parser() -> Parser:
    """The parser of the whole command line; it calls the verb `verb`."""
    jobs = [f"{what}:\n" + "\n".join(f"  {line}" for line in lines) for what, lines in JOBS.items()]
    last = "Each step resumes where it was stopped and skips what is already done.\n"
    parser = Parser(
        prog="kaggle-kit",
        description="From a Kaggle competition's CSV to a scored submission.",
        epilog="\n\n".join([*jobs, f"{last}What a verb needs and leaves: kaggle-kit VERB --help"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kaggle-kit {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title="verbs")
    common = _common()
    for name, verb in VERBS.items():
        one = verbs.add_parser(
            name,
            help=verb.summary,
            description=verb.description,
            epilog=verb.epilog,
            parents=[common],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in OPTIONS:
            OPTIONS[name](one)
    return parser


def _common() -> Parser:
    common = Parser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument(
        "--competition",
        default=next(iter(COMPETITIONS)),
        metavar="SLUG",
        help="as its address at Kaggle has it (default: %(default)s)",
    )
    group.add_argument(
        "--run",
        default="default",
        metavar="NAME",
        help="keeps apart what belongs to different searches (default: %(default)s)",
    )
    group.add_argument(
        "--home",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where data/, runs/ and submissions/ live (default: the current folder)",
    )
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return common


def _add_workers(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes that train, one network each (default: as many as there are cores; on a "
        "GPU this one, which trains all folds as one program)",
    )
    verb.add_argument(
        "--scheduler",
        type=scheduler,
        metavar="ADDRESS",
        help="tcp://HOST:8786 of a Dask cluster that trains instead; --workers then says how many "
        "networks at a time (default: all that are there)",
    )


def _download(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--from",
        dest="source",
        metavar="PATH|sample",
        help="a zip or folder that holds the CSVs, or the embedded sample (default: Kaggle)",
    )
    verb.add_argument("--force", action="store_true", help="fetch again what is there")


def _tune(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--preset", choices=PRESETS, help=f"how far to search (default: {DEFAULT_PRESET})"
    )
    family = f"family of networks (default: {SearchPlan().family})"
    verb.add_argument("--family", metavar="F", help=family)
    seed = f"of folds, trials and training (default: {SearchPlan().seed})"
    verb.add_argument("--seed", type=int, metavar="S", help=seed)
    verb.add_argument("--restart", action="store_true", help="forget this run and begin again")
    _add_workers(verb)
    plan = verb.add_argument_group("how far to search (default: what the preset says; see below)")
    plan.add_argument("--oracle", choices=ORACLES, help="how trials are proposed")
    plan.add_argument("--trials", type=positive, metavar="N", help="how many networks to try")
    plan.add_argument("--folds", type=positive, metavar="K", help="folds of the cross-validation")
    plan.add_argument("--epochs", type=positive, metavar="N", help="epochs of a trial")
    plan.add_argument("--fit-epochs", type=positive, metavar="N", help="epochs of the ensemble")
    plan.add_argument("--members", type=positive, metavar="N", help="networks of it on each fold")
    plan.add_argument(
        "--time-budget", type=duration, metavar="T", help="for the search: 90s, 20m, 1h30m"
    )
    verb.epilog = f"{_presets()}\n\n{verb.epilog}"


def _presets() -> str:
    """What the presets say where no option does, as a table."""
    rows = [["", *PRESETS]]
    for name in PLANNED:
        option = f"--{name.replace('_', '-')}"
        rows.append([option, *(_planned(plan, name) for plan in PRESETS.values())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    title = "what the presets say (with fewer images than the competition's, more epochs):"
    return "\n".join([title, *(f"  {line}" for line in lines)])


def _planned(plan: SearchPlan, name: str) -> str:
    value = getattr(plan, name)
    if name != "time_budget":
        return str(value)
    return f"{value / 60:.0f}m" if value % 60 == 0 else f"{value:.0f}s"


def _fit(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--best",
        type=Path,
        metavar="JSON",
        help="a best.json found elsewhere, to begin a run with (default: the run's)",
    )
    _add_workers(verb)


def _submit(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--message", metavar="M", help="shown beside the score (default: the CV)")
    verb.add_argument("--dry-run", action="store_true", help="stop before the upload")
    verb.add_argument("--again", action="store_true", help="send a file that was sent before")
    verb.add_argument(
        "--sync", action="store_true", help="send nothing; bring the ledger up to Kaggle's list"
    )
    verb.add_argument("--no-wait", action="store_true", help="do not wait for the score")
    _add_workers(verb)


def _leaderboard(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--file",
        type=Path,
        metavar="CSV",
        help="of a leaderboard; asks no server (default: Kaggle's, now)",
    )
    verb.add_argument("--team", metavar="NAME", help="yours (default: who has the credentials)")


def _kernel(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "action",
        choices=("build", "push", "status", "output"),
        help="push builds, uploads, follows and fetches; status and output look again later",
    )
    preset = f"how far to search there (default: {DEFAULT_PRESET})"
    verb.add_argument("--owner", metavar="USER", help="whose (default: the credentials' user)")
    verb.add_argument("--preset", choices=PRESETS, help=preset)
    verb.add_argument("--best", type=Path, metavar="JSON", help="fit this best.json; no search")
    verb.add_argument("--gpu", action="store_true", help="run on a GPU, which nobody has tried yet")
    verb.add_argument("--no-wait", action="store_true", help="push, and do not follow")


def _report(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="where to (default: report/ in the run)"
    )


def _demo(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--port", type=port, metavar="N", help="default: the first free from 7860")
    verb.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="0.0.0.0 lets others see it (default: %(default)s)",
    )


def _bundle(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="where to (default: bundle/ in the run)"
    )


def _runs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("names", nargs="*", metavar="RUN", help="two runs to compare (default: all)")


def _export(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--format",
        choices=("keras", "h5", "onnx", "tflite"),
        default="keras",
        help="of the file (default: %(default)s)",
    )
    verb.add_argument(
        "--what",
        choices=("ensemble", "network"),
        default="ensemble",
        help="the mean of all networks, or one of them (default: %(default)s)",
    )
    verb.add_argument(
        "--fold", type=number, metavar="K", help="whose network, counted from 0 (default: 0)"
    )
    verb.add_argument(
        "--member",
        type=number,
        metavar="M",
        help="which of that fold, counted from 0 (default: 0)",
    )
    verb.add_argument(
        "--out", type=Path, metavar="FILE", help="where to (default: export/ in the run)"
    )


OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "download": _download,
    "tune": _tune,
    "fit": _fit,
    "submit": _submit,
    "leaderboard": _leaderboard,
    "runs": _runs,
    "kernel": _kernel,
    "report": _report,
    "demo": _demo,
    "bundle": _bundle,
    "export": _export,
}
