"""best.json: the network that a search chose, with everything that `fit` needs.

The search writes it; ensemble, report, explainer and kernel read it. The file may have been copied
from elsewhere, so it is checked in full when it is read. No reader has to check it again.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import damaged, read_json, short

if TYPE_CHECKING:
    from pathlib import Path

BLEND = "blend"  # stands for the family of a blend
# The fields that determine the networks. An ensemble belongs to a best.json if they are equal.
MADE_OF = ("family", "hyperparameters", "members", "epochs", "folds", "seed")


class TrialStatus(StrEnum):
    """How a trial ended."""

    COMPLETED = "completed"
    RACED = "raced"
    """Given up early: clearly worse than the best trial so far."""
    SLOW = "slow"
    """Given up early: its ensemble would take too long for the time budget of fit."""
    CUT = "cut"
    """Cut short by the time budget of the search."""
    FAILED = "failed"


class NetworkId(NamedTuple):
    """A network of an ensemble: member `member` of the committee of fold `fold`, both from 0."""

    fold: int
    member: int = 0


@dataclasses.dataclass(frozen=True)
class TrialScore:
    """The cross-validation of the chosen trial.

    Attributes
    ----------
    scores : list of float
        The accuracy (0..1) on the held-out rows of each fold that was trained.
    mean : float
    standard_error : float or None
        The standard error of the mean; None for a single fold.
    epochs : int
        The largest number of epochs of a fold.
    """

    scores: list[float]
    mean: float
    standard_error: float | None
    epochs: int


@dataclasses.dataclass(frozen=True)
class Part:
    """A run whose networks are in a blend.

    Attributes
    ----------
    run : str
        The name of the run.
    weight : float
        Of its logits in those of the blend. The weights of a blend are 0 or more and sum to 1.
    held_out : list of float
        The same for the rows of each fold: this weight was found without them.
    mirror : bool
        Whether its networks are asked about the mirror image, too.
    best : Best
        Its best.json.
    """

    run: str
    weight: float
    held_out: list[float]
    mirror: bool
    best: Best

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Part:
        """A part as `Best.to_dict` has it; raises an error as `Best.from_dict` does."""
        run, mirror, best = content["run"], content["mirror"], Best.from_dict(content["best"])
        if not isinstance(run, str) or not isinstance(mirror, bool) or best.blend:
            raise TypeError(f"blend has the part {short(content)}")
        weights = [float(weight) for weight in (content["weight"], *content["held_out"])]
        if not all(0 <= weight <= 1 for weight in weights):
            raise ValueError(f"blend has the weights {weights}, expected 0 to 1")
        return cls(run, weights[0], weights[1:], mirror, best)


@dataclasses.dataclass(frozen=True)
class Best:
    """The contents of best.json.

    Attributes
    ----------
    family : str
        The family of networks.
    hyperparameters : dict
        The hyperparameters of the chosen trial.
    members : list of dict
        The committee of each fold: for each member, its changes to the hyperparameters.
    epochs : int
        The number of epochs of each network of the ensemble.
    folds, seed : int
    problem : Problem
        The shape of the images, and the classes.
    competition : str
        The slug of the competition.
    plan : dict
        The fields of the SearchPlan of the search.
    trial : str
        The id of the chosen trial.
    status : TrialStatus or None
        How the chosen trial ended.
    cv : TrialScore or None
        The cross-validation of the chosen trial.
    blend : list of Part
        The runs whose networks these are, if the run is a blend. Their members follow one another
        in `members`, each with all its hyperparameters.
    """

    family: str
    hyperparameters: dict[str, Any]
    members: list[dict[str, Any]]
    epochs: int
    folds: int
    seed: int
    problem: Problem = DIGITS
    competition: str = ""
    plan: dict[str, Any] = dataclasses.field(default_factory=dict)
    trial: str = ""
    status: TrialStatus | None = None
    cv: TrialScore | None = None
    blend: list[Part] = dataclasses.field(default_factory=list)

    @classmethod
    def read(cls, path: Path, *needed: str) -> Best:
        """Read a best.json that has at least the fields `MADE_OF` and `needed`.

        Raises
        ------
        RunError
            The file is missing or damaged, lacks one of these fields, or has a value of the wrong
            type.
        """
        content = read_json(path, *MADE_OF, *needed)
        try:
            return cls.from_dict(content)
        except (TypeError, ValueError, KeyError) as error:
            raise damaged(path, error) from None

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Best:
        """The inverse of `to_dict`; unknown fields are ignored.

        Raises
        ------
        TypeError, ValueError, KeyError
            A value has the wrong type, or is missing.
        """
        competition = COMPETITIONS.get(str(content.get("competition")))
        if "problem" not in content and competition:  # of a kit that knew no other problems
            problem = Problem.of(competition, competition.labels.classes)
            content = content | {"problem": problem.to_dict()}
        known = {field.name for field in dataclasses.fields(cls)}
        values = {name: value for name, value in content.items() if name in known}
        found = cls(**values | _typed(values))
        found._check_blend()
        return found

    def _check_blend(self) -> None:
        """Raise ValueError if the parts of a blend do not fit together."""
        members = sum(len(part.best.members) for part in self.blend)
        folds = {*(part.best.folds for part in self.blend)}
        folds |= {*(len(part.held_out) for part in self.blend)}
        if self.blend and (members != len(self.members) or folds != {self.folds}):
            raise ValueError(f"blend has {members} members in {sorted(folds)} folds")

    def to_dict(self) -> dict[str, Any]:
        """The contents of the file as a dict."""
        content = dataclasses.asdict(self)
        content["blend"] = [vars(part) | {"best": part.best.to_dict()} for part in self.blend]
        if not self.blend:  # as older kits wrote it
            del content["blend"]
        first = {name: content.pop(name) for name in ("competition", "problem", "plan")}
        return first | content

    def write(self, path: Path) -> None:
        write_json(path, self.to_dict())

    @property
    def networks(self) -> list[NetworkId]:
        """The networks of the ensemble, in the order of members; those of one member by fold."""
        members = range(len(self.members))
        return [NetworkId(fold, member) for member in members for fold in range(self.folds)]

    @property
    def families(self) -> list[str]:
        """The families of the networks, each once; of a blend, those of its runs."""
        return list(dict.fromkeys(part.best.family for part in self.blend)) or [self.family]

    def values_of(self, member: int) -> dict[str, Any]:
        """The hyperparameters of a member of the committee: the chosen ones with its changes."""
        return self.hyperparameters | self.members[member]

    def origin_of(self, member: int) -> tuple[Best, int]:
        """What a member is trained from, and its number there: of a blend, those of its run."""
        number = member
        for part in self.blend:
            if number < len(part.best.members):
                return part.best, number
            number -= len(part.best.members)
        return self, member

    @property
    def made_of(self) -> dict[str, Any]:
        """The fields that determine the networks and their weights, by their names."""
        found = {name: getattr(self, name) for name in MADE_OF}
        parts = [vars(part) | {"best": part.best.made_of} for part in self.blend]
        return found | ({"blend": parts} if parts else {})


_TYPES = {
    "family": str,
    "hyperparameters": dict,
    "members": list,
    "epochs": int,
    "folds": int,
    "seed": int,
    "competition": str,
    "plan": dict,
    "problem": dict,
    "blend": list,
}


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Check the types of the plain values; return `status` and `cv` as objects of their classes."""
    for name, kind in _TYPES.items():
        if name in values and not isinstance(values[name], kind):
            raise TypeError(f"{name} is {values[name]!r}, expected {kind.__name__}")
    typed: dict[str, Any] = {}
    if "problem" in values:
        typed["problem"] = Problem.from_dict(values["problem"])
    if "blend" in values:
        typed["blend"] = [Part.from_dict(part) for part in values["blend"]]
    if values.get("status"):
        typed["status"] = TrialStatus(values["status"])
    if values.get("cv"):
        cv = {"standard_error": None} | values["cv"]
        typed["cv"] = TrialScore(**{f.name: cv[f.name] for f in dataclasses.fields(TrialScore)})
    return typed
