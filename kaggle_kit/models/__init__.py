"""Families of networks. A new one is one module with a `build` and one line here."""

import importlib
from collections.abc import Callable
from typing import Any

from kaggle_kit.competition import Competition
from kaggle_kit.errors import InputError

Build = Callable[[Any, Competition], Any]

FAMILIES = {"dense": "kaggle_kit.models.dense"}


def check_family(name: str) -> None:
    """Raise InputError if there is no family of that name."""
    if name not in FAMILIES:
        raise InputError(f"unknown family {name!r}", hint=f"known are {', '.join(FAMILIES)}")


def get_family(name: str) -> Build:
    """The function `build(hp, competition) -> keras.Model` of a family; InputError if unknown."""
    check_family(name)
    build: Build = importlib.import_module(FAMILIES[name]).build
    return build
