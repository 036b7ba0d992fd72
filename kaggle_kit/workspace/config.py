"""config.json: the settings of a run, and what made it. Different runs are never mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kaggle_kit import system
from kaggle_kit.errors import RunError
from kaggle_kit.plugins import not_installed
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.provenance import environment
from kaggle_kit.workspace.storage import RESTORE, read_json, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kaggle_kit.workspace.paths import Run

# The format of a run's files. It grows whenever an older kit would misread them: such a kit trains
# the networks of a blend as if they were of one family.
FORMAT, OF_BLENDS = 1, 2
# Trials that differ in one of these settings cannot be compared, so they are fixed for a run.
IDENTITY = ("competition", "family", "oracle", "folds", "seed", "epochs", "patience", "data")
PACKAGES = "packages"
STARTING_POINTS = "starting_points"  # is one of them, but runs of older kits do not have it


def read_config(run: Run, keys: Sequence[str] = IDENTITY) -> dict[str, Any] | None:
    """The settings of the run, with at least `keys`; None if the run has not begun.

    Raises
    ------
    RunError
        config.json is unreadable, or was written by a newer kit. The files of a newer kit may have
        another meaning.
    """
    if not run.config.exists():
        return None
    config = read_json(run.config, *keys)
    if config.get("format", FORMAT) not in range(OF_BLENDS + 1):
        raise RunError(
            f"run {run.folder.name!r} was made by a newer kaggle-kit: its format is "
            f"{config['format']}, this one knows {OF_BLENDS}",
            hint="install that kit, or name another run with --run",
        )
    return config


def trained_on(config: dict[str, Any]) -> str:
    """The SHA-256 of the training data of a run."""
    data: dict[str, str] = config["data"]
    return data.get("train.csv") or data["train"]


def begin_run(run: Run, asked: dict[str, Any], packages: dict[str, str] | None = None) -> None:
    """Write config.json, or check that the existing run has the settings in `asked`.

    The record of what made the run (versions, revision, machine) is not changed after the start.
    `packages` is a part of it: the version of each package whose plug-ins the run uses. A `format`
    in `asked` is that of a new run, instead of FORMAT.

    Raises
    ------
    RunError
        The trials of the run cannot be compared with those of `asked`, or config.json is missing
        and this is unknown.
    """
    before = read_config(run)
    if before is None:
        if any(path.exists() for path in (run.tuner, run.folds, run.best)):
            raise RunError(f"{run.config} is missing, but files made from it exist", hint=RESTORE)
        made_by = environment() | ({PACKAGES: packages} if packages else {})
        write_json(run.config, {"format": FORMAT} | asked | made_by)
        return
    keys = (*IDENTITY, STARTING_POINTS)
    differing = [key for key in keys if before.get(key) != asked.get(key)]
    if differing:
        was = ", ".join(f"{key} {short(before.get(key))}" for key in differing)
        now = ", ".join(f"{key} {short(asked.get(key))}" for key in differing)
        raise RunError(
            f"run {run.folder.name!r} was made with {was}; this command asks for {now}",
            hint="name another run with --run; `kaggle-kit tune --restart` starts this one again",
        )
    if before != before | asked:
        write_json(run.config, before | asked)


def check_packages(run: Run, note: Callable[[str], None] = lambda _: None) -> None:
    """Raise NotInstalledError if a package whose plug-ins a run uses is not installed.

    `note` is called with a sentence if another version of it is installed.
    """
    recorded = (read_config(run, ()) or {}).get(PACKAGES)
    for package, version in recorded.items() if isinstance(recorded, dict) else ():
        from importlib import metadata

        what = f"run {run.folder.name!r}"
        try:
            found = metadata.version(package)
        except (metadata.PackageNotFoundError, ValueError):
            raise not_installed(what, package, version) from None
        if found != version:
            note(f"{what} was made with {package} {version}; {found} is installed here")


def check_arithmetic(run: Run, arithmetic: dict[str, str]) -> None:
    """Record how the networks of a run are trained, or check that it is how they were before.

    Parameters
    ----------
    arithmetic : dict of str to str
        As `networks.bfloat16_dense.arithmetic` returns it.

    Raises
    ------
    RunError
        The run was begun with another backend or dtype, or its config.json is missing.
    """
    config = read_config(run, ())
    if config is None:
        raise RunError(f"{run.config} is missing", hint=RESTORE)
    before = config.get("arithmetic")
    if not isinstance(before, dict):  # nothing is trained yet, or by a kit that did not record it
        write_json(run.config, config | {"arithmetic": arithmetic})
        return
    if before == arithmetic:
        return
    if before.get("backend") != arithmetic["backend"]:
        hint = f"set KERAS_BACKEND={before.get('backend')}, or name another run with --run"
    else:
        hint = (
            "go on where the run was begun, or train the chosen network in another run: "
            f"`kaggle-kit fit --best {system.quote(str(run.best))} --run NAME`"
        )
    raise RunError(
        f"run {run.folder.name!r} was begun by {_named(before)}; here it would be "
        f"{_named(arithmetic)}",
        hint=hint,
    )


def _named(arithmetic: dict[str, str]) -> str:
    return f"{arithmetic.get('backend')} with {arithmetic.get('products')} products"


def check_data(run: Run, data: dict[str, str]) -> None:
    """Raise RunError if the run was made from other data; `data` is the SHA-256 of each file."""
    config = read_config(run)
    if config is not None and config.get("data") != data:
        raise RunError(
            f"run {run.folder.name!r} was made from other data than the current files",
            hint="download the earlier data again, or make a new run with --run NAME",
        )
