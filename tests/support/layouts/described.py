"""The descriptions of all generated data: those that come with the kit, and others."""

import tomllib
from importlib import resources

from kaggle_kit.competition.toml_file import parse_description

FOLDER = resources.files("kaggle_kit.competition") / "known"
KNOWN = {
    path.name: parse_description(
        tomllib.loads((path / "description.toml").read_text(encoding="utf-8")), path.name
    )
    for path in FOLDER.iterdir()
}


def mnist(name, **labels):
    return {
        "images": {
            "layout": "pixel columns",
            "size": [28, 28],
            "train": f"{name}_train.csv",
            "test": f"{name}_test.csv",
            "first": 1,
        },
        "labels": labels,
    }


DESCRIBED_HERE = {
    "fashion-mnist": mnist("fashion-mnist"),
    "sign-mnist": mnist("sign_mnist", column="label"),
    "devanagari": {
        "images": {"layout": "pixel columns", "size": [32, 32], "columns": "pixel_{:04}"},
        "labels": {"column": "character"},
    },
    "kmnist": {
        "images": {
            "layout": "npz",
            "size": [28, 28],
            "train": "kmnist-train-imgs.npz",
            "test": "kmnist-test-imgs.npz",
        },
        "labels": {"file": "kmnist-train-labels.npz"},
    },
    "row-x-column": {
        "images": {
            "layout": "pixel columns",
            "size": [28, 28],
            "columns": "{row}x{column}",
            "first": 1,
        }
    },
    "px-row-column": {
        "images": {"layout": "pixel columns", "size": [20, 20], "columns": "px_{row}_{column}"},
        "labels": {"column": "target"},
    },
    "one-hot": {
        "metric": "log_loss",
        "images": {"layout": "pixel columns", "size": [28, 28]},
        "labels": {"columns": ["circle", "cross", "square", "star"]},
        "submission": {"answer": "probabilities"},
    },
    "label-in-the-middle": {
        "images": {"layout": "pixel columns", "size": [28, 28]},
        "labels": {"column": "class", "id": "image"},
    },
    "scaled": {"images": {"layout": "pixel columns", "size": [28, 28], "range": [0, 1]}},
    "sixteen": {
        "images": {
            "layout": "pixel columns",
            "size": [8, 8],
            "columns": "pixel_{row}_{column}",
            "range": [0, 16],
        }
    },
    "index-column": {"images": {"layout": "pixel columns", "size": [28, 28]}},
}
DESCRIBED = KNOWN | {
    name: parse_description(
        {"slug": name, "title": name, "kind": "glyph", "metric": "accuracy"} | content, name
    )
    for name, content in DESCRIBED_HERE.items()
}
OF_ANY_SIZE = {  # the competition leaves the size open, so the kit chooses it
    "dog-breed-identification",
    "plant-seedlings-classification",
    "cassava-leaf-disease-classification",
    "paddy-disease-classification",
    "aptos2019-blindness-detection",
    "whale-categorization-playground",
    "iwildcam-2019-fgvc6",
    "plant-pathology-2020-fgvc7",
    "dogs-vs-cats-redux-kernels-edition",
    "leaf-classification",
}
