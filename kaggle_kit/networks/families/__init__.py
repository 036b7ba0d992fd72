"""Families of networks: hyperparameters come in, untrained Keras models go out.

A new family is one module that has the attributes of the protocol `Family`, and one line in
`FAMILIES`. The families:

    dense   multilayer perceptrons

`tests/networks/test_families.py` tests all families.
"""

import importlib
from typing import Any, Protocol, cast

from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import InputError

HyperparameterValues = dict[str, Any]


class Family(Protocol):
    """The interface of a module of this package."""

    def known_good(self, problem: Problem) -> list[dict[str, Any]]:
        """Hyperparameters to try first, given as changes to the defaults."""

    def build(self, hp: Any, problem: Problem) -> Any:
        """Build the untrained keras.Model, images to logits; calls on `hp` are the search space."""

    def committee(self, values: dict[str, Any], members: int) -> list[dict[str, Any]]:
        """One dict of changes to `values` per member, so that members see images differently."""


FAMILIES = {"dense": "kaggle_kit.networks.families.dense"}


def check_family(name: str) -> None:
    """Raise InputError if there is no family of that name."""
    if name not in FAMILIES:
        raise InputError(f"unknown family {name!r}", hint=f"--family takes {', '.join(FAMILIES)}")


def get_family(name: str) -> Family:
    """The family of that name; InputError if unknown."""
    check_family(name)
    return cast("Family", importlib.import_module(FAMILIES[name]))
