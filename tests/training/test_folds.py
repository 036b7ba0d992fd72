import numpy as np
import pytest

from kaggle_kit.errors import InputError, RunError
from kaggle_kit.training.folds import load_folds, make_folds, save_folds

LABELS = np.repeat(np.arange(10, dtype=np.uint8), 12)


def test_every_class_is_spread_evenly_over_the_folds():
    folds = make_folds(LABELS, 4, seed=0)
    for label in range(10):
        assert np.bincount(folds[label == LABELS]).tolist() == [3, 3, 3, 3]


def test_the_seed_decides_the_folds():
    assert np.array_equal(make_folds(LABELS, 3, seed=1), make_folds(LABELS, 3, seed=1))
    assert not np.array_equal(make_folds(LABELS, 3, seed=1), make_folds(LABELS, 3, seed=2))


def test_a_class_with_fewer_rows_than_folds_is_in_some_of_them():
    labels = np.append(LABELS, np.array([10, 10], dtype=np.uint8))
    folds = make_folds(labels, 5, seed=0)
    assert len(set(folds[-2:])) == 2


def test_classes_that_are_all_too_small_are_an_error_with_the_largest_number_of_folds():
    with pytest.raises(InputError, match="class 0 has 2 rows, and no other has more") as caught:
        make_folds(np.repeat(np.arange(30), 2), 5, seed=0)
    assert caught.value.hint.startswith("use --folds 2 or fewer")


def test_the_rows_of_a_group_stay_in_one_fold():
    groups = np.tile(np.arange(24), 5)
    folds = make_folds(LABELS, 4, seed=0, groups=groups)
    for group in range(24):
        assert len(set(folds[groups == group])) == 1
    assert sorted(set(folds)) == [0, 1, 2, 3]


def test_fewer_groups_than_folds_are_an_error_with_their_number():
    with pytest.raises(InputError, match="there are 3 groups, too few for 4 folds") as caught:
        make_folds(LABELS, 4, seed=0, groups=np.arange(len(LABELS)) % 3)
    assert caught.value.hint == "use --folds 3 or fewer"


def test_a_group_that_takes_all_rows_of_a_fold_is_an_error():
    groups = np.where(np.arange(len(LABELS)) < 118, 0, np.arange(len(LABELS)))
    folds = make_folds(LABELS, 3, seed=0, groups=groups)
    assert sorted(set(folds)) == [0, 1, 2]


def test_saved_folds_come_back(tmp_path):
    folds = make_folds(LABELS, 4, seed=0)
    save_folds(tmp_path / "folds.npz", folds)
    assert np.array_equal(load_folds(tmp_path / "folds.npz", len(LABELS), 4), folds)


def test_folds_of_other_data_are_refused(tmp_path):
    save_folds(tmp_path / "folds.npz", make_folds(LABELS, 4, seed=0))
    with pytest.raises(RunError, match="4 folds of 120 rows, not 4 of 7"):
        load_folds(tmp_path / "folds.npz", 7, 4)


def test_another_number_of_folds_is_refused(tmp_path):
    save_folds(tmp_path / "folds.npz", make_folds(LABELS, 4, seed=0))
    with pytest.raises(RunError, match="4 folds of 120 rows, not 3 of 120"):
        load_folds(tmp_path / "folds.npz", len(LABELS), 3)


def test_a_torn_file_of_folds_is_called_damaged(tmp_path):
    save_folds(tmp_path / "folds.npz", make_folds(LABELS, 4, seed=0))
    content = (tmp_path / "folds.npz").read_bytes()
    (tmp_path / "folds.npz").write_bytes(content[:50])
    with pytest.raises(RunError, match="damaged"):
        load_folds(tmp_path / "folds.npz", len(LABELS), 4)
