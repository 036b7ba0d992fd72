"""Families of networks: hyperparameters come in, untrained Keras models go out.

A new family is one module that has the attributes of the protocol `Family`, and one line in
`FAMILIES`. The families:

    dense   multilayer perceptrons
    cnn     residual convolutional networks

A network of the user's own is a family, too. It has no module: `own_text` holds its source, which
travels wherever the name of a family does, and `own_network` makes it a family.

`tests/networks/test_families.py` tests all families, such as `dense`.
`tests/networks/families/test_own_network.py` tests `own_text`, too.
"""

import importlib
from typing import Any, Protocol, cast

from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import InputError
from kaggle_kit.networks.families.own_text import family_name, is_own

HyperparameterValues = dict[str, Any]


class Family(Protocol):
    """The interface of a module of this package."""

    def known_good(self, problem: Problem) -> list[dict[str, Any]]:
        """Hyperparameters to try first, given as changes to the defaults."""

    def build(self, hp: Any, problem: Problem) -> Any:
        """Build the untrained keras.Model, images to logits; calls on `hp` are the search space."""

    def space(self, problem: Problem) -> Any:
        """The search space of an own network; the families of the kit need no such function."""

    def committee(self, values: dict[str, Any], members: int) -> list[dict[str, Any]]:
        """One dict of changes to `values` per member, so that members see images differently."""


FAMILIES = {
    "dense": "kaggle_kit.networks.families.dense",
    "cnn": "kaggle_kit.networks.families.cnn",
}
OWN = "kaggle_kit.networks.families.own_network"


def check_family(name: str) -> None:
    """Raise InputError if there is no family of that name."""
    if name not in FAMILIES and not is_own(name):
        raise InputError(
            f"unknown family {family_name(name)!r}",
            hint=f"--family takes {', '.join(FAMILIES)}, or path/to/file.py:build",
        )


def get_family(name: str) -> Family:
    """The family of that name, or that an own text holds.

    Raises
    ------
    InputError
        It is unknown, or the source of an own one cannot be run.
    """
    check_family(name)
    if is_own(name):  # it imports Keras, which a check of names must not
        return cast("Family", importlib.import_module(OWN).own_family(name))
    return cast("Family", importlib.import_module(FAMILIES[name]))
