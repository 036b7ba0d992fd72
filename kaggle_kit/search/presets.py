"""The plan of a search: its oracle, trials, epochs and time budgets; and the presets."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

from kaggle_kit.errors import InputError

OPTIONAL = ("starting_points", "done")  # fields of a plan that runs of older kits do not have
USUAL_ROWS = 42_000  # training images of digit-recognizer, with which the epochs were chosen
ORACLES = ("random", "bayesian", "hyperband")


@dataclass(frozen=True)
class Done:
    """What a search did that its other settings do not decide, but the machine and the clock.

    Attributes
    ----------
    abreast : int
        The number of folds of a trial that are trained before it is judged.
    rungs : list of int
        The epochs after which a full trial is judged, the last one included.
    trials : int
        The number of trials that were begun, when the search was over; 0 before.
    slow : list of str
        The trials that were given up because they were slow.
    chosen : str
        The trial that was chosen; empty before.
    fit_epochs : int
        The epochs of each network of the ensemble; 0 before.
    """

    abreast: int
    rungs: list[int]
    trials: int = 0
    slow: list[str] = field(default_factory=list)
    chosen: str = ""
    fit_epochs: int = 0


@dataclass(frozen=True)
class SearchPlan:
    """What to search, and for how long.

    Attributes
    ----------
    family : str
        The family of networks.
    oracle : str
        One of `ORACLES`.
    trials : int
        Number of trials at most.
    folds : int
        Number of folds, 2 to 100.
    epochs : int
        Epochs of a trial.
    fit_epochs : int
        Epochs of each network of the ensemble.
    patience : int
        Epochs without improvement after which early stopping ends a trial.
    members : int
        Networks of the ensemble that are trained on each fold.
    seed : int
        0 to 2**31 - 1.
    time_budget : float
        Seconds for the search, over all its sessions.
    fit_budget : float
        Seconds for fit. If `fit_epochs` would take longer, the ensemble gets fewer epochs.
    starting_points : list of dict, optional
        The hyperparameters of the first trials, as changes to the defaults. By default, those that
        the family knows to be good.
    done : Done, optional
        What a search did that is repeated. The time budgets then do not count.
    """

    family: str = "dense"
    oracle: str = "random"
    trials: int = 4
    folds: int = 4
    epochs: int = 4
    fit_epochs: int = 16
    patience: int = 4
    members: int = 1
    seed: int = 0
    time_budget: float = 40.0
    fit_budget: float = 80.0
    starting_points: list[dict[str, Any]] | None = None
    done: Done | None = None

    def __post_init__(self) -> None:
        """Raise InputError if the plan is invalid."""
        if isinstance(self.done, dict):  # as JSON has it
            object.__setattr__(self, "done", Done(**self.done))
        if self.oracle not in ORACLES:
            raise InputError(
                f"unknown oracle {self.oracle!r}", hint=f"--oracle takes {', '.join(ORACLES)}"
            )
        if not 2 <= self.folds <= 100:
            raise InputError(
                f"the number of folds is {self.folds}, expected 2 to 100", hint="--folds 5 is usual"
            )
        if not 0 <= self.seed < 2**31:
            raise InputError(
                f"seed {self.seed} is out of range", hint="--seed takes 0 to 2147483647"
            )
        for name, budget in (("time", self.time_budget), ("fit", self.fit_budget)):
            if budget <= 0:
                raise InputError(
                    f"the {name} budget is {budget:g} s, expected more than 0",
                    hint=f"for example --{name}-budget 20m",
                )

    @property
    def seconds(self) -> float:
        """The time for the search; without end if it repeats another one."""
        return math.inf if self.repeats else self.time_budget

    @property
    def repeats(self) -> bool:
        """Whether it repeats a search that was over."""
        return self.done is not None and self.done.chosen != ""

    @property
    def most_trials(self) -> int:
        """The number of trials; as many as were begun if it repeats another search."""
        return self.done.trials if self.done is not None and self.repeats else self.trials

    def for_rows(self, rows: int) -> "SearchPlan":
        """The plan for `rows` training images; its epochs were chosen for USUAL_ROWS.

        Fewer images need more epochs to learn as much. The epochs grow fourfold at most.
        """
        factor = min(max(1.0, USUAL_ROWS / rows), 4.0)
        return replace(
            self,
            epochs=round(self.epochs * factor),
            fit_epochs=round(self.fit_epochs * factor),
            patience=round(self.patience * factor),
        )


PRESETS = {
    "quick": SearchPlan(),
    "standard": SearchPlan(
        oracle="bayesian",
        trials=24,
        folds=6,
        epochs=9,
        fit_epochs=60,
        patience=6,
        members=3,
        time_budget=8 * 60.0,
        fit_budget=26 * 60.0,
    ),
    "best": SearchPlan(
        oracle="bayesian",
        trials=60,
        folds=10,
        epochs=9,
        fit_epochs=60,
        patience=8,
        members=3,
        time_budget=15 * 60.0,
        fit_budget=60 * 60.0,
    ),
}

DEFAULT_PRESET = "quick"

# What is different in the presets of a family whose networks take longer to train than dense ones.
# The folds are the same, so that runs of both can be blended.
_OF_FAMILY: dict[str, dict[str, dict[str, Any]]] = {
    "cnn": {
        "quick": {"epochs": 2},
        "standard": {
            "epochs": 4,
            "fit_epochs": 30,
            "members": 2,
            "time_budget": 6 * 60.0,
            "fit_budget": 31 * 60.0,
        },
        "best": {
            "epochs": 6,
            "members": 2,
            "time_budget": 15 * 60.0,
            "fit_budget": 130 * 60.0,
        },
    },
}


def plan_of(preset: str, family: str | None = None) -> SearchPlan:
    """The plan of a preset for a family of networks; by default, for that of SearchPlan."""
    plan = PRESETS[preset]
    if family is None:
        return plan
    return replace(plan, family=family, **_OF_FAMILY.get(family, {}).get(preset, {}))
