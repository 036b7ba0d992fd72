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


def test_a_class_with_fewer_rows_than_folds_is_named():
    labels = np.append(LABELS, np.array([10, 10], dtype=np.uint8))
    with pytest.raises(InputError, match="class 10 has 2 rows, too few for 5 folds"):
        make_folds(labels, 5, seed=0)


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
