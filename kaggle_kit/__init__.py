"""A submission kit for Kaggle's digit-recognizer: download, tune, fit, submit, report."""

from kaggle_kit._version import __version__

__all__ = ["__version__"]
