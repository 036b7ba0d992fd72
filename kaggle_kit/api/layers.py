"""Keras layers of the kit, for networks of one's own and to see what networks see.

They take pixels or grey values of shape (n, height, width) on every backend; the docstring of each
says which.
"""

from kaggle_kit.networks.colour import Ink, Jitter, Thumbnail
from kaggle_kit.networks.distortion import Distort, Distortion
from kaggle_kit.networks.gradient_features import (
    OrientedGradients,
    PhotoGradients,
    SecondGradients,
    as_maps,
)
from kaggle_kit.networks.normalisation import LARGE, Enlarged, Upright

__all__ = [
    "LARGE",
    "Distort",
    "Distortion",
    "Enlarged",
    "Ink",
    "Jitter",
    "OrientedGradients",
    "PhotoGradients",
    "SecondGradients",
    "Thumbnail",
    "Upright",
    "as_maps",
]
