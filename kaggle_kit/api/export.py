"""Write the ensemble, or one of its networks, as a file for other programs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.job import Job, check_fitted, check_installed
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import InputError
from kaggle_kit.workspace.best import Best, NetworkId

if TYPE_CHECKING:
    from pathlib import Path

    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.ensemble.export import ExportCheck, Images

ROWS = 1000
_TENSORFLOW = {"tensorflow": "tensorflow"}
NEEDED = {
    "keras": {},
    "h5": {},
    "onnx": _TENSORFLOW | {"onnx": "onnx", "onnxruntime": "onnxruntime", "tf2onnx": "tf2onnx"},
    "tflite": _TENSORFLOW,
}


@dataclasses.dataclass(frozen=True)
class Export:
    """A file that was written and read back.

    Attributes
    ----------
    networks : int
        The number of networks whose mean it computes.
    check : ExportCheck
        How its outputs agree with those of the networks.
    checked_on : str
        The images of the check, in words.
    """

    path: Path
    networks: int
    check: ExportCheck
    checked_on: str


def export(
    job: Job,
    format_name: str = "keras",
    network: NetworkId | None = None,
    out: Path | None = None,
    *,
    force: bool = False,
    reporter: Reporter = SILENCE,
) -> Export:
    """Write a file, read it back, and keep it only if its outputs agree with the networks'.

    Parameters
    ----------
    format_name : str
        A key of NEEDED.
    network : NetworkId, optional
        The network to export; by default, the mean of all networks.
    out : Path, optional
        The path of the file; by default in the run's export/.
    force : bool
        Replace a file at `out`.

    Raises
    ------
    InputError
        There is no such network, a file is at `out`, or its suffix does not fit the format.
    ExportError
        The file cannot be made or read, or its outputs differ from those of the networks.
    RunError
        The run has no ensemble.
    """
    path = out or _default_path(job, format_name, network)
    _check_path(path, format_name)
    if out and out.exists() and not force:
        raise InputError(f"{out} exists", hint="name another file with --out, or add --force")
    check_installed(f"the format {format_name}", NEEDED[format_name])
    check_fitted(job)
    if network is not None:
        _check_network(job, network)
    images, checked_on = _images(job, reporter)
    reporter.note("loading the networks")
    from kaggle_kit.ensemble.export import export as write

    ensemble = _load(job, network)
    shape = Best.read(job.run.best).problem.image_shape
    model = plain(ensemble, shape)
    reporter.note(f"writing {format_name}, and reading it back")
    check = write(model, format_name, path, images=images, logits=ensemble.logits(images))
    return Export(path, sum(map(len, ensemble.committees)), check, checked_on)


def _default_path(job: Job, format_name: str, network: NetworkId | None) -> Path:
    name = "ensemble" if network is None else job.run.weights(*network).name.split(".weights")[0]
    return job.run.export / f"{name}.{format_name}"


def _check_path(path: Path, format_name: str) -> None:
    if path.suffix != f".{format_name}":
        raise InputError(
            f"{path} does not fit the format {format_name}",
            hint=f"use a name that ends with .{format_name}, or another --format",
        )
    if path.is_dir():
        raise InputError(f"{path} is a folder", hint="name a file with --out")


def _check_network(job: Job, network: NetworkId) -> None:
    best = Best.read(job.run.best)
    counts = {"fold": best.folds, "member": len(best.members)}
    for what, count in counts.items():
        number = getattr(network, what)
        if number >= count:
            raise InputError(
                f"there is no {what} {number} in run {job.run.folder.name!r}",
                hint=f"--{what} takes 0 to {count - 1}" if count > 1 else f"only --{what} 0",
            )


def _images(job: Job, reporter: Reporter) -> tuple[Images, str]:
    """The images to compare on, and their description in words."""
    from kaggle_kit.data.dataset import load_test
    from kaggle_kit.data.manifest import MANIFEST
    from kaggle_kit.ensemble.export import scribbles

    if (job.data / MANIFEST).exists():
        images = load_test(job.data, job.competition).images[:ROWS]
        return images, "images of the test set"
    reporter.note(f"{job.data} holds no download: comparing on made-up images instead")
    return scribbles(ROWS, Best.read(job.run.best).problem.image_shape), "made-up scribbles"


def _load(job: Job, network: NetworkId | None) -> Ensemble:
    from kaggle_kit.ensemble.ensemble import Ensemble

    if network is None:
        return Ensemble.load(job.run)
    return Ensemble.load_one(job.run, network)


def plain(ensemble: Ensemble, image_shape: tuple[int, ...]) -> Any:
    """The ensemble as one model of Keras' own layers."""
    from kaggle_kit.ensemble.plain_keras import as_plain_keras

    networks, shares = {}, {}
    for fold, committee in enumerate(ensemble.committees):
        for member, network in enumerate(committee):
            prefix = f"fold{fold}_member{member}_"
            networks[prefix], shares[prefix] = network, ensemble.shares[member]
    return as_plain_keras(networks, image_shape, shares)
