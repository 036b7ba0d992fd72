"""The checks of an oracle, which proposes the trials of a search."""

import functools
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.testing.check import Check, expect

# A plan, a search space, the folder of the state, and `known_good`: an oracle.
MakeOracle = Callable[..., Any]
KNOWN_GOOD: list[dict[str, Any]] = [{"units": 32}, {"units": 64, "rate": 0.01}]
TRIALS = 6


def checks_of_oracle(oracle: str | MakeOracle) -> list[Check]:
    """The checks that an oracle must pass.

    Parameters
    ----------
    oracle : str or callable
        A name that `--oracle` takes; or a function with the parameters of
        `kaggle_kit.search.oracles.make_oracle` that returns a keras_tuner.Oracle with its
        attributes `results` and `seconds`.

    Returns
    -------
    list of Check
        Nothing is trained: the scores are made up.
    """
    if isinstance(oracle, str):
        plan, make = SearchPlan(oracle=oracle, trials=TRIALS, epochs=9), _make
    else:
        plan, make = SearchPlan(trials=TRIALS, epochs=9), oracle
    runs = {
        "known_good_points_come_first": _known_good,
        "no_point_is_proposed_twice": _different,
        "every_point_lies_in_the_space": _within,
        "the_seed_decides_the_points": _seed,
        "what_is_ended_is_not_proposed_again_after_a_crash": _resumed,
        "what_was_running_is_proposed_again_after_a_crash": _interrupted,
        "a_torn_file_of_the_state_costs_nothing": _torn,
        "a_failed_trial_ends_nothing": _failed,
        "a_small_space_is_exhausted": _exhausted,
    }
    return [Check(name, partial(run, make, plan)) for name, run in runs.items()]


def _make(plan: SearchPlan, space: Any, folder: Path, *, known_good: list[dict[str, Any]]) -> Any:
    from kaggle_kit.search.oracles import make_oracle

    return make_oracle(plan, space, folder, known_good=known_good)


class _Search:
    """A search of made-up scores; a second one in the same folder goes on with the state."""

    def __init__(self, make: MakeOracle, plan: SearchPlan, folder: Path) -> None:
        self.space = _space()
        self._oracle = make(plan, self.space, folder / "tuner", known_good=KNOWN_GOOD)

    def ask(self) -> Any:
        """The next trial; None if there is no other."""
        trial = self._oracle.create_trial("driver")
        return trial if trial.status == "RUNNING" else None

    def tell(self, trial: Any, *, failed: bool = False) -> None:
        if not failed:
            score = trial.hyperparameters.values["units"] / 1024
            self._oracle.update_trial(trial.trial_id, {"mean_test_score": score})
        trial.status = "FAILED" if failed else "COMPLETED"
        self._oracle.results[trial.trial_id] = {"units": trial.hyperparameters.values["units"]}
        self._oracle.end_trial(trial)

    @property
    def results(self) -> dict[str, Any]:
        results: dict[str, Any] = self._oracle.results
        return results

    def points(self, most: int = TRIALS) -> Iterator[dict[str, Any]]:
        """Try points, and yield them with what KerasTuner adds."""
        for _ in range(most):
            trial = self.ask()
            if trial is None:
                return
            self.tell(trial)
            yield dict(trial.hyperparameters.values)


def _space(choices: int = 5) -> Any:
    from kaggle_kit.networks.backend import keras_tuner

    space = keras_tuner.HyperParameters()
    space.Choice("units", [16 * 2**i for i in range(choices)], default=16)
    if choices > 1:
        optimizer = space.Choice("optimizer", ["adam", "sgd"], default="adam")
        with space.conditional_scope("optimizer", ["sgd"]):
            _ = space.Float("momentum", 0.0, 0.9, default=0.5) if optimizer == "sgd" else 0
        space.Float("rate", 1e-4, 1e-1, sampling="log", default=1e-3)
    return space


