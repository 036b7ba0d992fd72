"""How the logits of an ensemble become answers, found out of fold, and how good these are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.evaluation.calibration import calibrated
from kaggle_kit.evaluation.decisions import Decision, choose_decision
from kaggle_kit.evaluation.metrics import Evaluation, Labels, Logits, evaluate
from kaggle_kit.evaluation.scores import METRICS

OF_PROBABILITIES = {"log_loss", "auc"}


@dataclass(frozen=True)
class Verdict:
    """What is done with the logits of new images, and what can be expected of it.

    Attributes
    ----------
    evaluation : Evaluation
        Of the out-of-fold predictions, each answered by what was found on the other folds.
    decision : Decision
        How labels are decided on.
    temperature : float
        The divisor of logits that become probabilities.
    """

    evaluation: Evaluation
    decision: Decision
    temperature: float = 1.0

    def labels(self, logits: Logits) -> NDArray[np.int64]:
        """The labels (n,) of new images with logits (n, classes)."""
        return self.decision.decide(logits)

    def probabilities(self, logits: Logits) -> NDArray[np.float64]:
        """The probabilities (n, classes) of new images with logits (n, classes)."""
        found: NDArray[np.float64] = softmax(logits.astype(np.float64) / self.temperature, axis=1)
        return found


def submitted(
    logits: Logits, labels: Labels, folds: NDArray[np.integer], metric: str
) -> tuple[Logits, float]:
    """Out-of-fold logits as their metric judges them, and the temperature of new ones.

    They are calibrated if the metric takes probabilities, and else as they are.
    """
    return calibrated(logits, labels, folds) if metric in OF_PROBABILITIES else (logits, 1.0)


def judge(
    logits: Logits,
    labels: Labels,
    folds: NDArray[np.integer],
    *,
    metric: str,
    k: int = 1,
    names: Sequence[str] | None = None,
) -> Verdict:
    """Find how logits become answers for a metric, and evaluate this honestly.

    The parameters are those of `metrics.evaluate`. A decision or a temperature for a fold is found
    on the other folds, so the evaluation holds for new images; the ones that are returned are found
    on all rows.
    """
    if METRICS[metric].of_labels:
        chosen = choose_decision(metric, logits, labels, folds)
        found = evaluate(
            logits, labels, folds, metric=metric, k=k, names=names, predicted=chosen.labels
        )
        return Verdict(found, chosen.decision)
    logits, temperature = submitted(logits, labels, folds, metric)
    return Verdict(
        evaluate(logits, labels, folds, metric=metric, k=k, names=names), Decision(), temperature
    )
