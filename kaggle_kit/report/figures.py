"""Create matplotlib figures without a window, and convert them into PNGs."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"  # colour-blind readers can distinguish them
GREY = "#767676"  # dark enough for text on white

COLOURS = 256


def make_axes(size: tuple[float, float]) -> tuple[Figure, Any]:
    """A figure with one set of axes; `size` is its width and height in inches."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.add_subplot()


def gallery(
    images: Sequence[Any], titles: Sequence[object], *, columns: int = 12, inches: float = 1.0
) -> Figure:
    """Small images in rows, with a title above each image.

    Parameters
    ----------
    images : sequence of n arrays
        Either ink 0..255 of shape (height, width), shown black on white, or colours of shape
        (height, width, 3), uint8. The images may differ in size.
    titles : sequence of n
    inches : float
        The width of one image.
    """
    rows = -(-len(images) // columns)
    size = (inches * columns, (inches + 0.25) * rows)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, image, title in zip(grid[: len(images)], images, titles, strict=True):
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(str(title), fontsize=9)
    return figure


def png(figure: Figure, dpi: int = 120) -> bytes:
    """The figure as a PNG of at most COLOURS colours, a third of the size of one with all."""
    drawn, reduced = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    image = Image.open(drawn).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(reduced, format="png", optimize=True)
    return reduced.getvalue()


def ignore_matplotlibrc() -> None:
    """Draw in matplotlib's own style, whatever the user's matplotlibrc says, in this process."""
    mpl.rcdefaults()
