"""What Kaggle says about a competition, and which of its metrics the kit knows.

The calls themselves are tested in tests/api/test_init.py.
"""

import pytest

from kaggle_kit.competition.description import Metric
from kaggle_kit.errors import KaggleError
from kaggle_kit.kaggle.competitions import KaggleCompetitions, Overview, unknown


def overview(metric_name="", evaluation=""):
    return Overview("", metric_name, False, 0, None, evaluation)  # noqa: FBT003


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("Categorization Accuracy", Metric.ACCURACY),
        ("CategorizationAccuracy", Metric.ACCURACY),
        ("Multiclass Loss", Metric.LOG_LOSS),
        ("Log Loss", Metric.LOG_LOSS),
        ("Area Under Receiver Operating Characteristic Curve", Metric.AUC),
        ("Mean Columnwise Area Under Receiver Operating Characteristic Curve", Metric.AUC),
        ("AUC", Metric.AUC),
        ("Quadratic Weighted Kappa", Metric.QUADRATIC_KAPPA),
        ("MAP@{K}", Metric.MAP_AT_K),
        ("MAP@5", Metric.MAP_AT_K),
        ("MeanAveragePrecisionAtK", Metric.MAP_AT_K),
        ("Macro F-Score", Metric.MACRO_F1),
        ("Mean F-Score", None),
        ("Root Mean Squared Error", None),
        ("", None),
    ],
)
def test_a_metric_is_known_by_the_name_that_kaggle_gives_it(name, metric):
    assert overview(name).metric == metric


@pytest.mark.parametrize(
    ("page", "metric"),
    [
        ("<p>scored by the <i>quadratic weighted kappa</i></p>", Metric.QUADRATIC_KAPPA),
        ("Mean Average Precision @ 5 (MAP@5)", Metric.MAP_AT_K),
        ("evaluated on the multi-class logarithmic loss", Metric.LOG_LOSS),
        ("the area under the ROC curve", Metric.AUC),
        ("the macro F1 score", Metric.MACRO_F1),
        ("the percentage of images you get correct", Metric.ACCURACY),
        ("the log loss, not the ROC curve", None),
        ("", None),
    ],
)
def test_an_evaluation_page_tells_the_metric_if_it_speaks_of_one_alone(page, metric):
    assert overview(evaluation=page).likely_metric == metric


def test_pages_that_kaggle_does_not_give_are_no_obstacle(server, monkeypatch):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.kaggle.record = {"title": "Digits", "evaluationMetric": "Log Loss"}
    server.fail("ListCompetitionPages", 403, 9)
    found = KaggleCompetitions(unknown("digit-recognizer")).overview()
    assert (found.title, found.metric, found.evaluation) == ("Digits", Metric.LOG_LOSS, "")


def test_a_competition_that_kaggle_does_not_have_is_an_error(server, monkeypatch):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(KaggleError):
        KaggleCompetitions(unknown("no-such-thing")).overview()
