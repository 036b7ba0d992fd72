"""Makes `python -m kaggle_kit` the same command as `kaggle-kit`."""

from kaggle_kit.cli.main import run

run()
