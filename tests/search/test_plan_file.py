import dataclasses
import json

import pytest

from kaggle_kit.errors import InputError
from kaggle_kit.search.plan_file import begin_plan, changes_of_plan, write_plan
from kaggle_kit.search.presets import Done, SearchPlan

PLAN = SearchPlan(trials=3, epochs=9)
DONE = Done(2, [3, 9], trials=3, slow=["1"], chosen="2", fit_epochs=7)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plan.json"


def test_a_plan_is_read_as_it_was_written_from_a_file_or_its_contents(path):
    write_plan(path, PLAN, DONE)
    for given in (path, str(path), json.loads(path.read_text())):
        plan = SearchPlan(**changes_of_plan(given))
        assert plan == dataclasses.replace(PLAN, done=DONE)
        assert plan.repeats


def test_a_search_that_was_not_over_has_its_clock(path):
    begin_plan(path, PLAN, workers=8)
    plan = SearchPlan(**changes_of_plan(path))
    assert plan.done == Done(4, [3, 9])
    assert not plan.repeats
    assert plan.seconds == PLAN.time_budget


def test_a_later_session_judges_as_the_first_did(path):
    assert begin_plan(path, PLAN, workers=2).abreast == 2
    assert begin_plan(path, PLAN, workers=4).abreast == 2
    path.write_text("{")
    assert begin_plan(path, PLAN, workers=4).abreast == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "damaged"),
        ("{}", "done"),
        ('{"format": 2, "done": {}}', "has the format 2, this kit knows 1"),
        ('{"format": 1, "done": {"abreast": 1, "rungs": [1]}}', "is no plan"),
        ('{"format": 1, "done": 3}', "is no plan"),
    ],
)
def test_what_is_no_plan_is_told(path, content, message):
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        changes_of_plan(path)
    assert message in str(caught.value)
    assert "plan.json" in str(caught.value)


def test_a_plan_that_is_not_there_is_told(path):
    with pytest.raises(InputError, match=r"plan\.json"):
        changes_of_plan(path)
