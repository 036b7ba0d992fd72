"""Runs as files: their sizes, their removal, and a zip to send one to somebody else."""

from __future__ import annotations

import os
import shutil
import zipfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.api.runs import existing
from kaggle_kit.errors import InputError, RunError
from kaggle_kit.workspace.files import replacing, scratch_folder
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.paths import Home, Run
from kaggle_kit.workspace.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What `bundle` and `export` make again from the networks.
MADE_AGAIN = ("bundle", "bundle.zip", "export")
NEEDED = ("preset", "family", "data")  # the keys that tell a run's config.json from another


class Sized(NamedTuple):
    """A run or its zip, and its size in bytes."""

    name: str
    path: Path
    size: int


def size_of(run: Run) -> int:
    """The bytes of all files of a run; links are not followed."""
    found = 0
    for place, _, names in os.walk(run.folder):
        for name in names:
            try:
                found += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118  it is faster
            except OSError:  # it was removed meanwhile
                continue
    return found


def removable(home: Home, names: Sequence[str]) -> list[Sized]:
    """The runs that `remove` would remove, with their sizes.

    Raises
    ------
    RunError
        One of them does not exist, or is no run.
    """
    found = []
    for name in dict.fromkeys(names):
        run = existing(home, name)
        if run.folder.is_symlink():
            raise RunError(
                f"{run.folder} is a link to {run.folder.resolve()}", "remove the link by hand"
            )
        if not (run.config.exists() or run.folds.exists()):
            raise RunError(f"{run.folder} is not a run: it has no config.json", "remove it by hand")
        found.append(Sized(name, run.folder, size_of(run)))
    return found


def remove(home: Home, names: Sequence[str], *, reporter: Reporter = SILENCE) -> list[Sized]:
    """Remove runs with everything in their folders; return what was freed.

    Nothing is removed if one of them cannot be.

    Raises
    ------
    RunError
        One of them does not exist, is no run, or another process is writing it.
    """
    found = removable(home, names)
    with ExitStack() as locks:
        for run in found:
            locks.enter_context(writing(run.path, reporter.note))
        for run in found:
            Run(run.path).discard()  # config.json last: half a run is not mistaken for a run
            shutil.rmtree(run.path)
    return found


def pack(
    home: Home, name: str, path: Path, *, force: bool = False, reporter: Reporter = SILENCE
) -> Sized:
    """Write a run into a zip; hidden files and what the kit can make again are left out.

    Raises
    ------
    InputError
        There is a file at `path`, and `force` is not given.
    RunError
        The run does not exist, is damaged, or another process is writing it.
    """
    run = existing(home, name)
    read_json(run.config, *NEEDED)
    if path.is_dir() or (path.exists() and not force):
        raise InputError(f"{path} exists, and is kept", "give another --out, or --force")
    with writing(run.folder, reporter.note), replacing(path) as temporary, _new_zip(temporary) as z:
        for file in _packed(run):
            z.write(file, f"{name}/{file.relative_to(run.folder).as_posix()}")
    return Sized(name, path, path.stat().st_size)


def unpack(
    home: Home, path: Path, name: str | None = None, *, reporter: Reporter = SILENCE
) -> Sized:
    """Make a run from a zip of `pack`; `name` is by default the one that it had.

    Nothing outside the new run is written, whatever the zip calls its files.

    Raises
    ------
    InputError
        The file is no archive, is damaged, or does not hold one run.
    RunError
        There is a run of that name.
    """
    from kaggle_kit.data.archives.members import check_size, check_space, shown
    from kaggle_kit.data.archives.opening import open_archive

    hint = "give a zip that `kaggle-kit runs pack NAME` made"
    with ExitStack() as stack:
        try:
            archive = open_archive(path, str(path), stack)
        except InputError as error:
            error.hint = hint
            raise
        tops = {member.parts[0] for member in archive.listing.members}
        inside = {member.parts[1:]: member for member in archive.listing.members}
        if len(tops) != 1 or ("config.json",) not in inside:
            raise InputError(f"{path} does not hold a run: no config.json in one folder", hint)
        if archive.listing.refused:
            refused = shown(archive.listing.refused[0])
            raise InputError(f"{path} has a link, or a path that leads out of it: {refused}", hint)
        run = home.run(name or tops.pop())
        home.runs.mkdir(parents=True, exist_ok=True)
        scratch = stack.enter_context(scratch_folder(home.runs, "unpacking"))
        jobs = [(member, scratch.joinpath("run", *parts)) for parts, member in inside.items()]
        check_space(home.runs, check_size(str(path), jobs, archive.size))
        for _, target in jobs:
            target.parent.mkdir(parents=True, exist_ok=True)
        archive.copy(jobs, lambda _: None)
        try:
            read_json(scratch / "run" / "config.json", *NEEDED)
        except RunError as error:
            found = str(error).partition("config.json ")[2]
            raise InputError(f"{path} does not hold a run: its config.json {found}", hint) from None
        with writing(run.folder, reporter.note):
            if os.path.lexists(run.folder):
                raise RunError(
                    f"there is a run {run.folder.name!r} in {home.runs}, and it is kept",
                    f"add --as {run.folder.name}-2",
                )
            (scratch / "run").rename(run.folder)
    return Sized(run.folder.name, run.folder, size_of(run))


def _new_zip(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)


def _packed(run: Run) -> list[Path]:
    found = []
    for file in sorted(run.folder.rglob("*")):
        parts = file.relative_to(run.folder).parts
        is_hidden = any(part[0] == "." or part == "__pycache__" for part in parts)
        is_wanted = not is_hidden and parts[0] not in MADE_AGAIN
        if is_wanted and file.is_file() and not file.is_symlink():
            found.append(file)
    return found
