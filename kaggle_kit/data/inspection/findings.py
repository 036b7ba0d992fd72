"""What is known of a description: each field with its origin, and what remains unclear.

`choose` decides between several files or folders, or asks.
"""

from __future__ import annotations

import dataclasses
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kaggle_kit.data.labels import listed
from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Origin(StrEnum):
    """Where the value of a field comes from."""

    KAGGLE = "Kaggle"
    FILES = "the files"
    OPTION = "your option"
    DEFAULT = "nothing said so"


class Sure(StrEnum):
    """How sure a value is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    GUESS = "a guess"


@dataclasses.dataclass(frozen=True)
class Given:
    """What the user said; empty where nothing was said. Each is an option of `kaggle-kit init`."""

    metric: str = ""
    answer: str = ""
    positive: str = ""
    label: str = ""
    id: str = ""
    layout: str = ""
    train: str = ""
    test: str = ""
    size: str = ""
    channels: str = ""
    kind: str = ""
    group: str = ""
    title: str = ""

    @property
    def said(self) -> dict[str, str]:
        """The options that were given."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value}


@dataclasses.dataclass(frozen=True)
class Fact:
    """The value of a field, such as `images.size`, and the reason for it."""

    key: str
    value: Any
    origin: Origin
    sure: Sure
    why: str = ""


@dataclasses.dataclass(frozen=True)
class Unclear:
    """A field that nothing tells, the option that says it, and a value that it could have."""

    option: str
    why: str
    example: str


class Findings:
    """Collects facts. An option of the user goes before all else, Kaggle before the files.

    Attributes
    ----------
    given : Given
    facts : dict of str to Fact
        By key.
    unclear : list of Unclear
    notes : list of str
        What the user should know, but need not answer.
    kaggles_metric : str or None
        What Kaggle calls the metric; None if Kaggle was not asked.
    """

    def __init__(self, given: Given) -> None:
        self.given = given
        self.facts: dict[str, Fact] = {}
        self.unclear: list[Unclear] = []
        self.notes: list[str] = []
        self.kaggles_metric: str | None = None

    def take(
        self,
        key: str,
        value: Any,
        why: str = "",
        sure: Sure = Sure.CERTAIN,
        origin: Origin = Origin.FILES,
    ) -> None:
        """Note a value, unless there is one already."""
        if value and value == getattr(self.given, key.rpartition(".")[2], ""):
            origin, sure = Origin.OPTION, Sure.CERTAIN
        self.facts.setdefault(key, Fact(key, value, origin, sure, why))

    def option(self, key: str, value: Any) -> None:
        """Note what an option of the user says."""
        self.facts[key] = Fact(key, value, Origin.OPTION, Sure.CERTAIN)

    def ask(self, option: str, why: str, example: str) -> None:
        """Note that only the user can tell a field."""
        self.unclear.append(Unclear(option, why, example))

    def note(self, text: str) -> None:
        """Note something that the user should know."""
        if text not in self.notes:
            self.notes.append(text)

    def value(self, key: str, default: Any = None) -> Any:
        """The value of a field so far."""
        return self.facts[key].value if key in self.facts else default

    def content(self) -> dict[str, Any]:
        """The values as the tables of a TOML file."""
        tables: dict[str, Any] = {}
        for key, fact in self.facts.items():
            table, _, name = key.rpartition(".")
            (tables.setdefault(table, {}) if table else tables)[name] = fact.value
        return tables


def choose(
    part: str, candidates: Sequence[str], known: Collection[str], findings: Findings
) -> str | None:
    """The one of the candidates that is for `part`, "train" or "test".

    If the names do not tell, the user is asked, and the result is None.

    Raises
    ------
    InputError
        The user named something that is not among `known`.
    """
    said = getattr(findings.given, part)
    if said:
        if said not in known:
            raise InputError(
                f"there are no images in {said!r}: expected {listed(sorted(known))}",
                f"give one of them with --{part}",
            )
        return str(said)
    named = [name for name in candidates if re.search(part, name, re.IGNORECASE)]
    few = named or list(candidates)
    if len(few) > 1:
        short = min(len(_words(name)) for name in few)
        plainest = [name for name in few if len(_words(name)) == short]
        few = plainest if len(plainest) == 1 and named else few
    if len(few) == 1:
        return few[0]
    if few:
        findings.ask(part, f"the images for {part} could be in {listed(sorted(few))}", few[0])
    else:
        findings.ask(part, f"there is no other file with images for {part}", part.upper())
    return None


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Za-z]+|\d+", name)
