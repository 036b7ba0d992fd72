"""Check whether everything that the kit needs is there. Each check has a finding and a remedy.

for check in examine(home, competition):
    print(check.level, check.what, check.found, check.remedy)
"""

import importlib.metadata
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kaggle_kit.competition.description import Competition
from kaggle_kit.competition.registry import COMPETITIONS as KITS_COMPETITIONS
from kaggle_kit.competition.registry import described_by
from kaggle_kit.data.manifest import check_downloaded, compare, was_changed
from kaggle_kit.data.samples import letters
from kaggle_kit.errors import (
    CredentialsError,
    InputError,
    KaggleError,
    KitError,
    NetworkError,
    in_words,
)
from kaggle_kit.kaggle.credentials import exposed_file, find_credentials, hide
from kaggle_kit.kaggle.submissions import KaggleSubmissions
from kaggle_kit.networks.families import FAMILIES as KITS_FAMILIES
from kaggle_kit.networks.families import get_family
from kaggle_kit.plugins import COMPETITIONS, FAMILIES, NOUNS, Plugin, plugins
from kaggle_kit.system import cores
from kaggle_kit.training.executors.memory import available_memory
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.requirements import requirement

OK, WARNING, FAILURE = "ok", "warning", "failure"
# The oldest version is the one in scripts/kaggle-image.txt, or else in pyproject.toml, the newest
# the one in the lock. A test compares them.
TESTED = {
    "tensorflow": ("2.20", "2.21"),
    "jax": ("0.7", "0.10"),
    "keras": ("3.13", "3.15"),
    "keras-tuner": ("1.4", "1.4"),
    "numpy": ("2.0", "2.4"),
    "pandas": ("2.2", "3.1"),
    "scikit-learn": ("1.6", "1.9"),
    "kagglesdk": ("0.1", "0.1"),
}
PYTHONS = ("3.11", "3.13")
_GB = 1e9
DISK = (0.3, 2.0)  # GB: the minimum, and a comfortable amount
MEMORY = (1.0, 3.0)


@dataclass(frozen=True)
class Check:
    """The result of one check.

    `level` is "ok", "warning" or "failure"; `remedy` is "" if nothing is wrong.
    """

    what: str
    level: str
    found: str
    remedy: str = ""


def examine(
    home: Home, competition: Competition, client: KaggleSubmissions | None = None
) -> Iterator[Check]:
    """Yield the result of each check as soon as it is made; change nothing, raise nothing.

    Parameters
    ----------
    client : KaggleSubmissions, optional
        By default a client that gives up after two attempts.
    """
    client = client or KaggleSubmissions(competition, attempts=2)
    yield from _isolated("credentials", partial(_kaggle, competition, client))
    yield from _isolated("data", partial(_data, home, competition))
    yield from _isolated("python", partial(_version, "python", platform.python_version(), PYTHONS))
    for package, tested in TESTED.items():
        yield from _isolated(package, partial(_package, package, tested))
    yield from _isolated("backend", _backend)
    yield from _isolated("plug-ins", _plugins)
    yield from _isolated("disk", partial(_disk, home))
    yield from _isolated("memory", _memory)


def _isolated(what: str, examine: Callable[[], Check | Iterator[Check]]) -> Iterator[Check]:
    """The results of `examine`; if it raises an error, that error is the result."""
    try:
        found = examine()
        yield from [found] if isinstance(found, Check) else found
    except Exception as error:  # noqa: BLE001  the other checks are made all the same
        message = " ".join(f"cannot be checked: {in_words(error)}".split())
        yield Check(what, WARNING, message, "see what the message names")


def _disk(home: Home) -> Check:
    return _room("disk", shutil.disk_usage(_existing(home.folder)).free / _GB, DISK)


def _memory() -> Check:
    return _room("memory", available_memory() / _GB, MEMORY)


def _kaggle(competition: Competition, client: KaggleSubmissions) -> Iterator[Check]:
    if competition.slug == letters.SLUG:
        yield Check("credentials", OK, f"{letters.SLUG} is a sample, which needs none")
        return
    try:
        credentials = find_credentials()
    except CredentialsError as error:
        yield Check("credentials", FAILURE, str(error), error.hint)
        return
    exposed = exposed_file(credentials)
    if exposed:
        found = f"others can read {credentials.source}"
        yield Check("credentials", WARNING, found, hide(exposed))
    try:
        entered = client.has_entered()
        user = client.whoami() or "a user that Kaggle does not name"
    except KaggleError as error:
        level = WARNING if isinstance(error, NetworkError) else FAILURE
        yield Check("credentials", level, f"{credentials.source}: {error}", error.hint)
        return
    yield Check("credentials", OK, f"of {user}, from {credentials.source}")
    if entered:
        yield Check("rules", OK, f"accepted for {competition.slug}")
    else:
        remedy = f"accept them at {competition.url}/rules"
        yield Check("rules", FAILURE, f"not accepted for {competition.slug}", remedy)
        return
    yield _submissions(client)


