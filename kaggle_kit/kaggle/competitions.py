"""Client for what Kaggle says about a competition itself: metric, rules of submission, deadline.

overview = KaggleCompetitions(competition).overview()
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kaggle_kit.competition.description import Competition, Images, Kind, Layout, Metric
from kaggle_kit.errors import KaggleError
from kaggle_kit.kaggle.service import KaggleService

if TYPE_CHECKING:
    from datetime import datetime

    from kaggle_kit.kaggle.session import Api

# How Kaggle calls metrics, without spaces, signs and capitals. A mean F-score is missing: it is
# the accuracy in some competitions, and macro-F1 in others.
METRICS = {
    "categorizationaccuracy": Metric.ACCURACY,
    "multiclassaccuracy": Metric.ACCURACY,
    "accuracy": Metric.ACCURACY,
    "accuracyscore": Metric.ACCURACY,
    "macrofscore": Metric.MACRO_F1,
    "macrof1score": Metric.MACRO_F1,
    "macrof1": Metric.MACRO_F1,
    "f1macro": Metric.MACRO_F1,
    "logloss": Metric.LOG_LOSS,
    "multiclassloss": Metric.LOG_LOSS,
    "multiclasslogloss": Metric.LOG_LOSS,
    "areaunderreceiveroperatingcharacteristiccurve": Metric.AUC,
    "auc": Metric.AUC,
    "rocauc": Metric.AUC,
    "rocaucscore": Metric.AUC,
    "meancolumnwiseauc": Metric.AUC,
    "mcauc": Metric.AUC,
    "meancolumnwiseareaunderreceiveroperatingcharacteristiccurve": Metric.AUC,
    "quadraticweightedkappa": Metric.QUADRATIC_KAPPA,
    "meanaverageprecisionatk": Metric.MAP_AT_K,
    "mapk": Metric.MAP_AT_K,
    "mapatk": Metric.MAP_AT_K,
}
# What an evaluation page says, in lower case.
PHRASES = {
    r"quadratic weighted kappa": Metric.QUADRATIC_KAPPA,
    r"mean average precision @|map@\d": Metric.MAP_AT_K,
    r"macro[ -]?(averaged )?f1|macro f-?1": Metric.MACRO_F1,
    r"log(arithmic)? ?loss": Metric.LOG_LOSS,
    r"area under the roc|mean column-?wise (roc )?auc|roc curve": Metric.AUC,
    r"(categorization|classification) accuracy|percentage of .{0,40}correct": Metric.ACCURACY,
}
EVALUATION = "evaluation"


@dataclass(frozen=True)
class Overview:
    """What Kaggle says about a competition.

    Attributes
    ----------
    title : str
    metric_name : str
        As Kaggle calls it.
    notebooks_only : bool
    daily_limit : int
        Submissions a day; 0 if not known.
    deadline : datetime or None
    evaluation : str
        The text of the evaluation page; empty if there is none.
    """

    title: str
    metric_name: str
    notebooks_only: bool
    daily_limit: int
    deadline: datetime | None
    evaluation: str

    @property
    def metric(self) -> Metric | None:
        """The metric by its name; None if the kit has none of that name."""
        name = re.sub(r"[^a-z0-9]", "", re.sub(r"@\{?\w+\}?", "atk", self.metric_name.lower()))
        return METRICS.get(name)

    @property
    def likely_metric(self) -> Metric | None:
        """The only metric that the evaluation page speaks of, or None."""
        text = re.sub(r"<[^>]*>", " ", self.evaluation).lower()
        found = {metric for phrase, metric in PHRASES.items() if re.search(phrase, text)}
        return found.pop() if len(found) == 1 else None


class KaggleCompetitions(KaggleService):
    """Asks for the record and the pages of a competition."""

    def overview(self) -> Overview:
        """The record of the competition. Without its pages if Kaggle does not give them."""

        def ask(api: Api) -> Any:
            return api("GetCompetition", competition_name=self.competition.slug)

        found = self._session().call(f"describe {self.competition.slug}", ask)
        return Overview(
            title=found.title,
            metric_name=found.evaluation_metric,
            notebooks_only=found.is_kernels_submissions_only,
            daily_limit=found.max_daily_submissions,
            deadline=found.deadline,
            evaluation=self._evaluation(),
        )

    def _evaluation(self) -> str:
        def ask(api: Api) -> Any:
            return api("ListCompetitionPages", competition_name=self.competition.slug)

        try:
            pages = self._session().call("show the pages", ask).pages or []
        except KaggleError:  # the record is enough
            return ""
        return next((page.content for page in pages if page.name.lower() == EVALUATION), "")


def unknown(slug: str) -> Competition:
    """A competition of which only the slug is known, for the clients."""
    images = Images(Layout.PIXEL_COLUMNS, (1, 1))
    return Competition(slug, slug, Kind.GLYPH, Metric.ACCURACY, images)
