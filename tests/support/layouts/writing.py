"""Where a generator writes: files in a folder, which becomes a zip as Kaggle packs it."""

import csv
import io
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from layouts.seven_zip import write_7z


class Made(NamedTuple):
    data: Path
    solution: Path


class Data:
    """The files of a competition, while a generator writes them."""

    def __init__(self, folder, name, seed):
        self.folder = Path(folder) / name
        self.folder.mkdir(parents=True)
        self.solution = Path(folder) / f"{name}.solution.csv"
        self.rng = np.random.default_rng(seed)
        self._archives = {}

    def csv(self, path, header, rows, **options):
        """Write a CSV; `options` are those of csv.writer. Without a header, give an empty one."""
        options = {"lineterminator": "\n"} | options
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, **options)
            writer.writerows([header, *rows] if header else rows)

    def text(self, path, content):
        (self.folder / path).write_text(content, encoding="utf-8")

    def picture(self, path, picture, **options):
        """Save a PIL image; the end of the path is its format."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".jpg":
            options = {"quality": 92} | options
        picture.save(target, **options)

    def arrays(self, path, *arrays, **named):
        np.savez_compressed(self.folder / path, *arrays, **named)

    def hidden(self, ids, labels):
        """Write the solution: the ids as in the competition's example, and the labels as texts."""
        with self.solution.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "label"), *zip(ids, labels, strict=True)])

    def packs(self, archive, *paths, inside=""):
        """Say that Kaggle's zip has `paths` in an archive of its own, in the folder `inside`."""
        self._archives[archive] = (paths, inside)

    def finish(self, *, packed):
        if not packed:
            return Made(self.folder, self.solution)
        for archive, (paths, inside) in self._archives.items():
            _pack(self.folder / archive, self.folder, paths, inside)
        for paths, _ in self._archives.values():
            for path in paths:
                target = self.folder / path
                shutil.rmtree(target) if target.is_dir() else target.unlink()
        whole = self.folder.with_name(f"{self.folder.name}.zip")
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(self.folder.rglob("*")):
                if path.is_file():
                    file.write(path, path.relative_to(self.folder))
        shutil.rmtree(self.folder)
        return Made(whole, self.solution)


def _pack(archive, folder, paths, inside):
    """Put the files at `paths` into an archive; names begin with `inside`, relative to the path."""
    members = {}
    for path in paths:
        target = folder / path
        found = sorted(target.rglob("*")) if target.is_dir() else [target]
        for file in found:
            if file.is_file():
                name = file.relative_to(target) if target.is_dir() else file.name
                members[(Path(inside) / name).as_posix()] = file.read_bytes()
    if archive.name.endswith(".7z"):
        write_7z(archive, members)
    elif archive.name.endswith(".tar.gz"):
        with tarfile.open(archive, "w:gz") as file:
            for name, content in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                file.addfile(entry, io.BytesIO(content))
    else:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                file.writestr(name, content)
