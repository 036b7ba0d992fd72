"""Explanations and fitted classifiers as Jupyter shows them."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from kaggle_kit.evaluation.shapley import Explanation

SHOWN = 8  # explanations that Jupyter shows
SCALE = 96  # pixels of the longer side of a picture, at least


@dataclass(frozen=True, eq=False)
class Explanations:
    """Why images are read as they are.

    Attributes
    ----------
    images : uint8 array of shape (n, height, width) or (n, height, width, 3)
        The images as the networks see them, 0..255.
    explanation : Explanation
        Shapley values of the logits, with their standard errors.
    class_names : tuple of str
        The classes, in the order of the values.
    """

    images: NDArray[np.uint8]
    explanation: Explanation
    class_names: tuple[str, ...]

    @property
    def values(self) -> NDArray[np.float32]:
        """Shapley values (n, classes, height, width): how much a pixel raises each logit."""
        return self.explanation.values

    @property
    def base(self) -> NDArray[np.float32]:
        """Logits (n, classes) of an image without ink; with the sum of the values, `logits`."""
        return self.explanation.base

    @property
    def logits(self) -> NDArray[np.float32]:
        """Logits (n, classes) of the images."""
        return self.explanation.logits

    def __len__(self) -> int:
        return len(self.images)

    def _repr_html_(self) -> str:
        shown = range(min(len(self), SHOWN))
        more = f"<p>and {len(self) - SHOWN:,} more</p>" if len(self) > SHOWN else ""
        return "".join(map(self._figure, shown)) + more

    def _figure(self, number: int) -> str:
        from PIL import Image

        from kaggle_kit.evaluation.shapley import heat_colours

        image, label = self.images[number], int(self.logits[number].argmax())
        values = self.values[number, label]
        colours = heat_colours(image, values / max(float(abs(values).max()), 1e-9))
        name = html.escape(self.class_names[label])
        pictures = "".join(_picture(Image.fromarray(pixels)) for pixels in (image, colours))
        caption = f"<figcaption>read as {name}; red speaks for it, blue against</figcaption>"
        return f'<figure style="display:inline-block">{pictures}{caption}</figure>'


def _picture(picture: Any) -> str:
    times = max(1, SCALE // max(picture.size))
    memory = io.BytesIO()
    picture.resize((picture.width * times, picture.height * times), 0).save(memory, "PNG")
    return f'<img src="data:image/png;base64,{base64.b64encode(memory.getvalue()).decode()}">'


def table(rows: Mapping[str, Any], title: str) -> str:
    """Names and values as an HTML table."""
    cells = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table><caption>{html.escape(title)}</caption>{cells}</table>"
