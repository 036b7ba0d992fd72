"""Competitions that ask for answers of each kind."""

import dataclasses
import io
import zipfile

from kaggle_kit.competition.description import (
    Answer,
    Competition,
    Images,
    Kind,
    Labels,
    Layout,
    Metric,
    Submission,
)
from kaggle_kit.competition.registry import OWN
from kaggle_kit.competition.toml_file import write_description

ANIMALS = ("cat", "dog", "eel")


def competition(answer=Answer.LABEL, metric=Metric.ACCURACY, classes=(), **submission):
    """A competition of tiny images with a sample_submission.csv, and the fields `submission`."""
    return Competition(
        slug="animals",
        title="Animals",
        kind=Kind.PHOTO,
        metric=metric,
        images=Images(Layout.PIXEL_COLUMNS, (2, 2)),
        labels=Labels(classes=classes),
        submission=Submission(answer, **submission),
    )


LABEL = competition()
PROBABILITY = competition(Answer.PROBABILITY, Metric.LOG_LOSS, positive="dog")
PROBABILITIES = competition(Answer.PROBABILITIES, Metric.LOG_LOSS)
AUC = dataclasses.replace(PROBABILITIES, metric=Metric.AUC)
CATS = dataclasses.replace(
    competition(
        Answer.PROBABILITY,
        Metric.LOG_LOSS,
        ("cat", "dog"),
        positive="dog",
        id="ImageId",
        column="Label",
    ),
    slug="cats",
    test_rows=4,
)
CAT_CHANCES = "ImageId,Label\n1,0.5\n2,0.5\n3,0.5\n4,0.5\n"
CAT_SOLUTION = b"ImageId,Label\n1,1\n2,0\n3,0\n4,1\n"
BEST_TWO = competition(Answer.TOP_K, Metric.MAP_AT_K, k=2)


def describe(home, described):
    """Put a description into a home."""
    path = home / OWN / f"{described.slug}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_description(described))


def cats_zip():
    """The data of the competition CATS: eight training and four test images of 2x2 pixels."""
    pixels = ",".join(f"pixel{number}" for number in range(4))
    train = [f"{'cat' if row % 2 else 'dog'},{row},{10 * row},{row},9\n" for row in range(8)]
    test = [f"{row},{20 * row},{row},7\n" for row in range(4)]
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("train.csv", f"label,{pixels}\n" + "".join(train))
        archive.writestr("test.csv", f"{pixels}\n" + "".join(test))
        archive.writestr("sample_submission.csv", CAT_CHANCES)
    return memory.getvalue()
