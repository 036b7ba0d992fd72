"""The comparison of two runs."""

import numpy as np
import pytest
from fake_runs import ROWS, begun, fitted
from scipy.stats import binomtest

from kaggle_kit.cli.main import main
from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.errors import RunError
from kaggle_kit.report.run_comparison import Paired, differences, paired
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import read_arrays, write_arrays


@pytest.fixture
def compared(tmp_path, capsys):
    def compare(first="a", second="b"):
        assert main(["runs", first, second, "--home", str(tmp_path)]) == 0
        return capsys.readouterr()

    return compare


def test_mistakes_are_counted_on_the_same_rows(tmp_path):
    first = fitted(tmp_path, "a", mistakes=[0, 1, 2, 3])
    second = fitted(tmp_path, "b", mistakes=[3, 4])
    assert paired(first, second) == Paired(ROWS, both=1, only_first=3, only_second=1)


@pytest.mark.parametrize(("one", "other"), [(0, 0), (3, 1), (1, 3), (5, 0), (20, 50), (8, 8)])
def test_the_p_value_is_the_exact_two_sided_one(one, other):
    expected = binomtest(one, one + other).pvalue if one + other else 1
    assert Paired(100, 7, one, other).p == pytest.approx(expected)


def test_the_better_of_two_is_named_in_words(tmp_path, compared):
    fitted(tmp_path, "a", mistakes=range(2, 12))
    fitted(tmp_path, "b", mistakes=[0, 11])
    *_, counts, verdict = compared().out.splitlines()
    assert counts == (
        "of 40 rows, out of fold, 9 are classified wrongly by only a, 1 by only b, 1 by both"
    )
    assert verdict == "b makes fewer mistakes, p = 0.021 (exact McNemar test, two-sided)"
    assert "b makes fewer mistakes" in compared("b", "a").out


def test_two_that_differ_by_chance_are_not_told_apart(tmp_path, compared):
    fitted(tmp_path, "a", mistakes=[0, 1])
    fitted(tmp_path, "b", mistakes=[2])
    assert "a and b cannot be told apart, p = 1 " in compared().out


def problem(metric, k=1):
    return DIGITS.to_dict() | {"metric": metric, "k": k}


def test_a_mean_over_rows_is_compared_row_by_row(tmp_path, compared):
    for name, mistakes in (("a", range(12)), ("b", [])):
        fitted(tmp_path, name, mistakes=mistakes, problem=problem("map_at_k", 5))
    found = paired(*(fitted_run(tmp_path, name) for name in ("a", "b")))
    assert (found.by, found.count, found.first_is_better) == ("row", ROWS, False)
    assert found.difference < 0
    *_, counts, verdict = compared().out.splitlines()
    assert counts.startswith("MAP@5 of a minus that of b, mean over 40 rows, out of fold: -0.")
    assert verdict.startswith("b has the better MAP@5, p = ")
    assert verdict.endswith("(paired t-test, two-sided)")


def test_other_scores_are_compared_fold_by_fold(tmp_path, compared):
    for name, mistakes in (("a", range(12)), ("b", [0])):
        fitted(tmp_path, name, mistakes=mistakes, problem=problem("macro_f1"))
    found = paired(*(fitted_run(tmp_path, name) for name in ("a", "b")))
    assert (found.by, found.count, found.first_is_better) == ("fold", 2, False)
    assert "macro-F1 of a minus that of b, mean over 2 folds" in compared().out
    assert "(corrected resampled t-test, two-sided)" in compared().out
    write_arrays(fitted_run(tmp_path, "b").folds, fold=np.zeros(ROWS, np.int8))
    with pytest.raises(RunError, match="macro-F1 is compared by fold, and their folds hold out"):
        paired(*(fitted_run(tmp_path, name) for name in ("a", "b")))


def test_probabilities_are_compared_as_they_are_submitted_at_the_temperature_that_suits_them(
    tmp_path,
):
    of = problem("log_loss")
    runs = [fitted(tmp_path, name, mistakes=range(12), problem=of) for name in "ab"]
    oof = read_arrays(runs[1].oof)
    write_arrays(runs[1].oof, **oof | {"logits": oof["logits"] / 5})
    assert paired(*runs).difference == pytest.approx(0, abs=1e-3)


def test_runs_of_different_metrics_are_not_compared(tmp_path, compared):
    fitted(tmp_path, "a")
    fitted(tmp_path, "b", problem=problem("auc"))
    said = compared()
    assert "cannot be compared: they are judged by accuracy and by AUC" in said.out
    assert "CV: mean score over folds" in said.err


def fitted_run(home, name):
    return Home(home).run(name)


def test_what_differs_is_told_with_its_place(tmp_path):
    first = fitted(tmp_path, "a")
    second = fitted(
        tmp_path,
        "b",
        config={"preset": "standard", "versions": {"keras": "3.13.2"}},
        hyperparameters={"units": 512, "dropout": 0.1, "taper": 0.5},
        members=[{"posture": "as_is"}, {"posture": "upright"}],
    )
    assert differences(first, second) == [
        ("config.preset", "quick", "standard"),
        ("config.versions.keras", "3.15.1", "3.13.2"),
        ("best.hyperparameters.dropout", "0.0", "0.1"),
        ("best.hyperparameters.taper", "-", "0.5"),
        ("best.members.1.posture", "-", "upright"),
    ]
    assert differences(first, first) == []


def test_scores_of_each_fold_stand_side_by_side(tmp_path, compared):
    fitted(tmp_path, "a", mistakes=[0, 2])
    begun(tmp_path, "b")
    said = compared()
    assert [line.split() for line in said.out.splitlines() if line.startswith("fold ")] == [
        ["fold", "0", "0.9000", "0.8000"],
        ["fold", "1", "1.0000", "0.9000"],
    ]
    assert "their mistakes cannot be compared yet: b not fitted" in said.out


def test_folds_that_hold_out_other_rows_are_said_to(tmp_path, compared):
    fitted(tmp_path, "a")
    assert "hold out different rows" not in compared("a", "a").err
    run = begun(tmp_path, "b")
    write_arrays(run.folds, fold=[0] * ROWS)
    assert "their folds hold out different rows" in compared().err


def test_runs_on_different_data_are_not_paired(tmp_path):
    first = fitted(tmp_path, "a")
    second = fitted(tmp_path, "b")
    second.config.write_text(second.config.read_text().replace("a" * 64, "c" * 64))
    with pytest.raises(RunError, match="made from different data"):
        paired(first, second)


@pytest.mark.parametrize(
    ("names", "status", "error"),
    [
        (["a"], 2, "two runs can be compared, not 1"),
        (["a", "a", "a"], 2, "two runs can be compared, not 3"),
        (["a", "b"], 1, "there is no run 'b'"),
        (["a", "../a"], 2, "a run's name is"),
    ],
)
def test_wrong_names_are_one_line_and_a_hint(names, status, error, tmp_path, capsys):
    fitted(tmp_path, "a")
    try:
        assert main(["runs", *names, "--home", str(tmp_path)]) == status
    except SystemExit as end:  # argparse's way
        assert end.code == status  # noqa: PT017
    told, hint = capsys.readouterr().err.splitlines()
    assert error in told
    assert hint.startswith("hint: ")
