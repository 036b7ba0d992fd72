import dataclasses
import json

import pytest

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.best import MADE_OF, Best, NetworkId, TrialScore, TrialStatus
from kaggle_kit.workspace.files import write_json

BEST = Best(
    family="dense",
    hyperparameters={"units": 512, "posture": "as_is"},
    members=[{"posture": "as_is"}, {"posture": "upright"}],
    epochs=16,
    folds=3,
    seed=7,
    competition="digit-recognizer",
    plan={"trials": 4},
    trial="2",
    status=TrialStatus.COMPLETED,
    cv=TrialScore([0.9, 0.8, 0.85], 0.85, 0.03, 4),
)


def test_what_is_written_is_read_again(run):
    BEST.write(run.best)
    assert Best.read(run.best) == BEST
    content = json.loads(run.best.read_text())
    assert list(content)[:2] == ["competition", "problem"]
    assert content["status"] == "completed"
    assert content["cv"]["scores"] == [0.9, 0.8, 0.85]


def test_what_networks_are_made_of_is_enough_and_other_fields_are_ignored(run):
    write_json(run.best, BEST.made_of | {"of a later version": 1})
    found = Best.read(run.best)
    assert found.made_of == BEST.made_of
    assert (found.trial, found.status, found.cv) == ("", None, None)


@pytest.mark.parametrize("field", [*MADE_OF, "plan"])
def test_a_missing_field_is_named(run, field):
    content = BEST.to_dict()
    del content[field]
    write_json(run.best, content)
    with pytest.raises(RunError, match=f"it has no {field}"):
        Best.read(run.best, "plan")


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("members", {}, "members is {}, expected list"),
        ("hyperparameters", None, "hyperparameters is None, expected dict"),
        ("epochs", "16", "epochs is '16', expected int"),
        ("status", "won", "'won' is not a valid TrialStatus"),
        ("cv", {"mean": 0.9}, "scores"),
    ],
)
def test_a_value_of_another_kind_is_called_damaged(run, field, value, found):
    write_json(run.best, BEST.to_dict() | {field: value})
    with pytest.raises(RunError, match="is damaged") as caught:
        Best.read(run.best)
    assert found in str(caught.value)


def test_a_committee_has_a_network_for_each_fold_and_member():
    assert BEST.networks == [NetworkId(fold, member) for member in (0, 1) for fold in (0, 1, 2)]


def test_a_member_changes_the_chosen_hyperparameters():
    assert BEST.values_of(1) == {"units": 512, "posture": "upright"}
    assert dataclasses.replace(BEST, members=[{}]).values_of(0) == BEST.hyperparameters
