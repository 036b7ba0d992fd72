"""Competitions whose images are CSVs of pixels."""

from layouts.drawing import draw, labels_of

SIDE = 28
DIGITS = 10


def digits(data, *, train=60, test=20):
    header = [f"pixel{i}" for i in range(SIDE * SIDE)]
    labels = labels_of(DIGITS, train, data.rng)
    data.csv("train.csv", ["label", *header], _rows(labels, data.rng, lead=labels))
    hidden = labels_of(DIGITS, test, data.rng)
    data.csv("test.csv", header, _rows(hidden, data.rng))
    ids = range(1, test + 1)
    data.csv("sample_submission.csv", ["ImageId", "Label"], [(i, 0) for i in ids])
    data.hidden(ids, hidden)


def kannada(data, *, train=60, test=20):
    """Write test rows that begin with an id from 0, and more training rows in Dig-MNIST.csv."""
    header = [f"pixel{i}" for i in range(SIDE * SIDE)]
    for path, rows in (("train.csv", train), ("Dig-MNIST.csv", train // 3)):
        labels = labels_of(DIGITS, rows, data.rng)
        data.csv(path, ["label", *header], _rows(labels, data.rng, lead=labels))
    hidden = labels_of(DIGITS, test, data.rng)
    data.csv("test.csv", ["id", *header], _rows(hidden, data.rng, lead=range(test)))
    data.csv("sample_submission.csv", ["id", "label"], [(i, 0) for i in range(test)])
    data.hidden(range(test), hidden)


def faces(data, *, train=60, test=20):
    """Write strings of pixels in quotes; icml_face_data.csv has the test labels too, as Kaggle's.

    The columns of the real example_submission.csv are not documented; here they are id and emotion.
    """
    labels, hidden = labels_of(7, train, data.rng), labels_of(7, test, data.rng)
    strings = [_string(number, data.rng) for number in labels]
    others = [_string(number, data.rng) for number in hidden]
    data.text("train.csv", _quoted("emotion,pixels", labels, strings))
    data.text("test.csv", "pixels\n" + "".join(f'"{string}"\n' for string in others))
    usages = ["PublicTest"] * (test // 2) + ["PrivateTest"] * (test - test // 2)
    everything = [
        *((label, "Training", string) for label, string in zip(labels, strings, strict=True)),
        *zip(hidden, usages, others, strict=True),
    ]
    data.csv("icml_face_data.csv", ["emotion", " Usage", " pixels"], everything)
    data.csv(
        "fer2013/fer2013.csv",
        ["emotion", "pixels", "Usage"],
        [(label, string, usage) for label, usage, string in everything],
    )
    data.packs("fer2013.tar.gz", "fer2013", inside="fer2013")
    data.csv("example_submission.csv", ["id", "emotion"], [(i, 0) for i in range(test)])
    data.hidden(range(test), hidden)


def _rows(labels, rng, lead=None):
    """Return the pixels of an image a row, after its value of `lead`."""
    rows = [draw(number, (SIDE, SIDE), rng).ravel().tolist() for number in labels]
    return rows if lead is None else [[first, *row] for first, row in zip(lead, rows, strict=True)]


def _string(number, rng):
    return " ".join(map(str, draw(number, (48, 48), rng).ravel()))


def _quoted(header, labels, strings):
    rows = [f'{label},"{string}"' for label, string in zip(labels, strings, strict=True)]
    return "\n".join([header, *rows]) + "\n"
