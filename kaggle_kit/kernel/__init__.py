"""The former place of what is now in `kaggle_kit.kaggle.kernel`; see `place`."""
