import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from kaggle_kit.evaluation.decisions import (
    Decision,
    Rule,
    choose_decision,
    find_priors,
    find_thresholds,
    top_k,
)
from kaggle_kit.evaluation.scores import label_score


def graded(rows=1500, seed=0):
    """Logits of five ordered grades, most of them 0, from a network that sees the grade blurred."""
    random = np.random.default_rng(seed)
    labels = random.choice(5, size=rows, p=[0.5, 0.1, 0.25, 0.05, 0.1])
    seen = labels + random.normal(scale=1.2, size=rows)
    log_prior = np.log([0.5, 0.1, 0.25, 0.05, 0.1])
    logits = -((seen[:, None] - np.arange(5)) ** 2) / (2 * 1.2**2) + log_prior
    return logits.astype(np.float32), labels


def imbalanced(rows=3000, seed=0):
    """Logits of four classes, the last of them rare, that follow the class frequencies."""
    random = np.random.default_rng(seed)
    prior = np.array([0.7, 0.2, 0.07, 0.03])
    labels = random.choice(4, size=rows, p=prior)
    evidence = random.normal(size=(rows, 4)) + 1.5 * np.eye(4)[labels]
    return (1.5 * evidence + np.log(prior)).astype(np.float32), labels


def test_without_a_rule_it_is_the_largest_logit():
    logits, _ = graded()
    np.testing.assert_array_equal(Decision().decide(logits), logits.argmax(axis=1))


def test_class_weights_are_added_to_the_logits():
    logits = np.array([[2, 1, 0], [5, 1, 0]], dtype=np.float32)
    assert Decision(Rule.PRIORS, (0, 0, 2.5)).decide(logits).tolist() == [2, 0]


def test_the_label_is_the_number_of_thresholds_that_the_expected_class_reaches():
    """The expected class is 1 for even odds of three classes."""
    logits = np.array([[0, 0, 0], [9, 0, 0], [0, 0, 9]], dtype=np.float32)
    assert Decision(Rule.THRESHOLDS, (0.5, 1.5)).decide(logits).tolist() == [1, 0, 2]
    assert Decision(Rule.THRESHOLDS, (1.1, 1.5)).decide(logits).tolist() == [0, 0, 2]
    assert Decision(Rule.THRESHOLDS, (0.5, 0.9)).decide(logits).tolist() == [2, 0, 2]


@pytest.mark.parametrize("decision", [Decision(), Decision(Rule.THRESHOLDS, (0.4, 1.25))])
def test_a_decision_survives_json(decision):
    assert Decision.from_dict(json.loads(json.dumps(decision.to_dict()))) == decision


@pytest.mark.parametrize("content", [{"rule": "dice", "values": []}, {"rule": "argmax"}])
def test_a_damaged_decision_is_not_accepted(content):
    with pytest.raises((KeyError, ValueError)):
        Decision.from_dict(content)


def test_a_decision_is_described():
    assert Decision().describe() == "the most probable class"
    assert "0.40, 1.25" in Decision(Rule.THRESHOLDS, (0.4, 1.25)).describe()


def test_thresholds_are_as_good_as_any_on_the_rows_they_were_found_on():
    """With two classes, every place of the one threshold can be tried."""
    logits, labels = graded()
    logits, labels = (
        logits[:, [0, 2]][np.isin(labels, (0, 2))],
        labels[np.isin(labels, (0, 2))] // 2,
    )
    found = find_thresholds(logits, labels)
    expected = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    kappas = [
        cohen_kappa_score(labels, expected >= place, weights="quadratic")
        for place in np.quantile(expected, np.linspace(0.002, 0.998, 250))
    ]
    kappa = cohen_kappa_score(labels, found.decide(logits), weights="quadratic")
    assert kappa > max(kappas) - 0.002


def test_thresholds_ascend_and_beat_the_largest_logit_out_of_fold():
    logits, labels = graded()
    folds = np.arange(len(labels)) % 5
    chosen = choose_decision("quadratic_kappa", logits, labels, folds)
    assert chosen.decision.rule == Rule.THRESHOLDS
    assert list(chosen.decision.values) == sorted(chosen.decision.values)
    assert len(chosen.decision.values) == 4
    assert chosen.score > chosen.plain + 0.01
    assert chosen.score == label_score("quadratic_kappa", chosen.labels, labels)


def test_the_promise_is_kept_on_new_rows():
    for metric, draw in (("quadratic_kappa", graded), ("macro_f1", imbalanced)):
        logits, labels = draw()
        chosen = choose_decision(metric, logits, labels, np.arange(len(labels)) % 5)
        new_logits, new_labels = draw(rows=30_000, seed=1)
        kept = label_score(metric, chosen.decision.decide(new_logits), new_labels)
        plain = label_score(metric, new_logits.argmax(axis=1), new_labels)
        assert kept > plain + 0.005, metric
        assert kept == pytest.approx(chosen.score, abs=0.03), metric


def test_a_rare_class_is_raised_for_macro_f1():
    logits, labels = imbalanced()
    found = find_priors(logits, labels)
    assert found.rule == Rule.PRIORS
    assert found.values[3] > found.values[0] == min(found.values) == 0
    raised = f1_score(labels, found.decide(logits), average="macro")
    assert raised > f1_score(labels, logits.argmax(axis=1), average="macro") + 0.01


def test_class_weights_follow_the_class_frequencies():
    logits, labels = imbalanced()
    values = np.array(find_priors(logits, labels).values)
    frequencies = np.log(np.bincount(labels) + 1)
    ratios = values[1:] / (frequencies[0] - frequencies[1:])
    assert ratios == pytest.approx(ratios[0], rel=1e-4)


def test_a_fold_has_no_say_in_its_own_rule():
    logits, labels = imbalanced()
    folds = np.arange(len(labels)) % 3
    first = choose_decision("macro_f1", logits, labels, folds)
    rule = find_priors(logits[folds != 0], labels[folds != 0])
    np.testing.assert_array_equal(first.labels[folds == 0], rule.decide(logits[folds == 0]))


@pytest.mark.parametrize("metric", ["macro_f1", "quadratic_kappa"])
def test_a_rule_that_only_fits_noise_is_hardly_ever_used(metric):
    """Of two classes that are equally frequent and equally hard, the likelier one is the best."""
    used = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        labels = np.arange(300) % 2
        logits = (random.normal(size=(300, 2)) + 2 * np.eye(2)[labels]).astype(np.float32)
        chosen = choose_decision(metric, logits, labels, random.permutation(300) % 5)
        used.append(chosen.decision != Decision())
        if not used[-1]:
            plain = label_score(metric, logits.argmax(axis=1), labels)
            assert chosen.score == chosen.plain == plain
    assert sum(used) <= 6


def test_accuracy_needs_no_rule():
    logits, labels = imbalanced()
    chosen = choose_decision("accuracy", logits, labels, np.arange(len(labels)) % 3)
    assert chosen.decision == Decision()
    np.testing.assert_array_equal(chosen.labels, logits.argmax(axis=1))


def test_the_best_classes_come_first_and_equal_ones_in_order(monkeypatch):
    logits = np.array([[1, 3, 2, 3], [0, 0, 0, 0], [4, 3, 2, 1]], dtype=np.float32)
    assert top_k(logits, 3).tolist() == [[1, 3, 2], [0, 1, 2], [0, 1, 2]]
    assert top_k(logits, 9).shape == (3, 4)
    monkeypatch.setattr("kaggle_kit.evaluation.decisions.CELLS", 4)
    assert top_k(logits, 1).tolist() == [[1], [0], [0]]
