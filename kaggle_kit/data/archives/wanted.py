"""Which files and images a description names."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from kaggle_kit.competition.description import Competition, Layout

IMAGE_ENDINGS = frozenset(
    f".{name}"
    for name in (
        *("bmp", "gif", "jpe", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm"),
        *("tif", "tiff", "webp"),
    )
)


@dataclass(frozen=True)
class Tree:
    """A folder of images, at any depth in it.

    Attributes
    ----------
    path : str
        The folder, as the description names it; empty if the images have no folder of their own.
    ending : str
        The ending of the images' names that the description gives, such as `.jpg`. Files with the
        ending of another image format are images too.
    depth : int
        How many folders below `path` the images are, by the description; it counts only if
        `path` is empty.
    """

    path: str
    ending: str = ""
    depth: int = 0

    def __str__(self) -> str:
        return f"{self.path}/" if self.path else f"images *{self.ending}"


@dataclass(frozen=True)
class Wanted:
    """What is to be unpacked.

    Attributes
    ----------
    files : tuple of str
        Paths, as the description names them.
    trees : tuple of Tree
    optional : frozenset of str
        Those of the files without which the data are complete.
    """

    files: tuple[str, ...]
    trees: tuple[Tree, ...] = ()
    optional: frozenset[str] = frozenset()

    @property
    def items(self) -> list[str | Tree]:
        """All that is wanted."""
        return [*self.files, *self.trees]


def wanted_files(competition: Competition) -> Wanted:
    """The files and the folders of images that a competition's description names.

    The example of a submission is optional: some competitions have none, and its columns can be
    given in the description.
    """
    images, example = competition.images, competition.submission.file
    sources = [images.train, images.test, *images.further]
    files, trees = [], []
    if images.layout in {Layout.FILES, Layout.FOLDERS}:
        is_folder = images.layout == Layout.FOLDERS
        trees = [_tree(path, is_folder=is_folder and "{" not in path) for path in sources]
    else:
        files = [_file(path) for path in sources]
    files += [_file(path) for path in (competition.labels.file, example)]
    return Wanted(
        files=tuple(dict.fromkeys(path for path in files if path)),
        trees=_merged(trees),
        optional=frozenset({_file(example)} if example else ()),
    )


def _file(path: str) -> str:
    """The path of a file, without the name of an array in it (`file.npz:key`)."""
    path = re.sub(r"(\.npz):.*", r"\1", path, flags=re.IGNORECASE)
    return str(PurePosixPath(path)) if path else ""


def _tree(template: str, *, is_folder: bool) -> Tree:
    """The folder of the images that a template names: all before its first brace."""
    if is_folder:
        return Tree(_folder(template), depth=1)
    start, brace, _ = template.partition("{")
    folder = start.rpartition("/")[0]
    ending = PurePosixPath(template).suffix if brace else ""
    depth = template.count("/", len(folder) + 1 if folder else 0)
    return Tree(_folder(folder), "" if "{" in ending else ending, depth)


def _folder(path: str) -> str:
    return "" if path in {"", "."} else str(PurePosixPath(path))


def _merged(trees: list[Tree]) -> tuple[Tree, ...]:
    """One tree for each folder, without folders that are in another one."""
    kept: dict[str, Tree] = {}
    for tree in trees:
        kept.setdefault(tree.path, tree)
    outer = [f"{path}/" for path in kept if path]
    return tuple(
        tree for path, tree in kept.items() if not any(path.startswith(folder) for folder in outer)
    )
