import json

import pytest
from repository import ROOT

from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.errors import InputError
from kaggle_kit.networks.families import FAMILIES, get_family
from kaggle_kit.training.search_space import check_values, search_space

RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*/best.json"))


def defaults(family, problem):
    space = search_space(family, problem)
    return {one.name: one.default for one in space.space}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_network_that_a_search_may_propose_is_taken(family):
    values = defaults(family, DIGITS)
    for known in get_family(family).known_good(DIGITS):
        check_values(family, values | known, DIGITS)
    space = search_space(family, DIGITS)
    for seed in range(20):
        drawn = {one.name: one.random_sample(seed) for one in space.space}
        check_values(family, drawn, DIGITS)


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.parent.name)
def test_a_best_json_that_a_search_wrote_is_taken(path):
    best = json.loads(path.read_text())
    for member in best["members"]:
        check_values(best["family"], best["hyperparameters"] | member, DIGITS)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("units", -5, "units is -5, expected one of 256, 512, 1024, 2048"),
        ("units", "many", "units is 'many', expected one of 256"),
        ("view", "sideways", "view is 'sideways', expected one of 'gradients'"),
        ("hidden_layers", 9, "hidden_layers is 9, expected 1 to 4"),
        ("hidden_layers", 1.5, "hidden_layers is 1.5, expected 1 to 4"),
        ("dropout", "0.1", "dropout is '0.1', expected 0 to 0.5"),
        ("batch_norm", 1, "batch_norm is 1, expected true or false"),
        ("taper", None, "taper is None, expected one of"),
    ],
)
def test_a_value_that_no_search_could_choose_is_named_with_the_range(name, value, message):
    values = defaults("dense", DIGITS) | {name: value}
    with pytest.raises(InputError) as caught:
        check_values("dense", values, DIGITS)
    assert message in str(caught.value)


def test_a_missing_and_an_unknown_hyperparameter_are_named():
    values = defaults("dense", DIGITS)
    some = {n: v for n, v in values.items() if n not in {"units", "learning_rate"}}
    with pytest.raises(InputError, match="it has no value of units, learning_rate"):
        check_values("dense", some, DIGITS)
    with pytest.raises(InputError, match="dense has no hyperparameter heads"):
        check_values("dense", values | {"heads": 8}, DIGITS)


def test_what_another_choice_makes_idle_may_be_missing():
    """Adam has no weight decay."""
    values = defaults("dense", DIGITS) | {"optimizer": "adam"}
    del values["weight_decay"]
    check_values("dense", values, DIGITS)
