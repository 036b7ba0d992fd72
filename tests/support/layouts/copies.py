"""Data sets that class competitions copy, with the example answer that such a competition adds."""

import numpy as np

from layouts.drawing import draw, labels_of

CHARACTERS = ["character_01_ka", "character_02_kha", "character_03_ga", "character_10_yna"]
CHARACTERS += ["character_36_gya", "digit_0", "digit_9"]


def fashion(data, *, train=60, test=20):
    _mnist(data, "fashion-mnist", range(10), (train, test))


def signs(data, *, train=72, test=24):
    """Write the letters without J, whose sign is a movement: 0 to 24 without 9."""
    _mnist(data, "sign_mnist", [i for i in range(25) if i != 9], (train, test))


def devanagari(data, *, train=70, test=21):
    """Write columns pixel_0000 to pixel_1023, and labels that are texts in the last column."""
    header = [f"pixel_{i:04}" for i in range(32 * 32)]
    labels, hidden = labels_of(7, train, data.rng), labels_of(7, test, data.rng)
    rows = _pixels(labels, 32, data.rng)
    named = [[*row, CHARACTERS[number]] for row, number in zip(rows, labels, strict=True)]
    data.csv("train.csv", [*header, "character"], named)
    data.csv("test.csv", header, _pixels(hidden, 32, data.rng))
    data.csv("sample_submission.csv", ["id", "character"], [(i, "digit_0") for i in range(test)])
    data.hidden(range(test), [CHARACTERS[number] for number in hidden])


def kmnist(data, *, train=60, test=20):
    """Write four files of one array each, which is named arr_0."""
    for part, rows in (("train", train), ("test", test)):
        labels = labels_of(10, rows, data.rng).astype(np.uint8)
        images = np.stack([draw(number, (28, 28), data.rng) for number in labels])
        data.arrays(f"kmnist-{part}-imgs.npz", images)
        if part == "train":
            data.arrays(f"kmnist-{part}-labels.npz", labels)
        else:
            data.hidden(range(rows), labels)
    data.csv("sample_submission.csv", ["id", "label"], [(i, 0) for i in range(test)])


def _mnist(data, name, classes, rows):
    """Write `name`_train.csv and `name`_test.csv with columns label, pixel1 to pixel784."""
    header = [f"pixel{i}" for i in range(1, 28 * 28 + 1)]
    labels, hidden = (labels_of(len(classes), count, data.rng) for count in rows)
    named = zip(labels, _pixels(labels, 28, data.rng), strict=True)
    table = [[classes[number], *row] for number, row in named]
    data.csv(f"{name}_train.csv", ["label", *header], table)
    data.csv(f"{name}_test.csv", header, _pixels(hidden, 28, data.rng))
    data.csv("sample_submission.csv", ["id", "label"], [(i, 0) for i in range(len(hidden))])
    data.hidden(range(len(hidden)), [classes[number] for number in hidden])


def _pixels(labels, side, rng):
    return [draw(number, (side, side), rng).ravel().tolist() for number in labels]
