"""`kaggle-kit init`: writes a description, and says where each of its fields comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.init import Target, init
from kaggle_kit.cli import console
from kaggle_kit.cli.hints import pasteable
from kaggle_kit.data.inspection.findings import Given
from kaggle_kit.workspace.paths import Home

if TYPE_CHECKING:
    from argparse import Namespace

HEADER = ("field", "value", "from", "how sure", "why")
LONGEST = 34


def run(options: Namespace) -> None:
    given = Given(**{name: getattr(options, name) or "" for name in Given.__dataclass_fields__})
    source = Path(options.source) if options.source else None
    target = Target(Home(options.home), options.out, options.force)
    found = init(options.slug, given, target, source, reporter=console)
    rows = [(f.key, _shown(f.value), str(f.origin), str(f.sure), f.why) for f in found.facts]
    console.table(HEADER, rows)
    for note in found.notes:
        console.note(note)
    console.result(f"{found.path} is written; if a line of it is wrong, correct it there")
    for command in found.commands:
        console.result(f"next: {pasteable(f'`{command}`').strip('`')}")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
