"""The command `kaggle-kit`: options in, exit status out. Each verb is a module in `commands`.

Nothing heavy is imported before a verb needs it, so that `--help` answers at once.
"""

import argparse
import contextlib
import importlib
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from kaggle_kit import __version__
from kaggle_kit.competition import COMPETITIONS
from kaggle_kit.errors import InputError, KitError
from kaggle_kit.presets import DEFAULT_PRESET, ORACLES, PRESETS

FAILED, USAGE, INTERRUPTED = 1, 2, 130

EXAMPLES = """\
the whole job on a sample, without an account:
  kaggle-kit download --from sample
  kaggle-kit tune && kaggle-kit submit && kaggle-kit report

the competition:
  kaggle-kit download
  kaggle-kit tune --preset standard
  kaggle-kit submit --message "first ensemble"

Each step resumes where it was stopped and skips what is already done."""


def run() -> NoReturn:
    """The process `kaggle-kit`."""
    status = main()
    if status == INTERRUPTED:
        # The backend's threads may be computing still, and crash when Python ends around them.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        importlib.import_module(f"kaggle_kit.commands.{options.verb}").run(options)
    except KitError as error:
        return _fail(error, str(error), error.hint, debug=options.debug)
    except KeyboardInterrupt as interrupt:
        print("\ninterrupted", file=sys.stderr)
        hint = str(interrupt) or "the same command goes on from here"
        print(f"hint: {hint}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; Python would complain again while it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        hint = "check the path, its rights, and the disk's space"
        return _fail(error, _os_error(error), hint, debug=options.debug)
    except Exception as error:  # noqa: BLE001  no traceback unless it is asked for
        message = f"{type(error).__name__}: {error}"
        hint = "this is a fault of kaggle-kit; --debug shows where"
        return _fail(error, message, hint, debug=options.debug)
    return 0


def duration(text: str) -> float:
    """Seconds in a text such as 90, 90s, 20m, 1h30m."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", text.strip())
    if not text.strip() or match is None:
        raise argparse.ArgumentTypeError(f"expected a duration such as 90s, 20m or 1h30m: {text!r}")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _positive(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1: {text!r}")
    return int(text)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, counted from 0: {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port, 1 to 65535: {text!r}")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"error: {message}\nhint: {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    common = _common()
    parser = _Parser(
        prog="kaggle-kit",
        description="From a Kaggle competition's CSV to a scored submission.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kaggle-kit {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, summary: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=summary, description=summary, parents=[common])

    download = verb("download", "get the competition's data, verified, into data/")
    download.add_argument(
        "--from",
        dest="source",
        metavar="PATH|sample",
        help="a zip or folder that holds the CSVs, or the embedded sample (default: Kaggle)",
    )
    download.add_argument("--force", action="store_true", help="fetch again what is there")
    _add_tune(verb("tune", "search the best network under stratified cross-validation"))
    fit = verb("fit", "train the ensemble of the best network on each fold, and judge it")
    fit.add_argument("--best", type=Path, metavar="JSON", help="a best.json found elsewhere")
    _add_workers(fit)
    submit = verb("submit", "write submission.csv, upload it, and wait for the score")
    submit.add_argument("--message", metavar="M", help="shown beside the score (default: the CV)")
    submit.add_argument("--dry-run", action="store_true", help="stop before the upload")
    submit.add_argument("--again", action="store_true", help="send a file that was sent before")
    submit.add_argument(
        "--sync", action="store_true", help="send nothing; bring the ledger up to Kaggle's list"
    )
    submit.add_argument("--no-wait", action="store_true", help="do not wait for the score")
    _add_workers(submit)
    board = verb("leaderboard", "review the leaderboard: rank, lines, suspicious scores, history")
    board.add_argument("--file", type=Path, metavar="CSV", help="of a leaderboard; asks no server")
    board.add_argument("--team", metavar="NAME", help="yours (default: who has the credentials)")
    runs = verb("runs", "list the runs with their CV and scores, or compare two")
    runs.add_argument("names", nargs="*", metavar="RUN", help="two runs to compare")
    _add_kernel(verb("kernel", "the kit as one Kaggle notebook: build it, run it there, fetch it"))
    verb("doctor", "check credentials, rules, versions, backend, disk and memory")
    report = verb("report", "make the page of the run, with its plots")
    report.add_argument("--out", type=Path, metavar="DIR", help="default: report/ in the run")
    demo = verb("demo", "serve a page that reads digits and shows why: draw one, or send a picture")
    demo.add_argument("--port", type=_port, metavar="N", help="default: the first free from 7860")
    demo.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="0.0.0.0 lets others see it"
    )
    bundle = verb("bundle", "put that page into a folder and a zip that need neither kit nor data")
    bundle.add_argument("--out", type=Path, metavar="DIR", help="default: bundle/ in the run")
    _add_export(verb("export", "write the ensemble, or a network of it, for other programs"))
    return parser


def _add_tune(tune: argparse.ArgumentParser) -> None:
    presets = ", ".join(
        f"{name} ({plan.trials} trials, {plan.folds} folds, {plan.time_budget / 60:.0f} min)"
        for name, plan in PRESETS.items()
    )
    tune.add_argument("--preset", choices=PRESETS, help=f"{presets}; default: {DEFAULT_PRESET}")
    tune.add_argument("--family", metavar="F", help="family of networks (default: dense)")
    tune.add_argument("--oracle", choices=ORACLES, help="how trials are proposed")
    tune.add_argument("--trials", type=_positive, metavar="N", help="how many networks to try")
    tune.add_argument("--folds", type=_positive, metavar="K", help="folds of the cross-validation")
    tune.add_argument("--epochs", type=_positive, metavar="N", help="epochs of a trial")
    tune.add_argument("--fit-epochs", type=_positive, metavar="N", help="epochs of the ensemble")
    tune.add_argument("--members", type=_positive, metavar="N", help="networks of it on each fold")
    tune.add_argument(
        "--time-budget", type=duration, metavar="T", help="for the search: 90s, 20m, 1h30m"
    )
    tune.add_argument("--seed", type=int, metavar="S", help="of folds, trials and training")
    tune.add_argument("--restart", action="store_true", help="forget this run and begin again")
    _add_workers(tune)


def _add_kernel(kernel: argparse.ArgumentParser) -> None:
    kernel.add_argument(
        "action",
        choices=("build", "push", "status", "output"),
        help="push builds, uploads, follows and fetches; status and output look again later",
    )
    kernel.add_argument("--owner", metavar="USER", help="whose (default: the credentials' user)")
    kernel.add_argument("--preset", choices=PRESETS, help=f"default: {DEFAULT_PRESET}")
    kernel.add_argument("--best", type=Path, metavar="JSON", help="fit this best.json; no search")
    kernel.add_argument(
        "--gpu", action="store_true", help="run on a GPU, which nobody has tried yet"
    )
    kernel.add_argument("--no-wait", action="store_true", help="push, and do not follow")


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--format",
        choices=("keras", "h5", "onnx", "tflite"),
        default="keras",
        help="default: %(default)s",
    )
    export.add_argument(
        "--what",
        choices=("ensemble", "network"),
        default="ensemble",
        help="the mean of all networks, or one of them (default: %(default)s)",
    )
    export.add_argument(
        "--fold", type=_number, metavar="K", help="whose network, counted from 0 (default: 0)"
    )
    export.add_argument(
        "--member",
        type=_number,
        metavar="M",
        help="which of that fold, counted from 0 (default: 0)",
    )
    export.add_argument("--out", type=Path, metavar="FILE", help="default: in export/ of the run")


def _add_workers(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--workers", type=_positive, metavar="N", help="processes that train (default: the cores)"
    )


def _common() -> "_Parser":
    common = _Parser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument(
        "--competition",
        default=next(iter(COMPETITIONS)),
        metavar="SLUG",
        help="default: %(default)s",
    )
    group.add_argument("--run", default="default", metavar="NAME", help="default: %(default)s")
    group.add_argument(
        "--home",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where data/, runs/ and submissions/ live (default: the current folder)",
    )
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return common


def _os_error(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _fail(error: Exception, message: str, hint: str, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    with contextlib.suppress(BrokenPipeError):
        print(f"error: {' '.join(message.split())}", file=sys.stderr)
        if hint:
            print(f"hint: {hint}", file=sys.stderr)
    return USAGE if type(error) is InputError else FAILED
