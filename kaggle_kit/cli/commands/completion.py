"""`kaggle-kit completion`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kaggle_kit.cli.shell.completion import script

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    from kaggle_kit.cli.options import make_parser

    sys.stdout.write(script(options.shell, make_parser()))
