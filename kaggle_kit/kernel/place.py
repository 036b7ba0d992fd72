"""The former name of `kaggle_kit.kaggle.kernel.runtime`, which notebooks of users import."""

from kaggle_kit.kaggle.kernel.runtime import find_data, hand_over

__all__ = ["find_data", "hand_over"]
