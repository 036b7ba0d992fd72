"""What the data of a competition turned out to be: the shape of an image, and the classes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kaggle_kit.competition.description import Competition, Kind, Metric

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Problem:
    """A classification problem, as a network, a metric and a page need to know it.

    Attributes
    ----------
    image_shape : tuple of int
        The shape of one image: (height, width), or (height, width, 3) in colour.
    class_names : tuple of str
        The labels, in the order of the logits. Inside the kit, a label is its index here.
    metric : Metric
    kind : Kind
    k : int
        How many labels a row of the submission has, best first.
    range : (low, high)
        The values of black and white in the user's images; for networks, they are 0 and 255.
    """

    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    metric: Metric = Metric.ACCURACY
    kind: Kind = Kind.GLYPH
    k: int = 1
    range: tuple[float, float] = (0.0, 255.0)

    @classmethod
    def of(cls, competition: Competition, class_names: Sequence[str]) -> Problem:
        """The problem of a competition whose training labels are `class_names`."""
        return cls(
            competition.image_shape,
            tuple(class_names),
            competition.metric,
            competition.kind,
            competition.submission.k,
            competition.images.range,
        )

    def __str__(self) -> str:
        shape = "x".join(map(str, self.image_shape))
        return f"{shape} pixels in {self.classes} classes"

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    @property
    def size(self) -> tuple[int, int]:
        """The (height, width) of an image."""
        height, width, *_ = self.image_shape
        return height, width

    @property
    def channels(self) -> int:
        """1 for grey images, 3 for images in colour."""
        return self.image_shape[2] if len(self.image_shape) > 2 else 1

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Problem:
        """The inverse of `to_dict`.

        Raises
        ------
        KeyError, TypeError, ValueError
            A value is missing or has the wrong type.
        """
        return cls(
            image_shape=tuple(int(side) for side in content["image_shape"]),
            class_names=tuple(str(name) for name in content["class_names"]),
            metric=Metric(content["metric"]),
            kind=Kind(content["kind"]),
            k=int(content.get("k", 1)),
            range=_pair(content.get("range", (0, 255))),
        )


def _pair(limits: Sequence[float]) -> tuple[float, float]:
    low, high = limits
    return float(low), float(high)


# The only problem of runs that do not say theirs.
DIGITS = Problem((28, 28), tuple("0123456789"))
