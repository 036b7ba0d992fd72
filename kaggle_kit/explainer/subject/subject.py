"""The competition of a run, as the explainer needs to know it; a bundle has it in reader.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kaggle_kit.competition.description import Images, Kind, Layout, Resize
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.errors import RunError
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.storage import damaged, read_json

if TYPE_CHECKING:
    from kaggle_kit.competition.description import Competition
    from kaggle_kit.workspace.paths import Run

FILE = "reader.json"  # next to best.json in bundles
WITH_DIGITS = {"digit-recognizer"}  # competitions whose classes 0 to 9 are the digits 0 to 9
SHOWN = 10  # classes on the page, and in an explanation


@dataclass(frozen=True)
class Subject:
    """What the explainer reads.

    Attributes
    ----------
    problem : Problem
    title : str
        The title of the competition.
    slug : str
    range : (low, high)
        The values of black and white in files with more than 8 bits.
    resize : Resize
        How pictures get the size of the competition.
    """

    problem: Problem = DIGITS
    title: str = "Digit Recognizer"
    slug: str = "digit-recognizer"
    range: tuple[float, float] = (0, 255)
    resize: Resize = Resize.STRETCH

    @property
    def is_drawn(self) -> bool:
        """Whether one can draw it, as ink on paper; everything else must be sent."""
        return self.problem.kind == Kind.GLYPH and self.problem.channels == 1

    @property
    def is_digit(self) -> bool:
        """Whether it is one of the digits 0 to 9, as Europe and America write them."""
        names = self.problem.class_names
        return self.is_drawn and self.slug in WITH_DIGITS and names == DIGITS.class_names

    @property
    def images(self) -> Images:
        """The size of the images, and how pictures get it."""
        problem = self.problem
        return Images(
            Layout.FILES,
            problem.size,
            channels=problem.channels,
            range=self.range,
            resize=self.resize,
        )

    def name(self, label: int) -> str:
        return self.problem.class_names[label]

    def answer(self, label: int) -> int | str:
        """A label as programs get it: a number if all names are the numbers of the classes."""
        names = self.problem.class_names
        return label if names == tuple(map(str, range(len(names)))) else names[label]

    def to_dict(self) -> dict[str, Any]:
        """What `load_subject` needs beyond best.json."""
        return {"title": self.title, "range": list(self.range), "resize": self.resize.value}


def load_subject(run: Run, competition: Competition | None = None) -> Subject:
    """The subject of a run or a bundle.

    Parameters
    ----------
    competition : Competition, optional
        The competition of the run. A bundle knows its own.

    Raises
    ------
    RunError
        best.json is missing or damaged, or the run is of another competition.
    """
    best = Best.read(run.best)
    if competition is None:
        return _from_bundle(run, best)
    if best.competition not in {"", competition.slug}:
        raise RunError(
            f"run {run.folder.name!r} is of {best.competition}, not of {competition.slug}",
            hint=f"add --competition {best.competition}, or name another run with --run",
        )
    images = competition.images
    return Subject(best.problem, competition.title, competition.slug, images.range, images.resize)


def _from_bundle(run: Run, best: Best) -> Subject:
    slug = best.competition or Subject.slug
    path = run.folder / FILE
    content = read_json(path) if path.exists() else {}
    try:
        low, high = content.get("range", Subject.range)
        resize = Resize(content.get("resize", Resize.STRETCH))
        title = str(content.get("title", Subject.title if slug == Subject.slug else slug))
        return Subject(best.problem, title, slug, (float(low), float(high)), resize)
    except (TypeError, ValueError) as error:
        raise damaged(path, error) from None
