"""`kaggle-kit blend`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.blend import Blend, blend
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.output import blends, document
from kaggle_kit.evaluation.scores import in_words, shown
from kaggle_kit.networks.families.own_text import family_name

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    job = job_of(options)
    made = blend(job, options.runs, reporter=console)
    document.answer(blends.blended, job, made)
    _show(made)
    console.result(f"written: {job.run.folder}")


def _show(made: Blend) -> None:
    found = made.evaluation
    metric = in_words(found.metric, found.k)
    rows = [
        (
            one.part.run,
            family_name(one.part.best.family),
            str(len(one.part.best.networks)),
            f"{one.part.weight:.3f}",
            f"{shown(found.metric, one.evaluation.score):.5f}",
        )
        for one in made.runs
    ]
    networks = str(sum(len(one.part.best.networks) for one in made.runs))
    total = (made.name, "blend", networks, "", f"{shown(found.metric, found.score):.5f}")
    console.table(("run", "family", "nets", "weight", metric), [*rows, total])
    for one in made.runs:
        names = (made.name, one.part.run)
        console.result(one.comparison.describe(*names))
        console.result(f"{one.comparison.verdict(*names)} ({one.comparison.test})")
    console.result(f"out-of-fold {metric} {found.describe()}")
    console.result(made.verdict())
