"""best.json: the network that a search chose, and all that `fit` is told of it.

Search writes it; ensemble, report, explainer and kernel read it. A file that somebody copied here
from elsewhere is checked in full, so that no reader has to check it again.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import damaged, read_json

if TYPE_CHECKING:
    from pathlib import Path

# What networks are made of: an ensemble is that of a best.json which says the same of these.
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
    """Which network of an ensemble: member `member` of the committee of fold `fold`, from 0."""

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
        Of the mean; None for a single fold.
    epochs : int
    """

    scores: list[float]
    mean: float
    standard_error: float | None
    epochs: int


@dataclasses.dataclass(frozen=True)
class Best:
    """The contents of best.json.

    Attributes
    ----------
    family : str
        The family of networks.
    hyperparameters : dict
        Those of the chosen trial.
    members : list of dict
        The committee of each fold: what each member changes of the hyperparameters.
    epochs : int
        How long to train each network of the ensemble.
    folds, seed : int
    competition : str
        Its slug.
    plan : dict
        The fields of the SearchPlan that the search had.
    trial : str
        The id of the chosen trial.
    status : TrialStatus or None
        How that trial ended.
    cv : TrialScore or None
    """

    family: str
    hyperparameters: dict[str, Any]
    members: list[dict[str, Any]]
    epochs: int
    folds: int
    seed: int
    competition: str = ""
    plan: dict[str, Any] = dataclasses.field(default_factory=dict)
    trial: str = ""
    status: TrialStatus | None = None
    cv: TrialScore | None = None

    @classmethod
    def read(cls, path: Path, *needed: str) -> Best:
        """Read a best.json that has at least `MADE_OF` and the fields that are `needed`.

        Raises
        ------
        RunError
            The file is missing or torn, or lacks one of those fields, or has another kind of
            value there.
        """
        content = read_json(path, *MADE_OF, *needed)
        try:
            return cls.from_dict(content)
        except (TypeError, ValueError, KeyError) as error:
            raise damaged(path, error) from None

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Best:
        """What `to_dict` made a dict of; fields that are not known are left out.

        Raises
        ------
        TypeError, ValueError, KeyError
            A value is of another kind, or one is missing.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        values = {name: value for name, value in content.items() if name in known}
        return cls(**values | _typed(values))

    def to_dict(self) -> dict[str, Any]:
        """What stands in the file."""
        content = dataclasses.asdict(self)
        first = {"competition": content.pop("competition"), "plan": content.pop("plan")}
        return first | content

    def write(self, path: Path) -> None:
        write_json(path, self.to_dict())

    @property
    def networks(self) -> list[NetworkId]:
        """The networks of the ensemble, first those of all folds that are the first member."""
        members = range(len(self.members))
        return [NetworkId(fold, member) for member in members for fold in range(self.folds)]

    def values_of(self, member: int) -> dict[str, Any]:
        """The hyperparameters of a member of the committee: the chosen ones, but for its own."""
        return self.hyperparameters | self.members[member]

    @property
    def made_of(self) -> dict[str, Any]:
        """What the networks are made of, by the names of `MADE_OF`."""
        return {name: getattr(self, name) for name in MADE_OF}


_TYPES = {
    "family": str,
    "hyperparameters": dict,
    "members": list,
    "epochs": int,
    "folds": int,
    "seed": int,
    "competition": str,
    "plan": dict,
}


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Check the plain values; return the others as objects of their classes."""
    for name, kind in _TYPES.items():
        if name in values and not isinstance(values[name], kind):
            raise TypeError(f"{name} is {values[name]!r}, expected {kind.__name__}")
    typed: dict[str, Any] = {}
    if values.get("status"):
        typed["status"] = TrialStatus(values["status"])
    if values.get("cv"):
        cv = {"standard_error": None} | values["cv"]
        typed["cv"] = TrialScore(**{f.name: cv[f.name] for f in dataclasses.fields(TrialScore)})
    return typed
