"""KerasTuner's oracles with a state that survives a crash: one complete file, and its copy."""

import contextlib
import json
import warnings
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from kaggle_kit.errors import RunError
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.workspace.files import write_bytes

OBJECTIVE = keras_tuner.Objective("mean_test_score", "max")
STATE_FILES = ("oracle.json", "oracle.copy.json")


class _Durable(keras_tuner.Oracle):  # type: ignore[misc]  # KerasTuner is untyped
    """What every oracle of this module adds to KerasTuner's.

    KerasTuner writes the oracle and each trial to separate files, in place, and does not store the
    scores of the folds. Here everything is one state, with `results` by trial id. The state is in
    two files: if one of them is incomplete, the other one is whole.
    """

    folder: Path
    known_good: list[dict[str, Any]]
    results: dict[str, dict[str, Any]]
    seconds: float
    ended: dict[str, dict[str, Any]]  # the states of finished trials, so that each is made once

    def get_state(self) -> dict[str, Any]:
        state: dict[str, Any] = super().get_state()
        return state | {
            "trials": [self._state(trial) for trial in self.trials.values()],
            "results": self.results,
            "seconds": self.seconds,
        }

    def _state(self, trial: Any) -> dict[str, Any]:
        if trial.trial_id in self.ended:
            return self.ended[trial.trial_id]
        # All trials have the search space of the oracle, so it is not written with each trial.
        state: dict[str, Any] = trial.get_state()
        state["hyperparameters"] = {"values": trial.hyperparameters.values}
        if trial.status in {"COMPLETED", "FAILED"}:
            self.ended[trial.trial_id] = state
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        space = state["hyperparameters"]["space"]
        self.trials = {t["trial_id"]: _trial(t, space) for t in state["trials"]}
        self.results, self.seconds = state["results"], state["seconds"]
        super().set_state(state)
        for trial in self.ongoing_trials.values():
            if trial.status == "RUNNING":
                self._retry_queue.append(trial.trial_id)
        self.ongoing_trials: dict[str, Any] = {}

    def save(self) -> None:
        # Without an indent, json uses its C encoder, which is many times faster.
        state = json.dumps(self.get_state()).encode()
        for name in STATE_FILES:
            write_bytes(self.folder / name, state)

    def reload(self) -> None:
        states = [self.folder / name for name in STATE_FILES]
        if not any(path.exists() for path in states):
            return
        for path in states:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                self.set_state(json.loads(path.read_text(encoding="utf-8")))
                return
        raise RunError(
            f"neither {states[0]} nor its copy can be read",
            hint="start the search again with `kaggle-kit tune --restart`",
        )

    def _save_trial(self, trial: Any) -> None:
        """Do nothing: `save` is called next, and writes every trial."""

    def _random_values(self) -> dict[str, Any] | None:
        space = self.hyperparameters
        if len(self._tried_so_far) < len(self.known_good):
            known = self.known_good[len(self._tried_so_far)]
            active = [hp for hp in space.space if space.is_active(hp)]
            return {hp.name: known.get(hp.name, hp.default) for hp in active}
        values: dict[str, Any] | None = super()._random_values()
        return values

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        proposed: dict[str, Any] = super().populate_space(trial_id)
        values = proposed.get("values")
        # BayesianOptimization may propose a point twice: then draw another one. A promoted
        # Hyperband trial has the values of an earlier one on purpose.
        if values and "tuner/trial_id" not in values and self._duplicate(values):
            values = self._random_values()
            return {"status": "RUNNING" if values else "STOPPED", "values": values}
        return proposed


class RandomOracle(_Durable, keras_tuner.oracles.RandomSearchOracle):  # type: ignore[misc]
    pass


class BayesianOracle(_Durable, keras_tuner.oracles.BayesianOptimizationOracle):  # type: ignore[misc]
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        # KerasTuner does not save this random state. Seeding it by the number of trials makes a
        # search that is restarted draw the same values.
        self._random_state = np.random.RandomState(self.seed + len(self.trials))
        # The matrices are so small that more threads make it slower.
        with threadpool_limits(1), warnings.catch_warnings():
            # A flat Gaussian process is usual after a few trials; the warning does not help users.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return super().populate_space(trial_id)


class HyperbandOracle(_Durable, keras_tuner.oracles.HyperbandOracle):  # type: ignore[misc]
    pass


def make_oracle(
    plan: SearchPlan,
    space: keras_tuner.HyperParameters,
    folder: Path,
    *,
    known_good: list[dict[str, Any]],
) -> Any:
    """The oracle of a plan over a search space; it continues from the state in `folder`, if any.

    Parameters
    ----------
    plan : SearchPlan
        It gives the kind of oracle, the largest number of trials, the epochs of a full trial
        (Hyperband divides them), and the seed.
    known_good : list of dict
        The hyperparameters of the first trials, as changes to the defaults.

    Raises
    ------
    RunError
        Both copies of the state are damaged.
    """
    common = {
        "objective": OBJECTIVE,
        "hyperparameters": space,
        "seed": plan.seed + 1,  # KerasTuner takes 0 for "no seed"
        "max_consecutive_failed_trials": plan.trials + 1,  # cv_search decides when to give up
    }
    if plan.oracle == "random":
        oracle = RandomOracle(max_trials=plan.trials, **common)
    elif plan.oracle == "bayesian":
        first = min(max(3, plan.trials // 3), 12)
        oracle = BayesianOracle(max_trials=plan.trials, num_initial_points=first, **common)
    else:
        oracle = HyperbandOracle(max_epochs=plan.epochs, hyperband_iterations=100, **common)
    oracle.known_good = known_good
    oracle.folder, oracle.results, oracle.seconds, oracle.ended = folder, {}, 0.0, {}
    oracle.verbose = 0
    oracle.reload()
    oracle._set_project_dir(str(folder.parent), folder.name)  # noqa: SLF001  as KerasTuner does
    return oracle


def _trial(state: dict[str, Any], space: list[Any]) -> Any:
    # KerasTuner changes the dict that it reads, so each trial gets its own copy.
    hyperparameters = {"space": deepcopy(space)} | state["hyperparameters"]
    return keras_tuner.engine.trial.Trial.from_state(state | {"hyperparameters": hyperparameters})
