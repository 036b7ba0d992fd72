"""The old name of `kaggle_kit.kaggle.kernel.runtime`; notebooks of users still import it."""

from kaggle_kit.kaggle.kernel.runtime import find_data, hand_over

__all__ = ["find_data", "hand_over"]
