"""plan.json: all that decides a search, so that it can be repeated exactly.

It is written before the first trial. When the search is over, `done` says what the clock decided:
with it, a repetition needs no clock.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaggle_kit.errors import InputError, RunError, in_words
from kaggle_kit.search.presets import OPTIONAL, Done, SearchPlan
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
EXPECTED = "a plan is the plan.json that `tune` writes into a run"


def write_plan(path: Path, plan: SearchPlan, done: Done) -> None:
    """Write what decides a search; a plan that repeats another one is as that one."""
    write_json(path, {"format": FORMAT} | dataclasses.asdict(plan) | {"done": vars(done)})


def begin_plan(path: Path, plan: SearchPlan, workers: int) -> Done:
    """Write plan.json before the first trial; return how folds are trained and judged.

    It is as in an earlier session, or as in a search that is repeated.
    """
    from kaggle_kit.search.running_trial import rungs  # it takes a second to import

    done = plan.done
    if done is None and path.exists():
        with contextlib.suppress(RunError, TypeError):  # damaged: it is written again
            done = Done(**read_json(path, "done")["done"])
    if done is None:
        done = Done(min(workers, plan.folds), [rung.total for rung in rungs(plan.epochs)])
    write_plan(path, plan, done)
    return done


def changes_of_plan(plan: str | os.PathLike[str] | Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a SearchPlan that repeats a search.

    Parameters
    ----------
    plan : path or mapping
        A plan.json, or its contents.

    Raises
    ------
    InputError
        It is no plan, or one of a newer kit.
    """
    where = "the plan" if not isinstance(plan, str | os.PathLike) else str(plan)
    try:
        content = read_json(Path(plan), "done") if isinstance(plan, str | os.PathLike) else plan
    except RunError as error:
        raise InputError(str(error), hint=EXPECTED) from None
    names = {field.name for field in dataclasses.fields(SearchPlan)}
    try:
        if content["format"] != FORMAT:
            raise InputError(
                f"{where} has the format {content['format']!r}, this kit knows {FORMAT}",
                hint="use the kit that wrote it",
            )
        done = Done(**content["done"])
        changes = {name: content[name] for name in names - {*OPTIONAL}} | {"done": done}
        changes["starting_points"] = content.get("starting_points")
        SearchPlan(**changes)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{where} is no plan: {in_words(error)}", hint=EXPECTED) from None
    return changes
