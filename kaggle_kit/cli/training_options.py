"""The options of the verbs that train: who trains, and where it is logged."""

import argparse
from typing import Any

from kaggle_kit.cli import option_types as types
from kaggle_kit.tracking.tracker import TRACKERS


class Several(argparse.Action):
    """Collect the values of an option that is given more than once.

    Unlike argparse's `append`, it leaves a default of the home out.
    """

    def __call__(
        self, _parser: argparse.ArgumentParser, options: argparse.Namespace, value: Any, *_: Any
    ) -> None:
        before = getattr(options, self.dest)
        setattr(options, self.dest, [*(before if isinstance(before, list) else []), value])


def add_workers(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--workers",
        type=types.positive,
        metavar="N",
        help="number of processes that train, one network each (default: the number of cores; on "
        "a GPU, this process trains all folds as one program)",
    )
    verb.add_argument(
        "--scheduler",
        type=types.scheduler,
        metavar="ADDRESS",
        help="address of a Dask cluster that trains instead, such as tcp://HOST:8786; --workers "
        "is then the number of networks that train at a time (default: one per Dask worker)",
    )


def add_log(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--log",
        action=Several,
        choices=TRACKERS,
        help="log trials, folds, epochs and scores to TensorBoard or MLflow, or to both with two "
        "--log; they come with the extra `tracking` (default: to neither)",
    )
