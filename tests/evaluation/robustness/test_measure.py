import numpy as np
import pandas as pd
import pytest

from kaggle_kit.evaluation.decisions import choose_decision
from kaggle_kit.evaluation.robustness.measure import (
    ALTERED,
    COLUMNS,
    WRITTEN,
    by_thirds,
    choose,
    is_current,
    measure,
    perturbed,
    thirds,
)
from kaggle_kit.evaluation.robustness.perturbations import PERTURBATIONS
from kaggle_kit.evaluation.robustness.photographs import alterations


def brightness(images):
    """Logits of a model that predicts 1 for an image that is mostly white, else 0."""
    white = images.mean(axis=(1, 2)) > 128
    return np.stack([~white, white], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def oof(digits):
    """OOF arrays of digits that are all labelled 0, in two folds; a tenth is classified wrongly."""
    logits = np.zeros((len(digits.images), 2), dtype=np.float32)
    logits[:, 0] = 1
    logits[::10, 1] = 2
    labels = np.zeros(len(logits), dtype=np.uint8)
    return {"logits": logits, "labels": labels, "fold": np.arange(len(logits), dtype=np.int8) % 2}


def test_each_alteration_has_a_row_that_counts_what_is_read_rightly(digits):
    read = lambda images: brightness(images).argmax(axis=1)  # noqa: E731
    table = perturbed(read, digits.images, np.zeros(300, dtype=np.uint8))
    assert list(table["handwriting"]) == list(PERTURBATIONS)
    right = table.set_index("handwriting")["right"]
    assert (right["as they are"], right["dark ink on white"]) == (300, 0)
    assert set(table["rows"]) == {300}
    assert set(table["kind"]) == {ALTERED}


def test_images_are_judged_with_the_folds_that_held_them_out(digits, oof):
    seen = []

    def judge(images, folds):
        seen.append((images, folds))
        return brightness(images)

    table = measure(judge, digits.images, oof)
    assert is_current(table)
    np.testing.assert_array_equal(seen[0][0], digits.images)
    assert all((folds == oof["fold"]).all() for _, folds in seen)
    assert len(seen) == len(PERTURBATIONS)


def test_handwriting_in_the_data_is_judged_by_the_out_of_fold_logits(digits, oof):
    table = measure(lambda images, _: brightness(images), digits.images, oof)
    written = table[table["kind"] == WRITTEN]
    assert len(written) == 9
    totals = written.groupby(written["handwriting"].str.split(",").str[0])[["rows", "right"]].sum()
    assert totals.to_numpy().tolist() == [[300, 270]] * 3


def test_mistakes_on_thick_strokes_are_seen_among_the_thick_strokes(digits):
    from kaggle_kit.evaluation.robustness.handwriting import stroke_width

    widths = stroke_width(digits.images)
    third = thirds(widths, digits.labels)
    table = by_thirds(digits.images, digits.labels, third < 2)
    accuracy = table.set_index("handwriting")["accuracy"].filter(like="stroke width")
    assert accuracy.tolist() == [1, 1, 0]
    assert accuracy.index[2].endswith(f"highest third ({np.median(widths[third == 2]):.1f} pixels)")


def test_thirds_are_of_each_class_by_itself():
    values = np.array([1, 2, 3, 10, 20, 30, 200, 100, 300.0])
    labels = np.repeat([0, 1, 2], 3)
    assert thirds(values, labels).tolist() == [0, 1, 2, 0, 1, 2, 1, 0, 2]


def test_rows_are_chosen_once_for_all_and_each_class_has_its_share():
    labels = np.repeat([0, 1], [3000, 1000])
    rows = choose(labels, 400)
    assert np.bincount(labels[rows]).tolist() == [300, 100]
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(choose(labels, 400), rows)
    assert choose(labels, 4000).tolist() == list(range(4000))


def test_a_table_of_other_alterations_is_not_current(digits, oof, tmp_path):
    table = measure(lambda images, _: brightness(images), digits.images, oof)
    path = tmp_path / "robustness.csv"
    table.to_csv(path, index=False)
    pd.testing.assert_frame_equal(pd.read_csv(path), table)
    assert not is_current(table.iloc[1:])
    assert not is_current(table.rename(columns={"low": "lower"}))
    assert list(table.columns) == COLUMNS


def test_rows_are_chosen_though_classes_are_rare_or_more_than_the_rows():
    rare = np.append(np.zeros(50, int), 1)
    assert len(choose(rare, 20)) == 20
    assert len(choose(np.arange(100) // 2, 20)) == 20


def test_other_images_than_writing_have_no_thirds(digits, oof):
    ways = alterations(colour=False, mirror=False)
    table = measure(lambda images, _: brightness(images), digits.images, oof, ways)
    assert set(table["kind"]) == {ALTERED}
    assert is_current(table, ways)
    assert not is_current(table)


def test_labels_are_decided_on_as_the_metric_rewards():
    """All expected grades are 0.8 too high, which thresholds repair and the largest logit does not.

    The thirds and the images as they are count by the same labels as the out-of-fold score.
    """
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 100)
    spread = random.normal(size=(400, 4)) * 0.3
    logits = (-((labels[:, None] + 0.8 - np.arange(4)) ** 2) * 3 + spread).astype(np.float32)
    arrays = {"logits": logits, "labels": labels, "fold": np.arange(400) % 2}
    images = random.integers(0, 256, (400, 8, 8), np.uint8)
    right = {}
    for metric in ("accuracy", "log_loss", "quadratic_kappa"):
        table = measure(lambda *_: logits, images, arrays, metric=metric)
        chosen = choose_decision(
            metric if metric != "log_loss" else "accuracy", logits, labels, arrays["fold"]
        )
        right[metric] = np.count_nonzero(chosen.labels == labels)
        assert set(table["right"][table["kind"] == ALTERED]) == {right[metric]}
        assert table["right"][table["kind"] == WRITTEN].sum() == 3 * right[metric]
    assert right["quadratic_kappa"] > 2 * right["accuracy"] == 2 * right["log_loss"]
