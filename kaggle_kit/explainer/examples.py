"""Example pictures of digits, for users who have none."""

from pathlib import Path

from PIL import Image

from kaggle_kit.data.embedded_sample import one_of_each


def write_examples(folder: Path) -> list[Path]:
    """Write a picture of each digit into a folder, as black on white PNGs; return their paths."""
    paths = [folder / f"{digit}.png" for digit in range(10)]
    for path, image in zip(paths, one_of_each(), strict=True):
        Image.fromarray(255 - image).save(path)
    return paths
