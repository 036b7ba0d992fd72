"""Write the ensemble, or one of its networks, as a file that other programs read."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, check_fitted, check_installed
from kaggle_kit.cli import console
from kaggle_kit.errors import InputError
from kaggle_kit.workspace.storage import read_json

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.ensemble.export import Images

ROWS = 1000
_TENSORFLOW = {"tensorflow": "tensorflow>=2.20"}
NEEDED = {
    "keras": {},
    "h5": {},
    "onnx": _TENSORFLOW
    | {"onnx": "onnx>=1.17", "onnxruntime": "onnxruntime>=1.20", "tf2onnx": "tf2onnx>=1.17"},
    "tflite": _TENSORFLOW,
}
HOW = {
    "keras": ('keras.saving.load_model("{}")', "Keras {} or newer"),
    "h5": ('keras.saving.load_model("{}")', "Keras {} or newer"),
    "onnx": ('onnxruntime.InferenceSession("{}")', "onnxruntime"),
    "tflite": ('ai_edge_litert.interpreter.Interpreter("{}")', "ai-edge-litert"),
}


def run(options: Namespace) -> None:
    job = Job.of(options)
    network = _network(options)
    path = _path(options, job, network)
    check_installed(f"the format {options.format}", NEEDED[options.format])
    check_fitted(job)
    if network is not None:
        _check_network(job, network)
    try:
        _write(job, network, path)
    except KeyboardInterrupt:
        hint = "nothing was written; the same command begins anew"
        raise KeyboardInterrupt(hint) from None


def _write(job: Job, network: tuple[int, int] | None, path: Path) -> None:
    images, of = _images(job)
    console.note("loading the networks")
    from kaggle_kit.ensemble.export import export
    from kaggle_kit.ensemble.plain_keras import as_stock

    ensemble = _load(job, network)
    model = as_stock(_by_prefix(ensemble), job.competition.image_shape)
    name = path.suffix[1:]
    console.note(f"writing {name}, and reading it back")
    comparison = export(model, name, path, (images, ensemble.logits(images)))
    console.result(f"written: {path}, {path.stat().st_size / 1e6:.1f} MB")
    console.result(f"checked: {comparison.describe(of)}")
    _explain(job, ensemble, path)


def _explain(job: Job, ensemble: Ensemble, path: Path) -> None:
    height, width = job.competition.image_shape
    count = sum(map(len, ensemble.committees))
    whose = f"the mean of {count} networks" if count > 1 else "of one network"
    call, needs = HOW[path.suffix[1:]]
    console.result(f"takes:   pixels (n, {height}, {width}), float32, 0 to 255 as in the CSVs")
    console.result(
        f"gives:   logits (n, {job.competition.classes}), {whose}; the largest tells the digit"
    )
    console.result(f"load it: {call.format(path.name)}")
    console.result(
        f"needs:   {needs.format(importlib.metadata.version('keras'))}; nothing of kaggle-kit"
    )


def _network(options: Namespace) -> tuple[int, int] | None:
    """The network that is asked for, as (fold, member); None for the ensemble."""
    if options.what == "network":
        return options.fold or 0, options.member or 0
    if options.fold is not None or options.member is not None:
        raise InputError(
            "--fold and --member name one network, and the ensemble was asked for",
            hint="add --what network",
        )
    return None


def _path(options: Namespace, job: Job, network: tuple[int, int] | None) -> Path:
    name = "ensemble" if network is None else job.run.weights(*network).name.split(".weights")[0]
    path: Path = options.out or job.run.export / f"{name}.{options.format}"
    if path.suffix != f".{options.format}":
        raise InputError(
            f"{path} would not be known as {options.format}",
            hint=f"let the name end with .{options.format}, or ask for another --format",
        )
    if path.is_dir():
        raise InputError(f"{path} is a folder", hint="name a file with --out")
    return path


def _check_network(job: Job, network: tuple[int, int]) -> None:
    from kaggle_kit.workspace.fit_status import MADE_OF

    best = read_json(job.run.best, *MADE_OF)
    for what, number, count in zip(
        ("fold", "member"), network, (best["folds"], len(best["members"])), strict=True
    ):
        if number >= count:
            raise InputError(
                f"there is no {what} {number} in run {job.run.folder.name!r}",
                hint=f"--{what} takes 0 to {count - 1}" if count > 1 else f"only --{what} 0",
            )


def _images(job: Job) -> tuple[Images, str]:
    """What to compare on, and what that is."""
    from kaggle_kit.data.dataset import load_test
    from kaggle_kit.ensemble.export import scribbles

    if (job.data / "test.csv").exists():
        images = load_test(job.data, job.competition).images[:ROWS]
        return images, "images of test.csv"
    console.note(f"{job.data / 'test.csv'} is not there: comparing on made-up images instead")
    return scribbles(ROWS, job.competition.image_shape), "made-up scribbles"


def _load(job: Job, network: tuple[int, int] | None) -> Ensemble:
    from kaggle_kit.ensemble.ensemble import Ensemble

    if network is None:
        return Ensemble.load(job.run, job.competition)
    return Ensemble.load_one(job.run, job.competition, network)


def _by_prefix(ensemble: Ensemble) -> dict[str, object]:
    return {
        f"fold{fold}_member{member}_": network
        for fold, committee in enumerate(ensemble.committees)
        for member, network in enumerate(committee)
    }
