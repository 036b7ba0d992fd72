"""Every oracle of the kit passes the checks, and oracles that break a promise fail them."""

import pytest

from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.search.oracles import OBJECTIVE, RandomOracle, make_oracle
from kaggle_kit.search.presets import ORACLES
from kaggle_kit.testing import checks_of_oracle

EVERY = [(oracle, check) for oracle in ORACLES for check in checks_of_oracle(oracle)]


@pytest.mark.parametrize("check", [c for _, c in EVERY], ids=[f"{o}-{c}" for o, c in EVERY])
def test_an_oracle_of_the_kit_keeps_what_is_promised(check):
    check()


def kerastuners(plan, space, folder, *, known_good):  # noqa: ARG001  it does not know them
    """KerasTuner's own oracle, as `make_oracle` would be without the kit's part."""
    oracle = keras_tuner.oracles.RandomSearchOracle(
        objective=OBJECTIVE, max_trials=plan.trials, hyperparameters=space, seed=plan.seed + 1
    )
    oracle.results, oracle.seconds, oracle.verbose = {}, 0.0, 0
    oracle._set_project_dir(str(folder.parent), folder.name)
    return oracle


class Forgetful(RandomOracle):
    def reload(self):
        """Begin again."""


class Unseeded(RandomOracle):
    def populate_space(self, trial_id):
        self._seed_state = hash(object())
        return super().populate_space(trial_id)


class Repeating(RandomOracle):
    def populate_space(self, _):
        return {"status": "RUNNING", "values": dict(self.hyperparameters.values)}


class Outside(RandomOracle):
    def populate_space(self, trial_id):
        proposed = super().populate_space(trial_id)
        proposed["values"] = proposed["values"] | {"units": 17}
        return proposed


def changed(kind):
    """A function that makes oracles of another kind, with all that `make_oracle` gives them."""

    def make(plan, space, folder, *, known_good):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("kaggle_kit.search.oracles.RandomOracle", kind)
            return make_oracle(plan, space, folder, known_good=known_good)

    return make


@pytest.mark.parametrize(
    ("make", "promise"),
    [
        (kerastuners, "known_good_points_come_first"),
        (kerastuners, "what_is_ended_is_not_proposed_again_after_a_crash"),
        (kerastuners, "a_torn_file_of_the_state_costs_nothing"),
        (changed(Forgetful), "what_was_running_is_proposed_again_after_a_crash"),
        (changed(Unseeded), "the_seed_decides_the_points"),
        (changed(Repeating), "no_point_is_proposed_twice"),
        (changed(Repeating), "a_small_space_is_exhausted"),
        (changed(Outside), "every_point_lies_in_the_space"),
    ],
)
def test_a_broken_promise_fails_its_check(make, promise):
    (check,) = [one for one in checks_of_oracle(make) if one.name == promise]
    with pytest.raises(Exception, match=r"\w"):
        check()
