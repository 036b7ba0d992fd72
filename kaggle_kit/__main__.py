"""`python -m kaggle_kit` is `kaggle-kit`."""

from kaggle_kit.cli.main import run

run()
