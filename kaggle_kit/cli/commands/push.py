"""`kaggle-kit push`: the same as `kaggle-kit kernel push`, by the name of the target of make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.cli.commands import kernel

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    options.action = "push"
    kernel.run(options)
