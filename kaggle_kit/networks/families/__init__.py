"""Families of networks: hyperparameters come in, untrained Keras models go out.

A new family is one module that has the attributes of the protocol `Family`, and one line in
`FAMILIES`. The families:

    dense   multilayer perceptrons
    cnn     residual convolutional networks

A family of another package is found by its entry point in the group `kaggle_kit.families`, which
names a module, or any object, with these attributes. In runs, tasks and messages it is called
`package:name`.

A network of the user's own is a family, too. It has no module: `own_text` holds its source, which
travels wherever the name of a family does, and `own_network` makes it a family.

`tests/testing/test_families.py` tests all families, such as `dense`.
`tests/networks/families/test_own_network.py` tests `own_text`, too.
"""

import importlib
from collections.abc import Iterable
from typing import Any, Protocol, cast

from kaggle_kit import plugins
from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import InputError
from kaggle_kit.networks.families.own_text import family_name, is_own

HyperparameterValues = dict[str, Any]


class Family(Protocol):
    """The interface of a family: of a module of this package, or of what a plug-in names."""

    def known_good(self, problem: Problem) -> list[dict[str, Any]]:
        """Hyperparameters to try first, given as changes to the defaults."""

    def build(self, hp: Any, problem: Problem) -> Any:
        """Build the untrained keras.Model, images to logits; calls on `hp` are the search space."""

    def space(self, problem: Problem) -> Any:
        """The search space of an own network; other families need no such function."""

    def committee(self, values: dict[str, Any], members: int) -> list[dict[str, Any]]:
        """One dict of changes to `values` per member, so that members see images differently."""


FAMILIES = {
    "dense": "kaggle_kit.networks.families.dense",
    "cnn": "kaggle_kit.networks.families.cnn",
}
NEEDED = ("known_good", "build", "committee")  # what every family has
OWN = "kaggle_kit.networks.families.own_network"
BACKEND = "kaggle_kit.networks.backend"


def check_family(name: str) -> None:
    """Raise InputError if there is no family of that name; no plug-in is imported."""
    full_name(name)


def full_name(name: str) -> str:
    """The name by which runs and tasks know a family: `package:name` if it is a plug-in.

    A family of the kit goes before a plug-in of the same name.

    Raises
    ------
    InputError
        There is no family of that name, or several packages have one.
    """
    return name if name in FAMILIES or is_own(name) else _plugin(name).full_name


def packages_of(names: Iterable[str]) -> dict[str, str]:
    """The packages of the families that are plug-ins, and their versions."""
    others = [_plugin(name) for name in names if name not in FAMILIES and not is_own(name)]
    return {plugin.package: plugin.version for plugin in others}


def get_family(name: str) -> Family:
    """The family of that name, or that an own text holds.

    Raises
    ------
    InputError
        It is unknown, its package is not installed, or its source cannot be run.
    """
    if is_own(name):  # it imports Keras, which a check of names must not
        return cast("Family", importlib.import_module(OWN).own_family(name))
    if name in FAMILIES:
        return cast("Family", importlib.import_module(FAMILIES[name]))
    plugin = _plugin(name)
    importlib.import_module(BACKEND)  # before the plug-in imports Keras
    family = plugin.load()
    lacking = [one for one in NEEDED if not callable(getattr(family, one, None))]
    if lacking:
        raise InputError(
            f"{plugin} has no function {' and no '.join(lacking)}",
            hint=f"{plugin.value} needs {', '.join(NEEDED)}; CONTRIBUTING.md has an example",
        )
    return cast("Family", family)


def _plugin(name: str) -> plugins.Plugin:
    plugin = plugins.find_plugin(plugins.FAMILIES, name)
    if plugin is None:
        known = [*FAMILIES, *(one.full_name for one in plugins.plugins(plugins.FAMILIES))]
        raise InputError(
            f"unknown family {family_name(name)!r}",
            hint=f"--family takes {', '.join(known)}, or path/to/file.py:build",
        )
    return plugin
