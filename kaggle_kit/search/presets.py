"""How far to search: the presets, and the plan that a run was asked for."""

from dataclasses import dataclass, replace

from kaggle_kit.errors import InputError

ORACLES = ("random", "bayesian", "hyperband")


@dataclass(frozen=True)
class SearchPlan:
    """What to search and how far.

    `epochs` are those of a trial's training, `fit_epochs` those of the ensemble's; `patience` in
    epochs; `time_budget` in seconds, over all sessions of the search; `fit_budget` in seconds, and
    fewer epochs are fitted where they would take longer. `members` networks are fitted a fold.
    `workers` processes train side by side.
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

    def __post_init__(self) -> None:
        """Raise InputError for what no search can be made of."""
        if self.oracle not in ORACLES:
            raise InputError(
                f"unknown oracle {self.oracle!r}", hint=f"known are {', '.join(ORACLES)}"
            )
        if not 2 <= self.folds <= 100:
            raise InputError(
                f"{self.folds} folds cannot be cross-validated", hint="--folds takes 2 to 100"
            )
        if not 0 <= self.seed < 2**31:
            raise InputError(
                f"seed {self.seed} is out of range", hint="--seed takes 0 to 2147483647"
            )
        if self.time_budget <= 0:
            raise InputError("the time budget is nothing", hint="for example --time-budget 20m")

    def for_rows(self, rows: int, usual: int) -> "SearchPlan":
        """The plan for `rows` training images where `usual` are what its epochs were chosen for.

        Fewer images need more epochs to learn as much; fourfold at most.
        """
        factor = min(max(1.0, usual / rows), 4.0)
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
