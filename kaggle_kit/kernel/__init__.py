"""The old location of modules that are now in `kaggle_kit.kaggle.kernel`; see `place`."""
