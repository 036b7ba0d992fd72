"""`python -m kaggle_kit` is `kaggle-kit`."""

from kaggle_kit.cli import run

run()
