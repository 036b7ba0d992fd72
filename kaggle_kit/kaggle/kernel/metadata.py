"""kernel-metadata.json, which describes a notebook to Kaggle: make it complete, and check it.

Kaggle's client accepts most mistakes. The server then fails or, worse, uses a default: for example,
the internet is on unless it is turned off.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import InputError, in_words

FILE = "kernel-metadata.json"
CORRECT_IT = "correct it, or delete it and run `kaggle-kit kernel build`"
BUILD_IT = "`kaggle-kit kernel build --rewrite` builds it again"
_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_OWNER = r"[A-Za-z0-9_.-]+"  # old names have more than letters and digits


def _matches(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _are_slugs(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_matches(_SLUG), value))


_EXPECTED: dict[str, tuple[Callable[[object], bool], str]] = {
    "id": (_matches(rf"{_OWNER}/{_SLUG}"), "owner/slug"),
    "title": (_matches(".{5,50}"), "5 to 50 characters"),
    "code_file": (_matches(r"[^/\\]+\.ipynb"), "a notebook in the same folder"),
    "language": (_matches("python"), "python"),
    "kernel_type": (_matches("notebook"), "notebook"),
    "is_private": (lambda value: value is True, "true: share it at Kaggle, once it is done"),
    "enable_gpu": (_is_bool, "true or false"),
    "enable_internet": (lambda value: value is False, "false: the kit needs no internet"),
    "competition_sources": (_are_slugs, "the competition's slug"),
    "dataset_sources": (_are_texts, "a list of texts"),
    "kernel_sources": (_are_texts, "a list of texts"),
    "model_sources": (_are_texts, "a list of texts"),
    "keywords": (_are_texts, "a list of texts"),
}
_OPTIONAL: dict[str, tuple[Callable[[object], bool], str]] = {
    "enable_tpu": (_is_bool, "true or false"),
    "machine_shape": (_matches(".+"), "a machine such as NvidiaTeslaT4"),
    "docker_image": (_matches(".+"), "the name of an image"),
    "docker_image_pinning_type": (_matches("original|latest"), "original or latest"),
}


def machine_of(metadata: dict[str, Any]) -> str:
    """The machine that a notebook will run on, in words."""
    if metadata.get("machine_shape"):
        return str(metadata["machine_shape"])
    if metadata.get("enable_tpu"):
        return "a TPU"
    return "a GPU" if metadata["enable_gpu"] else "the CPU"


def make_title(competition: Competition) -> str:
    return f"kaggle-kit {competition.slug.replace('-', ' ')}"


def default_file(competition: Competition) -> str:
    """The name of the notebook's file, unless the user chose another."""
    return f"{slugify(make_title(competition))}.ipynb"


def slugify(title: str) -> str:
    """The last part of a notebook's address, as Kaggle and its client make it from the title."""
    from slugify import slugify as make  # of python-slugify

    return make(title)


def make_metadata(competition: Competition, owner: str, *, gpu: bool) -> dict[str, Any]:
    """The metadata of a private notebook without internet that uses only the competition's data."""
    title = make_title(competition)
    return {
        "id": f"{owner}/{slugify(title)}",
        "title": title,
        "code_file": default_file(competition),
        "language": "python",
        "kernel_type": "notebook",
        "is_private": True,
        "enable_gpu": gpu,
        "enable_tpu": False,
        "enable_internet": False,
        "keywords": [],
        "dataset_sources": [],
        "competition_sources": [competition.slug],
        "kernel_sources": [],
        "model_sources": [],
    }


def check_metadata(
    metadata: dict[str, Any], competition: Competition, path: Path, hint: str = CORRECT_IT
) -> None:
    """Raise InputError if Kaggle would reject or misread the metadata.

    The message names `path`, the file that has the metadata or is about to get them.
    """
    wrong = next(_mistakes(metadata, competition), None)
    if wrong:
        raise InputError(f"{path}: {wrong}", hint=hint)


def read_metadata(path: Path, competition: Competition) -> dict[str, Any]:
    """Read a kernel-metadata.json; raise InputError if Kaggle would reject or misread it."""
    metadata = _read_json(path, CORRECT_IT)
    check_metadata(metadata, competition, path)
    return metadata


class KernelFiles(NamedTuple):
    """The content of kernel-metadata.json, and the notebook as the JSON that Kaggle takes."""

    metadata: dict[str, Any]
    notebook: str


def read_kernel(folder: Path, competition: Competition) -> KernelFiles:
    """Read and check the metadata in a folder and the notebook next to it.

    Raises
    ------
    InputError
        A file is missing, or Kaggle would reject or misread it; the message says why.
    """
    metadata = read_metadata(folder / FILE, competition)
    notebook = folder / metadata["code_file"]
    content = _read_json(notebook, f"correct it; {BUILD_IT}")
    if not _has_cells(content):
        raise InputError(f"{notebook} has no cells", hint=BUILD_IT)
    if not _has_kernelspec(content):
        raise InputError(f"{notebook} has no kernelspec", hint=BUILD_IT)
    return KernelFiles(metadata, _as_kaggle_wants(content))


def _mistakes(metadata: dict[str, Any], competition: Competition) -> Iterator[str]:
    """Yield one line for each mistake."""
    for name, (is_right, expected) in _EXPECTED.items():
        if not is_right(metadata.get(name)):
            yield f"{name} is {metadata.get(name)!r}, expected {expected}"
    for name, (is_right, expected) in _OPTIONAL.items():
        if name in metadata and not is_right(metadata[name]):
            yield f"{name} is {metadata[name]!r}, expected {expected}"
    sources = metadata.get("competition_sources")
    if isinstance(sources, list) and competition.slug not in sources:
        yield f"competition_sources lacks {competition.slug}"
    title, slug = str(metadata.get("title")), str(metadata.get("id")).partition("/")[2]
    if slugify(title) != slug:
        yield f"id ends in {slug!r}, but the title makes {slugify(title)!r}"


def _read_json(path: Path, hint: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing", hint="run `kaggle-kit kernel build`") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {in_words(error)}", hint=hint) from None
    except ValueError as error:
        raise InputError(f"{path} cannot be read as JSON: {in_words(error)}", hint=hint) from None
    if not isinstance(content, dict):
        raise InputError(f"{path} is no JSON object", hint=hint)
    return content


def _has_cells(notebook: dict[str, Any]) -> bool:
    cells = notebook.get("cells")
    return isinstance(cells, list) and bool(cells) and all(isinstance(c, dict) for c in cells)


def _has_kernelspec(notebook: dict[str, Any]) -> bool:
    about = notebook.get("metadata")
    spec = about.get("kernelspec") if isinstance(about, dict) else None
    return isinstance(spec, dict) and bool(spec.get("name"))


def _as_kaggle_wants(notebook: dict[str, Any]) -> str:
    """The notebook in the form that the server takes: no outputs, and each source one string."""
    for cell in notebook["cells"]:
        if isinstance(cell.get("source"), list):  # Jupyter saves a list of lines
            cell["source"] = "".join(map(str, cell["source"]))
        if cell.get("cell_type") == "code":
            cell["outputs"] = []
    return json.dumps(notebook)
