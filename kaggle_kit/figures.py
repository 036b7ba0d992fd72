"""Figures without a window: made, returned, and turned into PNGs."""

import io
from typing import Any

from matplotlib.figure import Figure

BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"  # told apart by the colour-blind
GREY = "#767676"  # dark enough for text on white


def make_axes(size: tuple[float, float]) -> tuple[Figure, Any]:
    """A figure of width and height in inches, with one set of axes."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.add_subplot()


def png(figure: Figure, dpi: int = 120) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()
