"""The submission kit for Kaggle's digit-recognizer: download, tune, fit, submit, report."""

__version__ = "0.1.0"
