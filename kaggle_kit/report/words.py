"""What a page calls the classes of a competition, a value of its metric, and the run itself."""

import html
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaggle_kit.competition.description import Competition, Kind, Metric
from kaggle_kit.competition.problem import Problem
from kaggle_kit.evaluation import scores

SHORT = 14  # characters of a name in a caption or on an axis


@dataclass(frozen=True)
class Words:
    """The words for a problem.

    Attributes
    ----------
    one, many : str
        What a class is called: `digit`, `letter` or `class`.
    image, images : str
        What an image is called. An image of a digit is called a digit.
    read : str
        What the networks do to an image, as a participle: `read` or `classified`.
    names : sequence of str
        The names of the classes.
    """

    one: str
    many: str
    image: str
    images: str
    read: str
    names: Sequence[str]

    @classmethod
    def of(cls, problem: Problem, competition: Competition) -> "Words":
        """The words for the problem of a competition.

        Classes 0 to 9 may be numbers of anything, of clothes for example. They are called digits
        only if the competition's name says so.
        """
        names = problem.class_names
        read = "read" if problem.kind == Kind.GLYPH else "classified"
        if problem.kind == Kind.GLYPH and all(len(name) == 1 for name in names):
            of_digits = "digit" in f"{competition.slug} {competition.title}".lower()
            for one, is_so in (
                ("digit", of_digits and all(map(str.isdigit, names))),
                ("letter", all(map(str.isalpha, names))),
            ):
                if is_so:
                    return cls(one, f"{one}s", one, f"{one}s", read, names)
        return cls("class", "classes", "image", "images", read, names)

    def name(self, label: int) -> str:
        """The name of a class in a table."""
        return self.names[label]

    def quoted(self, label: int) -> str:
        """The name of a class in a sentence; one that is longer than a character is quoted."""
        name = self.names[label]
        return name if len(name) == 1 or name.isdecimal() else f'"{name}"'

    def short(self, label: int) -> str:
        """The name of a class where there is little room."""
        return shortened(self.names[label])


def shortened(name: str, most: int = SHORT) -> str:
    """The name, with an ellipsis instead of its middle if it is longer than `most` characters."""
    if len(name) <= most:
        return name
    front = most // 2
    return f"{name[:front]}…{name[len(name) - (most - front - 1) :]}"


@dataclass(frozen=True)
class Measured:
    """Shows values of a metric, which are stored so that greater is better."""

    metric: Metric
    k: int = 1

    @classmethod
    def of(cls, problem: Problem) -> "Measured":
        return cls(problem.metric, problem.k)

    @property
    def words(self) -> str:
        """The name of the metric."""
        return scores.in_words(self.metric, self.k)

    @property
    def is_accuracy(self) -> bool:
        return self.metric == Metric.ACCURACY

    @property
    def is_loss(self) -> bool:
        """Whether Kaggle shows a loss, of which less is better."""
        return not scores.greater_is_better(self.metric)

    def shown(self, value: float) -> float:
        """The value as Kaggle shows it."""
        return scores.shown(self.metric, value)

    def text(self, value: float, digits: int = 4) -> str:
        """The value as Kaggle shows it, as text; an accuracy in percent."""
        if self.is_accuracy:
            return f"{100 * value:.{digits - 2}f}%"
        return f"{self.shown(value):.{digits}f}"

    def spread(self, value: float, digits: int = 4) -> str:
        """A standard deviation or error of values, as text; of accuracies in percent."""
        return f"{100 * value:.{digits - 2}f}%" if self.is_accuracy else f"{value:.{digits}f}"


def completed(command: str, common: Mapping[str, str]) -> str:
    """A command with the options that name the run, but for those that it has.

    Parameters
    ----------
    common : mapping of str to str
        The values by options: `--competition`, `--home` and `--run`, where they are needed.
    """
    words = command.split()
    if "--help" in words:
        return command
    every = {name: value for name, value in common.items() if name not in words}
    if words[1] == "download":  # which is for all runs
        every.pop("--run", None)
    return " ".join([*words, *(f"{name} {shlex.quote(value)}" for name, value in every.items())])


def complete_page(page: str, common: Mapping[str, str]) -> str:
    """HTML whose commands in <code> are made complete."""

    def complete(found: re.Match[str]) -> str:
        return html.escape(completed(html.unescape(found[0]), common))

    return re.sub(r"(?<=<code>)kaggle-kit\s[a-z][^<]*", complete, page)


def complete_markdown(text: str, common: Mapping[str, str]) -> str:
    """Markdown whose commands between backticks are made complete."""
    return re.sub(r"(?<=`)kaggle-kit\s[a-z][^`]*", lambda found: completed(found[0], common), text)
