"""Finds the families and competitions of other packages, by the entry points of these packages.

Only metadata are read here. A plug-in is imported when its name is asked for, so one that is broken
harms no other command.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kaggle_kit.errors import InputError, NotInstalledError, in_words

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

FAMILIES, COMPETITIONS = "kaggle_kit.families", "kaggle_kit.competitions"  # groups of entry points
NOUNS = {FAMILIES: "family", COMPETITIONS: "competition"}
BETWEEN = ":"  # between a package and a name in it


@dataclass(frozen=True)
class Plugin:
    """A family or a competition of another package.

    Attributes
    ----------
    group : str
        FAMILIES or COMPETITIONS.
    name : str
    package : str
        The package, as pip knows it, in lower case with hyphens.
    version : str
        The version that is installed.
    value : str
        `module`, or `module:attribute`.
    """

    group: str
    name: str
    package: str
    version: str
    value: str

    @property
    def full_name(self) -> str:
        """The name that no other package has, such as `my-package:linear`."""
        return f"{self.package}{BETWEEN}{self.name}"

    def __str__(self) -> str:
        return f"the {NOUNS[self.group]} {self.name} of the package {self.package}"

    def load(self) -> Any:
        """Import what the entry point names.

        Raises
        ------
        InputError
            The import raises an error; its text is in the message.
        """
        module, _, attributes = self.value.replace(" ", "").partition(":")
        try:
            found: Any = importlib.import_module(module)
            for attribute in filter(None, attributes.split(".")):
                found = getattr(found, attribute)
        except (Exception, SystemExit) as error:
            what = f"{type(error).__name__}: {in_words(error)}"
            raise InputError(
                f"{self} cannot be imported: {what[:300]}",
                f"install {self.package} again, or another version; `kaggle-kit doctor` tests it",
            ) from error
        return found


def plugins(group: str) -> list[Plugin]:
    """The plug-ins of a group in all packages that are installed, by name."""
    from importlib.metadata import entry_points

    found = {plugin for entry in entry_points(group=group) for plugin in _plugin_of(entry)}
    return sorted(found, key=lambda one: (one.name, one.package))


def find_plugin(group: str, name: str) -> Plugin | None:
    """The plug-in of a name or of a full name; None if no package has a plug-in of that name.

    Raises
    ------
    NotInstalledError
        The package in a full name is not installed, or has no such plug-in.
    InputError
        Several packages have a plug-in of that name.
    """
    package, between, own_name = name.rpartition(BETWEEN)
    if between:
        return _of_package(group, package, own_name)
    found = [one for one in plugins(group) if one.name == name]
    if len(found) > 1:
        raise InputError(
            f"the {NOUNS[group]} {name} is in {len(found)} packages: "
            f"{' and '.join(one.package for one in found)}",
            _which_of(group, found),
        )
    return found[0] if found else None


def not_installed(what: str, package: str, version: str = "") -> NotInstalledError:
    """The error that `what` needs a package; `version` is that which it was made with."""
    wanted = f'"{package}=={version}"' if version else package
    which = f"{package} {version}".strip()
    return NotInstalledError(
        f"{what} needs the package {which}, not installed here",
        f"run `pip install {wanted}`, or install it from where you have it",
    )


def _of_package(group: str, package: str, name: str) -> Plugin:
    from importlib.metadata import PackageNotFoundError, distribution

    what = f"the {NOUNS[group]} {name}"
    try:
        found = distribution(package)
    except (PackageNotFoundError, ValueError):  # ValueError: the name is empty
        raise not_installed(what, package) from None
    for one in found.entry_points.select(group=group, name=name):
        return _plugin(one, found)
    raise NotInstalledError(
        f"the package {package} {found.version} has no {NOUNS[group]} {name}",
        f"install the version of {package} that has it",
    )


def _which_of(group: str, found: list[Plugin]) -> str:
    if group == FAMILIES:
        return " or ".join(f"--family {one.full_name}" for one in found)
    return "uninstall one of them, or write a description of your own with `kaggle-kit init`"


def _plugin_of(entry: EntryPoint) -> list[Plugin]:
    """The plug-in of an entry point; none if the metadata of its package are damaged."""
    try:
        return [_plugin(entry, entry.dist)] if entry.dist and entry.dist.name else []
    except (OSError, TypeError, ValueError):  # as the package importlib-metadata raises, if loaded
        return []


def _plugin(entry: EntryPoint, package: Distribution) -> Plugin:
    name = re.sub(r"[-_.]+", "-", package.name).lower()
    return Plugin(entry.group, entry.name, name, package.version, entry.value)
