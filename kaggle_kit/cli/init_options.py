"""The options of `kaggle-kit init`, most of which are fields of a description."""

import argparse

from kaggle_kit.cli.option_types import path

FIELDS = {
    "metric": ("M", "accuracy, macro_f1, log_loss, auc, quadratic_kappa or map_at_k"),
    "answer": ("A", "what is submitted: label, probability, probabilities or top_k"),
    "positive": ("LABEL", "the label whose probability is submitted"),
    "label": ("COLUMN", "the label column, or the array of labels"),
    "id": ("COLUMN", "the column of the ids"),
    "layout": ("L", "pixel columns, pixel string, files, folders or npz"),
    "train": ("NAME", "the CSV, folder or array of the training images"),
    "test": ("NAME", "the CSV, folder or array of the test images"),
    "size": ("HxW", "height and width that all images get"),
    "channels": ("N", "1 for grey, 3 for colour"),
    "kind": ("K", "glyph (writing) or photo"),
    "group": ("COLUMN", "images with the same value there stay in one fold"),
    "title": ("TEXT", "the title of the competition"),
}


def add_init_options(verb: argparse.ArgumentParser) -> None:
    """Add the options of `init` to its parser; `api.init` checks the values of the fields."""
    verb.add_argument("slug", metavar="SLUG", help="the competition: its name or address at Kaggle")
    verb.add_argument(
        "--from",
        type=str,
        dest="source",
        metavar="PATH",
        help="an archive or folder with the files (default: Kaggle)",
    )
    verb.add_argument(
        "--out",
        type=path,
        metavar="FILE",
        help="file to write (default: competitions/SLUG.toml in --home)",
    )
    verb.add_argument("--force", action="store_true", help="replace the description that is there")
    fields = verb.add_argument_group("what the files do not tell, or tell wrongly")
    for name, (value, text) in FIELDS.items():
        fields.add_argument(f"--{name}", metavar=value, help=text)
