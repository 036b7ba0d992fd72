import numpy as np
import pytest

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import read_arrays, read_json, read_table, write_arrays


def test_what_is_missing_is_said_with_the_step_that_makes_it(run):
    with pytest.raises(RunError, match=r"best.json is missing") as caught:
        read_json(run.best)
    assert caught.value.hint == "run `kaggle-kit tune` first"
    with pytest.raises(RunError, match=r"oof.npz is missing") as caught:
        read_arrays(run.oof)
    assert caught.value.hint == "run `kaggle-kit fit` first"
    with pytest.raises(RunError, match=r"fold0.history.csv is missing") as caught:
        read_table(run.network_history(0, 0))
    assert caught.value.hint == "run `kaggle-kit fit` first"


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00\x01"])
def test_a_torn_json_file_is_called_damaged(run, content):
    run.folder.mkdir(parents=True)
    run.best.write_text(content)
    with pytest.raises(RunError, match="damaged"):
        read_json(run.best)


def test_a_file_that_lacks_what_it_should_hold_is_called_damaged(run):
    write_json(run.best, {})
    with pytest.raises(RunError, match="it has no plan, epochs") as caught:
        read_json(run.best, "plan", "epochs")
    assert "delete it, and `kaggle-kit tune` makes it again" in caught.value.hint
    write_arrays(run.oof, labels=np.arange(3))
    with pytest.raises(RunError, match="it has no logits") as caught:
        read_arrays(run.oof, "logits", "labels")
    assert "delete it, and `kaggle-kit fit` makes it again" in caught.value.hint


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_torn_array_file_is_called_damaged(run, keep):
    write_arrays(run.oof, logits=np.arange(100.0))
    run.oof.write_bytes(run.oof.read_bytes()[:keep])
    with pytest.raises(RunError, match="damaged"):
        read_arrays(run.oof)
