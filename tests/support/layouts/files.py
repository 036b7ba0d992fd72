"""Competitions that have a file for each image, and the labels in a CSV."""

import uuid

from PIL import Image

from layouts.class_names import BREEDS, SPECIES
from layouts.drawing import draw, labels_of, photograph


def cactus(data, *, train=60, test=20):
    """Write ids that are names of files, with extension: 32 hexadecimal digits and .jpg."""
    ids = [f"{name}.jpg" for name in _hexadecimal(data.rng, 32, train + test)]
    labels, hidden = labels_of(2, train, data.rng), labels_of(2, test, data.rng)
    for folder, names, numbers in _halves(ids, labels, hidden):
        for name, number in zip(names, numbers, strict=True):
            data.picture(f"{folder}/{name}", _fixed(number, 32, data.rng))
    data.csv("train.csv", ["id", "has_cactus"], zip(ids[:train], labels, strict=True))
    data.csv("sample_submission.csv", ["id", "has_cactus"], [(i, 0.5) for i in ids[train:]])
    data.packs("train.zip", "train", inside="train")
    data.packs("test.zip", "test", inside="test")
    data.hidden(ids[train:], hidden)


def tissue(data, *, train=60, test=20):
    ids = _hexadecimal(data.rng, 40, train + test)
    labels, hidden = labels_of(2, train, data.rng), labels_of(2, test, data.rng)
    for folder, names, numbers in _halves(ids, labels, hidden):
        for name, number in zip(names, numbers, strict=True):
            data.picture(f"{folder}/{name}.tif", _fixed(number, 96, data.rng))
    data.csv("train_labels.csv", ["id", "label"], zip(ids[:train], labels, strict=True))
    data.csv("sample_submission.csv", ["id", "label"], [(i, 0) for i in ids[train:]])
    data.hidden(ids[train:], hidden)


def dogs(data, *, train=480, test=120, side=32):
    """Write a column of probabilities for each of the 120 breeds."""
    ids = _hexadecimal(data.rng, 32, train + test)
    labels, hidden = labels_of(120, train, data.rng), labels_of(120, test, data.rng)
    for folder, names, numbers in _halves(ids, labels, hidden):
        for name, number in zip(names, numbers, strict=True):
            data.picture(f"{folder}/{name}.jpg", photograph(number, side, data.rng))
    rows = [(i, BREEDS[number]) for i, number in zip(ids, labels, strict=False)]
    data.csv("labels.csv", ["id", "breed"], rows)
    guess = [1 / 120] * 120
    data.csv("sample_submission.csv", ["id", *BREEDS], [(i, *guess) for i in sorted(ids[train:])])
    data.hidden(ids[train:], [BREEDS[number] for number in hidden])


def cassava(data, *, train=60, side=48):
    """Write one test image, as Kaggle does for all but notebooks that it runs itself."""
    ids = [f"{number}.jpg" for number in _numbers(data.rng, train)]
    labels = labels_of(5, train, data.rng)
    for name, number in zip(ids, labels, strict=True):
        data.picture(f"train_images/{name}", photograph(number, side, data.rng))
    data.csv("train.csv", ["image_id", "label"], zip(ids, labels, strict=True))
    test = "2216849948.jpg"
    data.picture(f"test_images/{test}", photograph(2, side, data.rng))
    data.csv("sample_submission.csv", ["image_id", "label"], [(test, 4)])
    names = ("Bacterial Blight (CBB)", "Brown Streak Disease (CBSD)", "Green Mottle (CGM)")
    names = [f"Cassava {name}" for name in (*names, "Mosaic Disease (CMD)")] + ["Healthy"]
    pairs = ", ".join(f'"{number}": "{name}"' for number, name in enumerate(names))
    data.text("label_num_to_disease_map.json", f"{{{pairs}}}")
    data.hidden([test], [2])


def cifar(data, *, train=60, test=20):
    names = ["airplane", "automobile", "bird", "cat", "deer"]
    names += ["dog", "frog", "horse", "ship", "truck"]
    labels, hidden = labels_of(10, train, data.rng), labels_of(10, test, data.rng)
    for folder, numbers in (("train", labels), ("test", hidden)):
        for i, number in enumerate(numbers, 1):
            data.picture(f"{folder}/{i}.png", _fixed(number, 32, data.rng))
    rows = [(i, names[number]) for i, number in enumerate(labels, 1)]
    data.csv("trainLabels.csv", ["id", "label"], rows)
    data.csv("sampleSubmission.csv", ["id", "label"], [(i, "cat") for i in range(1, test + 1)])
    data.packs("train.7z", "train", inside="train")
    data.packs("test.7z", "test", inside="test")
    data.hidden(range(1, test + 1), [names[number] for number in hidden])


def retinas(data, *, train=60, test=20, side=48):
    """Write grades from 0 to 4, most of them 0, and the test ids in a CSV of their own."""
    ids = _hexadecimal(data.rng, 12, train + test)
    labels = labels_of(8, train, data.rng) % 5 * (labels_of(2, train, data.rng))
    hidden = labels_of(5, test, data.rng)
    for folder, names, numbers in _halves(ids, labels, hidden):
        for name, number in zip(names, numbers, strict=True):
            data.picture(f"{folder}_images/{name}.png", photograph(number, side, data.rng))
    data.csv("train.csv", ["id_code", "diagnosis"], zip(ids[:train], labels, strict=True))
    data.csv("test.csv", ["id_code"], [(i,) for i in ids[train:]])
    data.csv("sample_submission.csv", ["id_code", "diagnosis"], [(i, 0) for i in ids[train:]])
    data.hidden(ids[train:], hidden)


