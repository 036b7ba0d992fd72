"""Families of networks. A new one is one module that is a `Family`, and one line here."""

import importlib
from typing import Any, Protocol, cast

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import InputError

HyperparameterValues = dict[str, Any]


class Family(Protocol):
    """What a module of this package offers."""

    KNOWN_GOOD: list[dict[str, Any]]
    """Hyperparameters to try first, as changes of the defaults."""

    def build(self, hp: Any, competition: Competition) -> Any:
        """The untrained keras.Model, images to logits; the calls on `hp` are the search space."""

    def committee(self, values: dict[str, Any], members: int) -> list[dict[str, Any]]:
        """Changes of the hyperparameters `values` that make networks see digits differently."""


FAMILIES = {"dense": "kaggle_kit.networks.families.dense"}


def check_family(name: str) -> None:
    """Raise InputError if there is no family of that name."""
    if name not in FAMILIES:
        raise InputError(f"unknown family {name!r}", hint=f"known are {', '.join(FAMILIES)}")


def get_family(name: str) -> Family:
    """The family of that name; InputError if unknown."""
    check_family(name)
    return cast("Family", importlib.import_module(FAMILIES[name]))
