"""Label the user's own images with the ensemble of a run; the data are not needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kaggle_kit.api.job import Job, check_fitted
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.errors import DataError, InputError, in_words
from kaggle_kit.workspace.best import Best

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from kaggle_kit.competition.description import Competition
    from kaggle_kit.evaluation.metrics import Logits
    from kaggle_kit.explainer.reader import Reader
    from kaggle_kit.workspace.paths import Run

    Named = tuple[str, NDArray[np.uint8]]

BATCH = 64
CSVS = {".csv", ".tsv", ".txt"}


class Prediction(NamedTuple):
    """The label of an image, its calibrated probability, and the reasons to doubt it."""

    name: str
    label: str
    probability: float
    doubts: tuple[str, ...]


class Unreadable(NamedTuple):
    """A file that cannot be read, and why."""

    name: str
    error: str


@dataclass(frozen=True)
class Predictions:
    """The labels of images.

    Attributes
    ----------
    competition : str
        The slug of the competition whose labels they are.
    labelled : list of Prediction
        In the order of the sources; the pictures of a folder by their names.
    unreadable : list of Unreadable
    """

    competition: str
    labelled: list[Prediction]
    unreadable: list[Unreadable]


def predict(job: Job, sources: Sequence[Path], *, reporter: Reporter = SILENCE) -> Predictions:
    """Label pictures, all pictures in folders, and the rows of CSVs.

    Parameters
    ----------
    sources : sequence of Path
        A CSV has the format of the competition's test images, and may have further columns. The
        name of a row is its id, or else its number, counted from 1.

    Raises
    ------
    InputError
        A source does not exist, or a folder has no pictures.
    RunError
        The run has no ensemble, or it cannot be loaded.
    """
    files = [file for source in sources for file in _files(source)]
    check_fitted(job)
    best = Best.read(job.run.best)
    competition = _competition(job, best)
    reporter.note(f"loading the ensemble of {job.run.folder}")
    from kaggle_kit.explainer.reader import load_reader
    from kaggle_kit.explainer.subject.subject import load_subject

    reader = load_reader(job.run, load_subject(job.run, competition))
    decide = _decision(job.run, best)
    unreadable: list[Unreadable] = []
    labelled: list[Prediction] = []
    batch: list[Named] = []
    for image in _images(files, reader, competition, unreadable):
        batch.append(image)
        if len(batch) == BATCH:
            labelled += _labelled(batch, reader, decide)
            batch = []
    labelled += _labelled(batch, reader, decide)
    for name, error in unreadable:
        reporter.note(f"not read: {name}: {error}")
    return Predictions(best.competition or job.competition.slug, labelled, unreadable)


def _files(source: Path) -> list[Path]:
    """The file, or the pictures in the folder, those of hidden folders excepted."""
    from kaggle_kit.data.archives.wanted import IMAGE_ENDINGS

    if not source.exists():
        raise InputError(f"{source} does not exist", "give a picture, a folder or a CSV")
    if not source.is_dir():
        return [source]
    found: list[Path] = []
    for place, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name[0] != ".")
        pictures = (name for name in sorted(names) if name[0] != ".")
        found += [
            Path(place, name) for name in pictures if Path(name).suffix.lower() in IMAGE_ENDINGS
        ]
    if not found:
        raise InputError(
            f"{source} has no pictures: no file ends in {', '.join(sorted(IMAGE_ENDINGS))}",
            "give a folder that has some, or a picture by its name",
        )
    return found


def _competition(job: Job, best: Best) -> Competition | None:
    """The description of the run's competition; None if there is none any more."""
    if best.competition in {"", job.competition.slug}:
        return job.competition
    try:
        return get_competition(best.competition, job.home.folder)
    except InputError:
        return None


def _decision(run: Run, best: Best) -> Callable[[Logits], Any]:
    """How logits (n, classes) become labels (n,): as in the run's submission."""
    from kaggle_kit.evaluation.scores import METRICS

    metric = best.problem.metric
    if metric == "accuracy" or not METRICS[metric].of_labels:
        return lambda logits: logits.argmax(axis=1)
    from kaggle_kit.workspace.fit_status import load_verdict

    return load_verdict(run).labels


def _images(
    files: list[Path],
    reader: Reader,
    competition: Competition | None,
    unreadable: list[Unreadable],
) -> Iterator[Named]:
    """The name of each image, and the image as the networks are shown it."""
    for path in files:
        try:
            if path.suffix.lower() in CSVS:
                yield from _rows(path, competition)
                continue
            image = reader.image_of(path.read_bytes())
        except InputError as error:
            unreadable.append(Unreadable(str(path), str(error)))
        except OSError as error:
            unreadable.append(Unreadable(str(path), in_words(error)))
        else:
            if image is None:
                unreadable.append(Unreadable(str(path), "it is blank"))
            else:
                yield str(path), image


def _rows(path: Path, competition: Competition | None) -> Iterator[Named]:
    from kaggle_kit.data.layouts.parts import CSV_READERS

    if competition is None or competition.images.layout not in CSV_READERS:
        raise DataError("the images of the competition are no CSV; give pictures or their folder")
    read = CSV_READERS[competition.images.layout]
    raw = read(str(path), path.read_bytes(), competition, labelled=False)
    names = raw.ids or tuple(str(row) for row in range(1, len(raw.images) + 1))
    return zip(names, raw.images, strict=True)


def _labelled(
    batch: list[Named], reader: Reader, decide: Callable[[Logits], Any]
) -> Iterator[Prediction]:
    import numpy as np

    if not batch:
        return
    readings = reader.answers(np.stack([image for _, image in batch]))
    labels = decide(np.stack([reading.fold_logits.mean(axis=0) for reading in readings]))
    for (name, _), reading, label in zip(batch, readings, labels, strict=True):
        probability = float(reading.probabilities[label])
        yield Prediction(name, reader.subject.name(label), probability, tuple(reading.doubts))
