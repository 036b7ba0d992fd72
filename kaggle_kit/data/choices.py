"""What the user chose for the data of a competition, in `choices.json` next to them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kaggle_kit.workspace import files

if TYPE_CHECKING:
    from pathlib import Path

CHOICES = "choices.json"


class Conflicts(StrEnum):
    """What happens to equal training images with different labels."""

    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True)
class Choices:
    """How the files of a competition are read.

    Attributes
    ----------
    conflicts : Conflicts
    skip_unreadable : bool
        Whether training images that cannot be read are left out.
    any_rows : bool
        Whether there may be more or fewer training images than the competition has.
    """

    conflicts: Conflicts = Conflicts.KEEP
    skip_unreadable: bool = False
    any_rows: bool = False

    @property
    def key(self) -> str:
        """A text that differs for choices that give different images; empty for the default."""
        return (
            ""
            if self == Choices(any_rows=self.any_rows)
            else json.dumps(asdict(self), sort_keys=True)
        )


def read_choices(folder: Path) -> Choices:
    """The choices for a data folder; the default if there are none."""
    try:
        content = json.loads((folder / CHOICES).read_bytes())
        return Choices(
            Conflicts(content["conflicts"]),
            bool(content["skip_unreadable"]),
            bool(content["any_rows"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Choices()


def write_choices(folder: Path, choices: Choices) -> None:
    """Write the choices into a data folder; nothing for the default."""
    if choices == Choices():
        (folder / CHOICES).unlink(missing_ok=True)
    else:
        files.write_json(folder / CHOICES, asdict(choices))