def _submissions(client: KaggleSubmissions) -> Check:
    try:
        limits = client.limits()
    except KaggleError as error:
        return Check("submissions", WARNING, str(error), error.hint)
    if limits is None:
        return Check("submissions", OK, "none made yet")
    found = f"{limits.left} left today (UTC), {limits.made} made"
    if limits.left:
        return Check("submissions", OK, found)
    return Check("submissions", WARNING, found, "the count starts again at 00:00 UTC")


def _data(home: Home, competition: Competition) -> Check:
    folder = home.data(competition.slug)
    try:
        manifest = check_downloaded(folder, {})
    except KitError as error:
        return Check("data", WARNING, str(error), "run `kaggle-kit download`")
    lost = [name for name in manifest.files if not (folder / name).exists()]
    if lost:
        source = " --from sample" if manifest.is_sample else ""
        found = f"{folder} lacks {', '.join(lost)}"
        return Check("data", WARNING, found, f"run `kaggle-kit download{source}`")
    _, changed = compare(folder, manifest)
    if changed:
        changes = was_changed(folder, changed[0])
        return Check("data", WARNING, str(changes), changes.hint)
    return Check("data", OK, f"{folder}, from {manifest.source}")


def _package(name: str, tested: tuple[str, str]) -> Check:
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(
            name, FAILURE, "not installed", f"run `pip install {_quoted(requirement(name))}`"
        )
    return _version(name, found, tested)


def _version(name: str, found: str, tested: tuple[str, str]) -> Check:
    oldest, newest = tested
    if _numbers(oldest) <= _numbers(found) <= _numbers(newest):
        return Check(name, OK, found)
    remedy = "it may work"
    if name in TESTED:
        remedy += f"; `pip install {_quoted(f'{name}=={newest}.*')}` installs a tested version"
    return Check(name, WARNING, f"{found}, tested: {oldest} to {newest}", remedy)


def _quoted(requirement: str) -> str:
    return f'"{requirement}"'


def _numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int("".join(filter(str.isdigit, minor)) or 0)


def _backend() -> Check:
    try:
        from kaggle_kit.networks.backend import keras

        name = keras.backend.backend()
        keras.ops.convert_to_numpy(keras.ops.zeros(1))
    except Exception as error:  # noqa: BLE001  any failure is shown to the user
        found = f"Keras does not start: {type(error).__name__}: {error}"
        remedy = "run `pip install --force-reinstall keras jax`, or choose another KERAS_BACKEND"
        return Check("backend", FAILURE, found, remedy)
    count = cores()
    return Check("backend", OK, f"{name} on {count} core{'s' if count > 1 else ''}")


def _plugins() -> Iterator[Check]:
    """One result for each family and each competition of another package."""
    for group, of_the_kit in ((FAMILIES, KITS_FAMILIES), (COMPETITIONS, KITS_COMPETITIONS)):
        found = plugins(group)
        for plugin in found:
            yield _plugin(plugin, found, set(of_the_kit))


def _plugin(plugin: Plugin, every: list[Plugin], of_the_kit: set[str]) -> Check:
    name = f"{NOUNS[plugin.group]} {plugin.name} of {plugin.package} {plugin.version}".strip()
    is_family = plugin.group == FAMILIES
    try:
        _ = get_family(plugin.full_name) if is_family else described_by(plugin)
    except InputError as error:
        return Check("plug-in", WARNING, str(error), error.hint)
    remedy = f"--family {plugin.full_name} takes this one" if is_family else "uninstall one of them"
    if plugin.name in of_the_kit:
        return Check("plug-in", WARNING, f"{name}: the kit's own goes before it", remedy)
    others = [one.package for one in every if one.name == plugin.name and one != plugin]
    if others:
        return Check("plug-in", WARNING, f"{name}: {', '.join(others)} has one, too", remedy)
    return Check("plug-in", OK, name)


def _room(what: str, free: float, needed: tuple[float, float]) -> Check:
    least, comfortable = needed
    found = f"{free:.1f} GB free"
    if free >= comfortable:
        return Check(what, OK, found)
    level = WARNING if free >= least else FAILURE
    return Check(what, level, found, f"make {comfortable:g} GB available, or use another machine")


def _existing(folder: Path) -> Path:
    return next(path for path in [folder, *folder.resolve().parents] if path.exists())
