"""Make a blend, which is a run, from the files of other runs. Nothing is predicted again."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from kaggle_kit.ensemble.blending import find_weights, held_out_weights
from kaggle_kit.ensemble.shares import held_out_mean_of, shares_of
from kaggle_kit.ensemble.views import Views
from kaggle_kit.training.folds import save_folds
from kaggle_kit.workspace.best import BLEND, Best, Part
from kaggle_kit.workspace.config import IDENTITY, OF_BLENDS, PACKAGES, trained_on
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.fit_status import fingerprint
from kaggle_kit.workspace.provenance import environment
from kaggle_kit.workspace.storage import HISTORY, read_arrays, read_table, write_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kaggle_kit.workspace.paths import Run

# What is kept of the config.json of each run.
KEPT = ("preset", "command", "created", "revision", "versions", "machine", "arithmetic")


class Source(NamedTuple):
    """A run to blend: its files, its config.json, best.json and oof.npz."""

    run: Run
    config: dict[str, Any]
    best: Best
    oof: dict[str, NDArray[Any]]

    @property
    def name(self) -> str:
        return self.run.folder.name


def best_of(sources: Sequence[Source]) -> Best:
    """The best.json of the blend of runs with the same folds: their networks and weights."""
    logits = [one.oof["logits"] for one in sources]
    labels, folds = sources[0].oof["labels"], sources[0].oof["fold"]
    bests = [one.best for one in sources]
    weights = find_weights(logits, labels).tolist()
    held_out = held_out_weights(logits, labels, folds).T.tolist()
    each = zip(sources, weights, held_out, strict=True)
    return dataclasses.replace(
        bests[0],
        family=BLEND,
        hyperparameters={},
        members=[best.values_of(number) for best in bests for number in range(len(best.members))],
        epochs=max(best.epochs for best in bests),
        plan=_shared([best.plan for best in bests], IDENTITY) | {"family": BLEND},
        trial="",
        status=None,
        cv=None,
        blend=[
            Part(one.name, weight, of_folds, Views.read(one.run).mirror, one.best)
            for one, weight, of_folds in each
        ],
    )


def write_blend(run: Run, best: Best, sources: Sequence[Source]) -> None:
    """Write all files of the blend, as `fit` leaves them, into a folder that is new.

    Raises
    ------
    RunError
        A file of one of the runs is missing or damaged.
    """
    folds = sources[0].oof["fold"]
    config = _config(sources)
    write_json(run.config, config)
    save_folds(run.folds, folds)
    best.write(run.best)
    histories = [_copy_networks(one.run, run, best, number) for number, one in enumerate(sources)]
    pd.concat(histories).to_csv(run.history, index=False)
    for one in sources:
        if one.run.familiar.exists() and not run.familiar.exists():
            shutil.copyfile(one.run.familiar, run.familiar)
    tests = [read_arrays(one.run.test, "logits")["logits"] for one in sources]
    weights = np.array([part.weight for part in best.blend], np.float32)
    write_arrays(run.test, logits=np.tensordot(weights, np.array(tests), axes=1))
    members = np.concatenate([one.oof["members"] for one in sources])
    write_arrays(
        run.oof,
        logits=held_out_mean_of(members, folds, shares_of(run)),
        members=members,
        labels=sources[0].oof["labels"],
        fold=folds,
    )
    write_json(run.made_from, fingerprint(run, trained_on(config)))


def _copy_networks(source: Run, run: Run, best: Best, number: int) -> pd.DataFrame:
    """Copy the networks of run `number` behind those of the runs before; return their history."""
    first = sum(len(part.best.members) for part in best.blend[:number])
    history = read_table(source.history, numbers=HISTORY)
    history["member"] += first
    for fold, member in best.blend[number].best.networks:
        there = run.network_history(fold, first + member)
        there.parent.mkdir(exist_ok=True)
        own = (history["fold"] == fold) & (history["member"] == first + member)
        history[own].to_csv(there, index=False)
        shutil.copyfile(source.weights(fold, member), run.weights(fold, first + member))
    return history


def _config(sources: Sequence[Source]) -> dict[str, Any]:
    """The config.json of the blend."""
    configs = [one.config for one in sources]
    kept = {
        one.name: {name: one.config[name] for name in KEPT if name in one.config} for one in sources
    }
    packages = {name: version for one in configs for name, version in one.get(PACKAGES, {}).items()}
    known = _shared(configs, ("choices", "found", "arithmetic"))
    return (
        {"format": OF_BLENDS}
        | _shared(configs, IDENTITY)
        | {name: value for name, value in known.items() if value is not None}
        | {"competition": sources[0].best.competition, "family": BLEND, "preset": None}
        | environment()
        | ({PACKAGES: packages} if packages else {})
        | {"runs": kept}
    )


def _shared(every: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """The values that are the same everywhere, and None for the others."""
    first = {name: every[0].get(name) for name in names}
    return {
        name: value if all(one.get(name) == value for one in every) else None
        for name, value in first.items()
    }
