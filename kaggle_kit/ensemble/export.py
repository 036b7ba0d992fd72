"""Write networks to a file for other programs; keep it only if it gives the same logits.

check = export(model, "onnx", path, images=images, logits=logits)

`export_formats` makes and reads the file in separate processes, because ONNX and TensorFlow Lite
files are made with TensorFlow, whatever backend this process uses.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.ensemble import export_formats
from kaggle_kit.errors import ExportError
from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.workspace.files import remove_leftovers, replacing, scratch_folder

Images = NDArray[np.uint8]
FORMATS = tuple(export_formats.RUNTIMES)
BY_WAY_OF_TENSORFLOW = ("onnx", "tflite")
# The largest difference of a logit that is accepted. Runtimes sum in another order, which changes
# logits by about 1e-6. If a label differs within this tolerance, the logits of the two labels were
# closer to each other than twice this value.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class ExportCheck:
    """The logits of a file, compared with those of the networks.

    Attributes
    ----------
    rows : int
    agreeing : int
        The number of rows with the same label.
    difference : float
        The largest absolute difference of a logit.
    """

    rows: int
    agreeing: int
    difference: float

    @classmethod
    def of(cls, found: Logits, expected: Logits) -> "ExportCheck":
        """Compare two arrays of logits, each (n, classes); `difference` is NaN if one has NaN."""
        agreeing = np.count_nonzero(found.argmax(axis=1) == expected.argmax(axis=1))
        return cls(len(expected), int(agreeing), float(np.abs(found - expected).max()))

    @property
    def is_equal(self) -> bool:
        return self.difference <= TOLERANCE

    def describe(self, rows: str) -> str:
        """The comparison in words; `rows` names the kind of rows."""
        return (
            f"same label on {self.agreeing:,} of {self.rows:,} {rows}, "
            f"logits differ by {self.difference:.2g} at most"
        )


def export(model: Any, name: str, path: Path, *, images: Images, logits: Logits) -> ExportCheck:
    """Write a model in the format `name`, read it back, and compare its logits.

    A file that is at `path` already is replaced only if the new file gives the same logits.

    Parameters
    ----------
    model : keras.Model
        A model from `as_plain_keras`.
    name : str
        One of `FORMATS`.
    path : Path
    images : uint8 array of shape (n, height, width) or (n, height, width, 3)
        The images that the file must classify.
    logits : float32 array of shape (n, classes)
        The logits of the networks for these images.

    Raises
    ------
    ExportError
        The file cannot be made or read, or it gives other logits than the networks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent)
    with scratch_folder(path.parent, path.name) as folder:
        source, file = folder / "stock.keras", folder / f"model.{name}"
        model.save(source if name in export_formats.CONVERTERS else file)
        if name in export_formats.CONVERTERS:
            _formats("convert", name, source, file)
        np.save(folder / "images.npy", images)
        _formats("predict", name, file, folder / "images.npy", folder / "logits.npy")
        check = ExportCheck.of(np.load(folder / "logits.npy"), logits)
        if not check.is_equal:
            found = check.describe("rows")
            raise ExportError(
                f"the {name} file gives other logits than the networks: {found}",
                hint="nothing was kept; try another --format",
            )
        with replacing(path) as temporary:
            file.replace(temporary)
    return check


def scribbles(count: int, shape: tuple[int, ...], seed: int = 0) -> Images:
    """Images of bent strokes, uint8 (count, *shape), to use if there are no real images.

    The strokes are as thick as those of a digit. In colour, ink and paper have random colours.
    One seed always gives the same images.
    """
    random = np.random.default_rng(seed)
    pixels = np.moveaxis(np.mgrid[: shape[0], : shape[1]], 0, -1)[..., None, :]
    t = np.linspace(0, 1, 24)[:, None]
    images = []
    for _ in range(count):
        start, bend, end = random.uniform(0.15, 0.85, (3, 2)) * shape[:2]
        stroke = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        nearest = np.linalg.norm(pixels - stroke, axis=-1).min(axis=-1)
        ink = np.clip(2.2 - nearest, 0, 1)
        if shape[2:]:
            paper, colour = random.uniform(0, 255, (2, *shape[2:]))
            images.append(paper + (colour - paper) * ink[..., None])
        else:
            images.append(255 * ink)
    return np.round(images).astype(np.uint8)


def _formats(verb: str, name: str, *paths: Path) -> None:
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    if verb == "convert" and name in BY_WAY_OF_TENSORFLOW:
        environment |= {"KERAS_BACKEND": "tensorflow"}
    # Without -P, Python would import modules of the kit in place of others with the same name.
    command = [sys.executable, "-P", str(export_formats.__file__), verb, name, *map(str, paths)]
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        doing = "made" if verb == "convert" else "read back"
        raise ExportError(
            f"the {name} file cannot be {doing}: {said[-1]}",
            hint="nothing was kept; try another --format, keras has the fewest requirements",
        ) from RuntimeError(done.stderr)
