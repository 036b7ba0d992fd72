"""Families of networks. A new one is one module with a `build` and one line here."""

from collections.abc import Callable
from typing import Any

from kaggle_kit.competition import Competition
from kaggle_kit.errors import InputError
from kaggle_kit.models import dense

Build = Callable[[Any, Competition], Any]

FAMILIES: dict[str, Build] = {"dense": dense.build}


def get_family(name: str) -> Build:
    """The function `build(hp, competition) -> keras.Model` of a family; InputError if unknown."""
    try:
        return FAMILIES[name]
    except KeyError:
        raise InputError(f"unknown family {name!r}; known: {', '.join(FAMILIES)}") from None
