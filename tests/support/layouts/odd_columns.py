"""CSVs of pixels as people make them: other names of columns, other places of the label."""

import numpy as np

from layouts.drawing import draw, labels_of

CLASSES = 4


def row_x_column(data, *, train=40, test=12):
    """Write columns 1x1 to 28x28, as some copies of MNIST have them."""
    names = [f"{row}x{column}" for row in range(1, 29) for column in range(1, 29)]
    _write(data, names, (train, test))


def px_row_column(data, *, train=40, test=12):
    """Write columns px_0_0 to px_19_19: images of 20 by 20 pixels."""
    names = [f"px_{row}_{column}" for row in range(20) for column in range(20)]
    _write(data, names, (train, test), label="target")


def one_hot(data, *, train=40, test=12):
    """Write a column for each class after the pixels, with 1 in one of them."""
    names = [f"pixel{i}" for i in range(28 * 28)]
    classes = ["circle", "cross", "square", "star"]
    labels, hidden = labels_of(CLASSES, train, data.rng), labels_of(CLASSES, test, data.rng)
    rows = [
        [*row, *(int(number == j) for j in range(CLASSES))]
        for row, number in zip(_pixels(labels, 28, data.rng), labels, strict=True)
    ]
    data.csv("train.csv", [*names, *classes], rows)
    data.csv("test.csv", names, _pixels(hidden, 28, data.rng))
    guess = [1 / CLASSES] * CLASSES
    data.csv("sample_submission.csv", ["id", *classes], [(i, *guess) for i in range(test)])
    data.hidden(range(test), [classes[number] for number in hidden])


def label_in_the_middle(data, *, train=40, test=12):
    """Write labels between the pixels, and ids that are texts, tested in another order."""
    names = [f"pixel{i}" for i in range(28 * 28)]
    labels, hidden = labels_of(CLASSES, train, data.rng), labels_of(CLASSES, test, data.rng)
    ids = [f"img-{name:05}" for name in data.rng.permutation(90_000)[: train + test]]
    rows = zip(ids, labels, _pixels(labels, 28, data.rng), strict=False)
    table = [[i, *row[:400], "abcd"[number], *row[400:]] for i, number, row in rows]
    data.csv("train.csv", ["image", *names[:400], "class", *names[400:]], table)
    asked = ids[train:]
    pairs = zip(asked, _pixels(hidden, 28, data.rng), strict=True)
    data.csv("test.csv", ["image", *names], [[i, *row] for i, row in pairs])
    data.csv("sample_submission.csv", ["image", "class"], [(i, "a") for i in reversed(asked)])
    data.hidden(asked, ["abcd"[number] for number in hidden])


def scaled(data, *, train=40, test=12):
    """Write values from 0 to 1."""
    names = [f"pixel{i}" for i in range(28 * 28)]
    _write(data, names, (train, test), change=lambda row: [round(value / 255, 5) for value in row])


def sixteen(data, *, train=40, test=12):
    """Write 8 by 8 pixels from 0 to 16, as scikit-learn's digits have them."""
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    _write(data, names, (train, test), change=lambda row: [round(v * 16 / 255) for v in row])


def semicolons(data, *, train=40, test=12):
    names = [f"pixel{i}" for i in range(28 * 28)]
    _write(data, names, (train, test), delimiter=";")


def index_column(data, *, train=40, test=12):
    """Write the index that pandas adds, in a first column without a name."""
    names = [f"pixel{i}" for i in range(28 * 28)]
    _write(data, names, (train, test), index=True)


def no_header(data, *, train=40, test=12):
    _write(data, ["pixel"] * 28 * 28, (train, test), header=False)


def _write(data, names, counts, *, label="label", change=list, **form):
    """Write the three CSVs; `form` may be a delimiter, index=True or header=False."""
    options = {"delimiter": form["delimiter"]} if "delimiter" in form else {}
    labels, hidden = (labels_of(CLASSES, count, data.rng) for count in counts)
    side = int(np.sqrt(len(names)))
    lead = [""] if form.get("index") else []
    for path, numbers in (("train.csv", labels), ("test.csv", hidden)):
        known = path == "train.csv"
        rows = [
            [*([i] if lead else []), *([number] if known else []), *change(row)]
            for i, (number, row) in enumerate(
                zip(numbers, _pixels(numbers, side, data.rng), strict=True)
            )
        ]
        header = [*lead, *([label] if known else []), *names] if form.get("header", True) else []
        data.csv(path, header, rows, **options)
    ids = range(counts[1])
    data.csv("sample_submission.csv", ["id", label], [(i, 0) for i in ids], **options)
    data.hidden(ids, hidden)


def _pixels(labels, side, rng):
    return [draw(number, (side, side), rng).ravel().tolist() for number in labels]
