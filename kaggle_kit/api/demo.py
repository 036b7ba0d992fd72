"""Serve the explainer's page, which reads a drawing or a picture and explains the answer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit.api.job import EXPLAINER, Job, check_fitted, check_installed
from kaggle_kit.api.reporter import SILENCE, Reporter

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(
    job: Job,
    tell: Callable[[str], None],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    reporter: Reporter = SILENCE,
) -> None:
    """Serve the page of a run until Ctrl-C or SIGTERM.

    Parameters
    ----------
    tell : callable
        Called with the address, and again when everything is ready.
    port : int, optional
        The port; by default the first free port from 7860.

    Raises
    ------
    InputError
        The port is taken.
    RunError
        The run has no ensemble, it cannot be loaded, or the run is of another competition.
    """
    check_installed("the explainer", EXPLAINER)
    check_fitted(job)
    reporter.note("starting the explainer")
    from kaggle_kit.explainer.demo import Address, show
    from kaggle_kit.explainer.subject.examples import write_examples
    from kaggle_kit.explainer.subject.subject import load_subject

    subject = load_subject(job.run, job.competition)
    with tempfile.TemporaryDirectory() as folder:
        examples = write_examples(Path(folder), subject, job.data, job.competition)
        show(job.run, subject, examples, Address(host, port), tell)
