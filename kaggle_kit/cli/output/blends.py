"""The result of `blend` as a plain dict; see `results`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.cli.output.results import Fields, evaluated, of_run
from kaggle_kit.evaluation.scores import shown
from kaggle_kit.networks.families.own_text import family_name

if TYPE_CHECKING:
    from kaggle_kit.api.blend import Blend, Compared
    from kaggle_kit.api.job import Job


def blended(job: Job, made: Blend) -> Fields:
    metric = made.evaluation.metric
    return {
        **of_run(job),
        "out_of_fold": evaluated(made.evaluation),
        "runs": [_compared(made.name, one) for one in made.runs],
        "best_run": made.best.part.run,
        "gain": shown(metric, made.evaluation.score) - shown(metric, made.best.evaluation.score),
        "is_better": made.gain > 0,
        "verdict": made.verdict(),
    }


def _compared(name: str, one: Compared) -> Fields:
    names = (name, one.part.run)
    return {
        "name": one.part.run,
        "family": family_name(one.part.best.family),
        "networks": len(one.part.best.networks),
        "weight": one.part.weight,
        "weights_by_fold": one.part.held_out,
        "out_of_fold": evaluated(one.evaluation),
        "mistakes": {
            "test": one.comparison.test,
            "p": one.comparison.p,
            "numbers": one.comparison.describe(*names),
            "verdict": one.comparison.verdict(*names),
        },
    }