@contextmanager
def _searches(make: MakeOracle, plan: SearchPlan) -> Iterator[Callable[[], _Search]]:
    """A function that begins a search, or goes on with it, and its folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield partial(_Search, make, plan, Path(folder))


def _points(make: MakeOracle, plan: SearchPlan) -> list[dict[str, Any]]:
    with _searches(make, plan) as search:
        return list(search().points())


@functools.lru_cache(maxsize=1)
def _undisturbed(make: MakeOracle, plan: SearchPlan) -> list[dict[str, Any]]:
    """The points of a search, which several checks look at."""
    return _points(make, plan)


def _own(point: dict[str, Any]) -> dict[str, Any]:
    """A point without what KerasTuner adds."""
    return {name: value for name, value in point.items() if not name.startswith("tuner/")}


def _known_good(make: MakeOracle, plan: SearchPlan) -> None:
    found = [_own(point) for point in _undisturbed(make, plan)[: len(KNOWN_GOOD)]]
    for point, wanted in zip(found, KNOWN_GOOD, strict=True):
        expect(point | wanted == point, f"{wanted} should come first, {point} came")


def _different(make: MakeOracle, plan: SearchPlan) -> None:
    # A trial that is promoted has the values of an earlier one on purpose.
    fresh = [p for p in _undisturbed(make, plan) if "tuner/trial_id" not in p]
    texts = [json.dumps(_own(point), sort_keys=True) for point in fresh]
    expect(len({*texts}) == len(texts), f"a point was proposed twice: {texts}")


def _within(make: MakeOracle, plan: SearchPlan) -> None:
    from kaggle_kit.training.search_space import allows

    points = [_own(point) for point in _undisturbed(make, plan)]
    expect(len(points) == TRIALS, f"{len(points)} trials, expected {TRIALS}")
    space = _space()
    for point in points:
        space.values = space.values | point
        wanted = {one.name for one in space.space if space.is_active(one)}
        expect(wanted <= point.keys(), f"{point} has no value of {wanted - point.keys()}")
        for one in (one for one in space.space if one.name in point):
            value = point[one.name]
            expect(allows(one, value), f"{one.name} is {value}, outside of the space")


def _seed(make: MakeOracle, plan: SearchPlan) -> None:
    expect(_points(make, plan) == _undisturbed(make, plan), "one seed proposed different points")


def _resumed(make: MakeOracle, plan: SearchPlan) -> None:
    undisturbed = _undisturbed(make, plan)
    with _searches(make, plan) as search:
        before = list(search().points(TRIALS // 2))
        again = search()
        expect(len(again.results) == TRIALS // 2, f"{len(again.results)} results were kept")
        after = list(again.points(TRIALS - TRIALS // 2))
    expect([*before, *after] == undisturbed, "after a crash, other points are proposed")


def _interrupted(make: MakeOracle, plan: SearchPlan) -> None:
    with _searches(make, plan) as search:
        first = search()
        list(first.points(3))
        lost = first.ask()
        found = search().ask()
    same = found is not None and found.hyperparameters.values == lost.hyperparameters.values
    expect(same, "the trial that was running is lost")


def _torn(make: MakeOracle, plan: SearchPlan) -> None:
    """A process can be killed while it writes one of the two files."""
    with tempfile.TemporaryDirectory() as folder:
        list(_Search(make, plan, Path(folder)).points(3))
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        for file in files:
            whole = file.read_bytes()
            file.write_bytes(whole[: len(whole) // 2])
            results = _Search(make, plan, Path(folder)).results
            expect(len(results) == 3, f"with half of {file.name}, {len(results)} of 3 are kept")
            file.write_bytes(whole)


def _failed(make: MakeOracle, plan: SearchPlan) -> None:
    with _searches(make, plan) as search:
        going = search()
        for _ in range(TRIALS):
            trial = going.ask()
            expect(trial is not None, "the search ended after a trial that failed")
            going.tell(trial, failed=True)


def _exhausted(make: MakeOracle, plan: SearchPlan) -> None:
    """A space of one point has one trial; Hyperband may train it several times."""
    with tempfile.TemporaryDirectory() as folder:
        oracle = make(plan, _space(choices=1), Path(folder) / "tuner", known_good=[{}])
        tried: list[dict[str, Any]] = []
        while len(tried) < TRIALS:
            trial = oracle.create_trial("driver")
            if trial.status != "RUNNING":
                return
            tried.append(trial.hyperparameters.values)
            oracle.update_trial(trial.trial_id, {"mean_test_score": 0.5})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
    fresh = [point for point in tried if "tuner/trial_id" not in point]
    expect(len(fresh) <= 1, f"a space of one point was tried {len(fresh)} times")
