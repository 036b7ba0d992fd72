"""The options of `kaggle-kit` and of each of its verbs; the texts of the verbs are in `help_texts`.

No heavy module is imported, so that `--help` answers at once. Each default is read from the module
that applies it.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kaggle_kit._version import __version__
from kaggle_kit.cli import option_types as types
from kaggle_kit.cli.data_options import add_download, add_quickstart
from kaggle_kit.cli.help_texts import VERBS, presets_table
from kaggle_kit.cli.init_options import add_init_options
from kaggle_kit.cli.option_types import duration, number, path, positive
from kaggle_kit.cli.parser import Parser
from kaggle_kit.cli.training_options import add_log, add_workers
from kaggle_kit.cli.verbs.options import (
    WITH_JSON,
    add_blend,
    add_completion,
    add_format,
    add_predict,
    add_runs,
)
from kaggle_kit.competition.registry import HOME_COMPETITION
from kaggle_kit.networks.families import FAMILIES
from kaggle_kit.search.presets import DEFAULT_PRESET, ORACLES, PRESETS, SearchPlan

COMMON = {"competition": HOME_COMPETITION, "run": "default", "home": Path()}
JOBS = {
    "all steps on a sample, without an account": [
        "kaggle-kit download --from sample",
        "kaggle-kit tune && kaggle-kit submit && kaggle-kit report",
    ],
    "the competition": [
        "kaggle-kit download",
        "kaggle-kit tune --preset standard",
        'kaggle-kit submit --message "first ensemble"',
    ],
}


def make_parser() -> Parser:
    """The parser of the whole command line; it stores the verb as `verb`."""
    jobs = [f"{what}:\n" + "\n".join(f"  {line}" for line in lines) for what, lines in JOBS.items()]
    last = "Each step resumes where it was stopped and skips what is already done.\n"
    parser = Parser(
        prog="kaggle-kit",
        description="From a Kaggle competition's CSV to a scored submission.",
        epilog="\n\n".join([*jobs, f"{last}What a verb needs and writes: kaggle-kit VERB --help"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kaggle-kit {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title="verbs")
    verbs.type = str  # it passes everything on to the parser of the verb
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
        if name in WITH_JSON:
            add_format(one)
    return parser


def _common() -> Parser:
    common = Parser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument(
        "--competition",
        type=str,
        default=COMMON["competition"],
        metavar="SLUG",
        help="the competition: its name or address at Kaggle, or a description that `init` wrote "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--run",
        type=types.run_name,
        default=COMMON["run"],
        metavar="NAME",
        help="name of the run; different searches need different runs (default: %(default)s)",
    )
    group.add_argument(
        "--home",
        type=path,
        default=COMMON["home"],
        metavar="DIR",
        help="folder of data/, runs/ and submissions/ (default: the current folder)",
    )
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return common


def given_common(
    options: argparse.Namespace, defaults: Mapping[str, Any] = MappingProxyType({})
) -> list[str]:
    """The common options that differ from their defaults, in pairs of name and value.

    `defaults` are those of the user's home.
    """
    known = {name: defaults.get(name, default) for name, default in COMMON.items()}
    given = [name for name, default in known.items() if getattr(options, name) != default]
    return [text for name in given for text in (f"--{name}", str(getattr(options, name)))]


def _tune(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--preset", choices=PRESETS, help=f"size of the search (default: {DEFAULT_PRESET})"
    )
    known = f"family: {' or '.join(FAMILIES)} (default: {SearchPlan().family})"
    family = f"{known}, or one of another package, or FILE.py:build with your own build(hp)"
    verb.add_argument("--family", type=types.family, metavar="F", help=family)
    seed = f"seed of folds, trials and training (default: {SearchPlan().seed})"
    verb.add_argument("--seed", type=types.seed, metavar="S", help=seed)
    verb.add_argument("--restart", action="store_true", help="delete this run and start again")
    repeated = "repeat the search of this plan.json exactly, without its time limits"
    verb.add_argument("--plan", type=path, metavar="JSON", help=repeated)
    add_workers(verb)
    add_log(verb)
    plan = verb.add_argument_group("size of the search (default: set by the preset; see below)")
    plan.add_argument("--oracle", choices=ORACLES, help="method that proposes trials")
    plan.add_argument("--trials", type=positive, metavar="N", help="number of networks to try")
    plan.add_argument("--folds", type=positive, metavar="K", help="folds of the cross-validation")
    plan.add_argument("--epochs", type=positive, metavar="N", help="epochs of each trial")
    plan.add_argument("--fit-epochs", type=positive, metavar="N", help="epochs of the ensemble")
    plan.add_argument("--members", type=positive, metavar="N", help="ensemble networks per fold")
    plan.add_argument(
        "--time-budget", type=duration, metavar="T", help="search time limit: 90s, 20m, 1h30m"
    )
    plan.add_argument(
        "--fit-budget", type=duration, metavar="T", help="time limit of fit; it trains fewer epochs"
    )
    verb.epilog = f"{presets_table()}\n\n{verb.epilog}"


def _fit(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--best",
        type=path,
        metavar="JSON",
        help="begin the run with this best.json (default: the run's own)",
    )
    add_workers(verb)
    add_log(verb)


def _submit(verb: argparse.ArgumentParser) -> None:
    own = "a submission that was made elsewhere (default: that of the run)"
    verb.add_argument("own", nargs="?", type=path, metavar="FILE.csv", help=own)
    message = "shown next to the score (default: the CV, or the name of the file)"
    verb.add_argument("--message", metavar="M", help=message)
    verb.add_argument("--dry-run", action="store_true", help="stop before the upload")
    verb.add_argument("--again", action="store_true", help="send the same file again")
    rewrite = "replace a submission.csv that was edited"
    verb.add_argument("--rewrite", action="store_true", help=rewrite)
    verb.add_argument(
        "--sync", action="store_true", help="send nothing; update the ledger from Kaggle's list"
    )
    verb.add_argument("--no-wait", action="store_true", help="do not wait for the score")
    add_workers(verb)
    add_log(verb)


def _leaderboard(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--file",
        type=path,
        metavar="CSV",
        help="a saved leaderboard; no server is asked (default: download the current one)",
    )
    verb.add_argument(
        "--team",
        metavar="NAME",
        help="your team, or one of its members (default: the user of the credentials)",
    )


def _kernel(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "action",
        nargs="?",
        default="build",
        choices=("build", "push", "status", "output"),
        help="push builds, uploads, follows and fetches; status and output are for later "
        "(default: %(default)s)",
    )
    _push(verb)


def _push(verb: argparse.ArgumentParser) -> None:
    preset = f"size of the search at Kaggle (default: {DEFAULT_PRESET})"
    user = "owner (default: user of the credentials)"
    verb.add_argument("--owner", type=types.owner, metavar="USER", help=user)
    verb.add_argument("--preset", choices=PRESETS, help=preset)
    verb.add_argument("--best", type=path, metavar="JSON", help="fit this best.json; do not search")
    gpu = "run on a GPU, not tried yet (default: as kernel-metadata.json says)"
    verb.add_argument("--gpu", action=argparse.BooleanOptionalAction, help=gpu)
    verb.add_argument("--rewrite", action="store_true", help="replace a notebook that was edited")
    verb.add_argument("--no-wait", action="store_true", help="push, but do not follow the notebook")


def _report(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--out", type=path, metavar="DIR", help="folder to write to (default: report/ in the run)"
    )
    force = "write among other files in that folder, and replace edited ones"
    verb.add_argument("--force", action="store_true", help=force)


def _demo(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--port", type=types.port, metavar="N", help="port (default: first free from 7860)"
    )
    verb.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on; 0.0.0.0 lets other machines in (default: %(default)s)",
    )


def _bundle(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--out", type=path, metavar="DIR", help="folder to write to (default: bundle/ in the run)"
    )


def _export(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--format",
        choices=("keras", "h5", "onnx", "tflite"),
        default="keras",
        help="format of the file (default: %(default)s)",
    )
    verb.add_argument(
        "--what",
        choices=("ensemble", "network"),
        default="ensemble",
        help="the mean of all networks, or one of them (default: %(default)s)",
    )
    verb.add_argument(
        "--fold", type=number, metavar="K", help="fold of the network, counted from 0 (default: 0)"
    )
    verb.add_argument(
        "--member",
        type=number,
        metavar="M",
        help="number of the network in its fold, counted from 0 (default: 0)",
    )
    verb.add_argument(
        "--out", type=path, metavar="FILE", help="file to write (default: in export/ of the run)"
    )
    verb.add_argument("--force", action="store_true", help="replace the file at --out")


OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "quickstart": add_quickstart,
    "init": add_init_options,
    "download": add_download,
    "tune": _tune,
    "fit": _fit,
    "blend": add_blend,
    "submit": _submit,
    "leaderboard": _leaderboard,
    "runs": add_runs,
    "predict": add_predict,
    "completion": add_completion,
    "kernel": _kernel,
    "push": _push,
    "report": _report,
    "demo": _demo,
    "bundle": _bundle,
    "export": _export,
}
