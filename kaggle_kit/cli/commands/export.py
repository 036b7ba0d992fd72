"""`kaggle-kit export`."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

from kaggle_kit.api.export import Export, export
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.errors import InputError
from kaggle_kit.evaluation.decisions import Rule
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.fit_status import load_verdict

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.api.job import Job
    from kaggle_kit.evaluation.decisions import Decision

HOW = {
    "keras": ('keras.saving.load_model("{}")', "Keras {} or newer"),
    "h5": ('keras.saving.load_model("{}")', "Keras {} or newer"),
    "onnx": ('onnxruntime.InferenceSession("{}")', "onnxruntime"),
    "tflite": ('ai_edge_litert.interpreter.Interpreter("{}")', "ai-edge-litert"),
}


def run(options: Namespace) -> None:
    job, network = job_of(options), _network(options)
    try:
        made = export(
            job, options.format, network, options.out, force=options.force, reporter=console
        )
    except KeyboardInterrupt:
        hint = "nothing was written; the same command begins again"
        raise KeyboardInterrupt(hint) from None
    console.result(f"written: {made.path}, {made.path.stat().st_size / 1e6:.1f} MB")
    console.result(f"checked: {made.check.describe(made.checked_on)}")
    _explain(job, made)


def _explain(job: Job, made: Export) -> None:
    problem = Best.read(job.run.best).problem
    shape = ", ".join(map(str, problem.image_shape))
    whose = f"the mean of {made.networks} networks" if made.networks > 1 else "of one network"
    call, needs = HOW[made.path.suffix[1:]]
    console.result(f"takes:   pixels (n, {shape}), float32, 0 to 255")
    console.result(f"gives:   logits (n, {problem.classes}), {whose}; {_decision(job)}")
    console.result(f"load it: {call.format(made.path.name)}")
    console.result(
        f"needs:   {needs.format(importlib.metadata.version('keras'))}; kaggle-kit is not needed"
    )


def _decision(job: Job) -> str:
    """How a label follows from the logits."""
    decision = load_verdict(job.run).decision
    if decision.rule == Rule.ARGMAX:
        return "argmax gives the class"
    added = f" (added to the logits: {_listed(decision)})" if decision.rule == Rule.PRIORS else ""
    return f"the label is {decision.describe()}{added}"


def _listed(decision: Decision) -> str:
    return ", ".join(f"{value:.4g}" for value in decision.values)


def _network(options: Namespace) -> NetworkId | None:
    """The network that the options name; None for the ensemble."""
    if options.what == "network":
        return NetworkId(options.fold or 0, options.member or 0)
    if options.fold is not None or options.member is not None:
        raise InputError(
            "--fold and --member name one network, but the whole ensemble was asked for",
            hint="add --what network",
        )
    return None
