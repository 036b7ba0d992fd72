"""Competitions that have the labels in the paths of the images."""

from layouts.drawing import labels_of, photograph

SEEDLINGS = [
    "Black-grass",
    "Charlock",
    "Cleavers",
    "Common Chickweed",
    "Common wheat",
    "Fat Hen",
    "Loose Silky-bent",
    "Maize",
    "Scentless Mayweed",
    "Shepherds Purse",
    "Small-flowered Cranesbill",
    "Sugar beet",
]
PADDY = [
    "bacterial_leaf_blight",
    "bacterial_leaf_streak",
    "bacterial_panicle_blight",
    "blast",
    "brown_spot",
    "dead_heart",
    "downy_mildew",
    "hispa",
    "normal",
    "tungro",
]


def seedlings(data, *, train=60, test=24, side=40):
    """Write a folder a species, some with a space in the name, and no CSV of the labels."""
    for i, number in enumerate(labels_of(12, train, data.rng)):
        name = f"{SEEDLINGS[number]}/{data.rng.bytes(4).hex()}{i % 10}.png"
        data.picture(f"train/{name}", photograph(number, side, data.rng))
    hidden = labels_of(12, test, data.rng)
    ids = [f"{data.rng.bytes(4).hex()}{i % 10}.png" for i in range(test)]
    for name, number in zip(ids, hidden, strict=True):
        data.picture(f"test/{name}", photograph(number, side, data.rng))
    data.csv("sample_submission.csv", ["file", "species"], [(i, "Sugar beet") for i in ids])
    data.hidden(ids, [SEEDLINGS[number] for number in hidden])


def paddy(data, *, train=60, test=20, side=48):
    """Write a folder a class, and a CSV that says the labels again, with variety and age."""
    labels = labels_of(10, train, data.rng)
    rows = []
    for i, number in enumerate(labels):
        name = f"{100_001 + 7 * i}.jpg"
        data.picture(f"train_images/{PADDY[number]}/{name}", photograph(number, side, data.rng))
        rows.append((name, PADDY[number], "ADT45", 45 + i % 30))
    data.csv("train.csv", ["image_id", "label", "variety", "age"], sorted(rows, key=lambda r: r[1]))
    hidden = labels_of(10, test, data.rng)
    ids = [f"{200_001 + i}.jpg" for i in range(test)]
    for name, number in zip(ids, hidden, strict=True):
        data.picture(f"test_images/{name}", photograph(number, side, data.rng))
    data.csv("sample_submission.csv", ["image_id", "label"], [(i, "") for i in ids])
    data.hidden(ids, [PADDY[number] for number in hidden])


def dogs_and_cats(data, *, train=60, test=20, side=40):
    """Write the label before the number in the name of a file, and the probability of a dog."""
    counts = [0, 0]
    for number in labels_of(2, train, data.rng):
        name = f"{('cat', 'dog')[number]}.{counts[number]}.jpg"
        counts[number] += 1
        data.picture(f"train/{name}", photograph(number, side, data.rng))
    hidden = labels_of(2, test, data.rng)
    for i, number in enumerate(hidden, 1):
        data.picture(f"test/{i}.jpg", photograph(number, side, data.rng))
    ids = range(1, test + 1)
    data.csv("sample_submission.csv", ["id", "label"], [(i, 0.5) for i in ids])
    data.packs("train.zip", "train", inside="train")
    data.packs("test.zip", "test", inside="test")
    data.hidden(ids, [("cat", "dog")[number] for number in hidden])
