"""The output of a notebook: check it against its checksums, and bring it into the folder of a run.

What was made or edited in that folder since an earlier fetch is never replaced.
"""

import contextlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kaggle_kit.errors import DataError, RunError
from kaggle_kit.kaggle.kernel.runtime import SUMS
from kaggle_kit.workspace.files import replacing_folder, sha256, write_json
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_json
from kaggle_kit.workspace.written import RECORD

AGAIN = "run `kaggle-kit kernel output` again"
LOG = "kernel.log"
SUBMISSION = "submission.csv"
BESIDE = "output"  # the folder of a run for files whose names the run has itself
FETCHED = "fetched.json"  # the SHA-256 of each file of a run when it was fetched
_UNCHECKED = {SUMS, LOG, FETCHED}


class Output(NamedTuple):
    """The verified output of a notebook.

    Attributes
    ----------
    name : str
        The name of the run that the notebook made.
    files : dict of str to Path
        The files by their names in the folder of that run.
    checked : int
        The number of files whose checksum is right.
    changed : list of str
        The names of files, none of them of the run, that were changed after the notebook had noted
        their checksums.
    """

    name: str
    files: dict[str, Path]
    checked: int
    changed: list[str]


class Kept(NamedTuple):
    """What was there before a run was brought home.

    Attributes
    ----------
    files : list of str
        The files that were made or edited here, and were not replaced.
    run : Run or None
        The earlier run under its new name, if another version has taken its place.
    """

    files: list[str]
    run: Run | None = None


def verify_output(folder: Path, files: list[Path]) -> Output:
    """Check the files of a notebook's output, which lie in `folder`.

    Raises
    ------
    DataError
        A file of the run, or the submission, is missing or has a wrong checksum.
    """
    names = {path.relative_to(folder).as_posix(): path for path in files}
    if SUMS not in names:
        raise _lacking(SUMS)
    noted = _read_sums(names[SUMS])
    runs = {name.split("/")[1] for name in noted if name.startswith("runs/")}
    if len(runs) != 1:
        raise DataError(f"the notebook's output has {len(runs)} runs, expected one")
    (run,) = runs
    of_run = f"runs/{run}/"
    if not {SUBMISSION, of_run + SUBMISSION} & names.keys():
        raise _lacking(SUBMISSION)
    needed = {name for name in noted if name.startswith(of_run)}
    if of_run + SUBMISSION not in names:
        needed.add(SUBMISSION)
    changed = []
    for name, digest in noted.items():
        if name in names and sha256(names[name]) == digest:
            continue
        found = "not what the notebook wrote" if name in names else "missing"
        if name in needed:
            raise DataError(f"{name} of the notebook's output is {found}", hint=AGAIN)
        changed.append(name)
    return Output(run, _arranged(names, of_run), len(noted) - len(changed), changed)


def keep_output(output: Output, run: Run) -> Kept:
    """Move the files of an output into the folder of a run, which may be there already.

    If the same version of the notebook was fetched before, only files that are missing are moved.
    If another version was, and something was made or edited in its folder, that folder is renamed.
    """
    if not run.folder.exists():
        _move(output, run)
        return Kept([])
    here = _made_here(run)
    if (run.folder / SUMS).read_bytes() != output.files[SUMS].read_bytes():
        earlier = _set_aside(run) if here else None
        _move(output, run)
        return Kept([], earlier)
    files = output.files.items()
    missing = {name: path for name, path in files if not (run.folder / name).exists()}
    if missing:
        _place(missing, run.folder, _fetched(run))
    return Kept(here)


def _move(output: Output, run: Run) -> None:
    with replacing_folder(run.folder) as folder:
        _place(output.files, folder, {})


def _place(files: Mapping[str, Path], folder: Path, earlier: Mapping[str, str]) -> None:
    """Move files into a folder, and note them as fetched, besides the `earlier` ones."""
    write_json(folder / FETCHED, {**earlier, **{name: sha256(one) for name, one in files.items()}})
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        path.replace(folder / name)


def _arranged(names: Mapping[str, Path], of_run: str) -> dict[str, Path]:
    """The files by their names in the run: its own, and then those of the notebook's other cells.

    A file of another cell gets a place in the folder BESIDE if the run has one of that name.
    """
    own, others = {}, {}
    for name, path in names.items():
        if name.startswith(of_run):
            own[name.removeprefix(of_run)] = path
        else:
            others[name] = path
    taken = {parent.as_posix() for name in own for parent in (Path(name), *Path(name).parents)}
    arranged = dict(own)
    for name, path in others.items():
        if name in own and sha256(own[name]) == sha256(path):
            continue
        inside_a_file = any(parent.as_posix() in own for parent in Path(name).parents)
        is_free = name not in taken and not inside_a_file and not name.startswith("runs/")
        arranged[name if is_free else f"{BESIDE}/{name}"] = path
    return arranged


def _made_here(run: Run) -> list[str]:
    """The files of a run that are not as they were fetched."""
    fetched, found = _fetched(run), []
    for path in sorted(run.folder.rglob("*")):
        name = path.relative_to(run.folder).as_posix()
        if name in _UNCHECKED or path.name == RECORD or not path.is_file():
            continue
        if sha256(path) != fetched.get(name):
            found.append(name)
    return found


def _fetched(run: Run) -> dict[str, str]:
    """The SHA-256 of each file of a run when it was fetched, by its name in the run."""
    with contextlib.suppress(RunError):
        return read_json(run.folder / FETCHED)
    # An older kit fetched the run: the notebook's own checksums are all that is known.
    own: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, digest in _read_sums(run.folder / SUMS).items():
        inside = name.removeprefix(f"runs/{run.folder.name}/")
        if inside != name:
            own[inside] = digest
        else:
            others |= {name: digest, f"{BESIDE}/{name}": digest}
    return others | own


def _set_aside(run: Run) -> Run:
    names = (run.folder.with_name(f"{run.folder.name}-{number}") for number in itertools.count(1))
    return Run(run.folder.rename(next(name for name in names if not name.exists())))


def _lacking(name: str) -> DataError:
    return DataError(
        f"the notebook's output has no {name}",
        hint="see the notebook's page: it may have been stopped, or it is another notebook",
    )


def _read_sums(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except RunError:
        message = f"{path.name} of the notebook's output is not what the notebook wrote"
        raise DataError(message, hint=AGAIN) from None