def whales(data, *, train=60, test=20, side=32):
    """Write twelve whales and new_whale, which is all others; one photograph in five is grey."""
    names = ["new_whale", *(f"w_{name}" for name in _hexadecimal(data.rng, 7, 12))]
    ids = [f"{name}.jpg" for name in _hexadecimal(data.rng, 8, train + test)]
    labels, hidden = labels_of(13, train, data.rng), labels_of(13, test, data.rng)
    for folder, files, numbers in _halves(ids, labels, hidden):
        for i, (file, number) in enumerate(zip(files, numbers, strict=True)):
            picture = photograph(number, side, data.rng)
            data.picture(f"{folder}/{file}", picture.convert("L") if i % 5 == 4 else picture)
    rows = [(i, names[number]) for i, number in zip(ids, labels, strict=False)]
    data.csv("train.csv", ["Image", "Id"], rows)
    guess = "new_whale w_1287fbc w_98baff9 w_7554f44 w_1eafe46"
    data.csv("sample_submission.csv", ["Image", "Id"], [(i, guess) for i in ids[train:]])
    data.hidden(ids[train:], [names[number] for number in hidden])


def camera_traps(data, *, train=60, test=20, side=32):
    """Write sequences of three photographs, each sequence at one of six locations.

    The locations of the test images are others. The archive of the training images has no folder.
    """
    classes = [0, 1, 3, 8, 11, 16]
    ids = [str(uuid.UUID(bytes=data.rng.bytes(16))) for _ in range(train + test)]
    labels, hidden = labels_of(6, train, data.rng), labels_of(6, test, data.rng)
    header = ["date_captured", "file_name", "frame_num", "id", "location", "rights_holder"]
    header += ["seq_id", "seq_num_frames", "width", "height"]
    for part, names, numbers in _halves(ids, labels, hidden):
        rows = []
        for i, (name, number) in enumerate(zip(names, numbers, strict=True)):
            picture = photograph(number, side, data.rng)
            data.picture(f"{part}_images/{name}.jpg", picture)
            location = i // 3 % 6 + (100 if part == "test" else 1)
            row = ["2011-05-13 23:43:18", f"{name}.jpg", i % 3 + 1, name, location, "A. Ranger"]
            row += [f"sequence-{i // 3}", 3, *picture.size]
            rows.append([classes[number], *row] if part == "train" else row)
        data.csv(f"{part}.csv", ["category_id", *header] if part == "train" else header, rows)
        data.packs(f"{part}_images.zip", f"{part}_images")
    data.csv("sample_submission.csv", ["Id", "Predicted"], [(i, 0) for i in ids[train:]])
    data.hidden(ids[train:], [classes[number] for number in hidden])


def apple_leaves(data, *, train=60, test=20, side=48):
    """Write four columns of which one is 1, and training and test images in one folder."""
    names = ["healthy", "multiple_diseases", "rust", "scab"]
    labels, hidden = labels_of(4, train, data.rng), labels_of(4, test, data.rng)
    for part, numbers in (("Train", labels), ("Test", hidden)):
        for i, number in enumerate(numbers):
            data.picture(f"images/{part}_{i}.jpg", photograph(number, side, data.rng))
    ones = [(f"Train_{i}", *(int(j == n) for j in range(4))) for i, n in enumerate(labels)]
    data.csv("train.csv", ["image_id", *names], ones)
    ids = [f"Test_{i}" for i in range(test)]
    data.csv("test.csv", ["image_id"], [(i,) for i in ids])
    data.csv("sample_submission.csv", ["image_id", *names], [(i, *[0.25] * 4) for i in ids])
    data.hidden(ids, [names[number] for number in hidden])


def leaves(data, *, train=297, test=99, side=32):
    """Write 99 species with features beside the label, and all images in one folder.

    Kaggle's zip has each file in an archive of its own.
    """
    numbers = [*labels_of(99, train, data.rng), *labels_of(99, test, data.rng)]
    ids = data.rng.permutation(range(1, train + test + 1))
    for i, number in zip(ids, numbers, strict=True):
        size = (int(side * data.rng.uniform(0.8, 1.1)), int(side * data.rng.uniform(1, 1.4)))
        data.picture(f"images/{i}.jpg", Image.fromarray(draw(number, size, data.rng, noise=0)))
    features = [f"{name}{i}" for name in ("margin", "shape", "texture") for i in range(1, 65)]
    values = data.rng.random((train + test, len(features))).round(6).tolist()
    known = [
        (i, SPECIES[number], *row) for i, number, row in zip(ids, numbers, values, strict=True)
    ]
    data.csv("train.csv", ["id", "species", *features], known[:train])
    data.csv("test.csv", ["id", *features], [(i, *row) for i, _, *row in known[train:]])
    guess = [1 / 99] * 99
    data.csv("sample_submission.csv", ["id", *SPECIES], [(i, *guess) for i in sorted(ids[train:])])
    for name in ("train.csv", "test.csv", "sample_submission.csv"):
        data.packs(f"{name}.zip", name)
    data.packs("images.zip", "images", inside="images")
    data.hidden(ids[train:], [SPECIES[number] for number in numbers[train:]])


def _halves(ids, labels, hidden):
    return [("train", ids[: len(labels)], labels), ("test", ids[len(labels) :], hidden)]


def _fixed(number, side, rng):
    return Image.fromarray(draw(number, (side, side), rng, colour=True))


def _hexadecimal(rng, digits, count):
    return [rng.bytes(digits // 2 + 1).hex()[:digits] for _ in range(count)]


def _numbers(rng, count):
    return rng.choice(4_000_000, count, replace=False) * 1_000 + 6_103
