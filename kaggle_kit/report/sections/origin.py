"""The section on how to reproduce the run: commands, settings, versions, machine, times."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kaggle_kit.networks.families.own_text import family_name, is_own
from kaggle_kit.report.components import Section, details, heading, table, text
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.words import completed
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.paths import Home

ASKED = (
    "family",
    "oracle",
    "trials",
    "folds",
    "epochs",
    "fit_epochs",
    "members",
    "time_budget",
    "fit_budget",
    "seed",
)
DEFAULT_BACKEND = "jax"
UNKNOWN = "unknown: the run was started by an older version of the kit"


def origin_section(data: ReportData) -> Section:
    config, best = data.config, data.best
    return Section(
        "origin",
        "How to reproduce the run",
        [
            text(
                "The same revision of the kit, with the same versions, data and seed, makes the"
                " same folds, search and networks on the same machine. A time budget may end the"
                " search at a different point if the machine is slower or busier. On another"
                " machine, numbers may also differ in their last digits.",
            ),
            table("Origin of the run", (), _facts(config, data)),
            heading("The networks of each run" if best.blend else "The chosen network"),
            table("Hyperparameters", (), _hyperparameters(best)),
            details("config.json", json.dumps(config, indent=2)),
            details("best.json", json.dumps(best.to_dict(), indent=2)),
        ],
    )


def _facts(config: dict[str, Any], data: ReportData) -> Iterator[tuple[str, str]]:
    machine, versions = config.get("machine", {}), config.get("versions", {})
    versions = versions | config.get("packages", {})
    yield "command that started the run", str(config.get("command", UNKNOWN))
    yield "command to reproduce it", _command(data)
    yield "seed", str(config.get("seed", ""))
    yield "started", str(config.get("created", ""))
    yield "code revision", str(config.get("revision", ""))
    yield "versions", ", ".join(f"{name} {version}" for name, version in versions.items())
    yield "machine", _machine(machine)
    yield "arithmetic", _arithmetic(config.get("arithmetic"))
    for name, made in config.get("runs", {}).items():  # of a blend
        yield f"command that started run {name}", str(made.get("command", UNKNOWN))
    for name, sha256 in config.get("data", {}).items():
        yield f"SHA-256 of {name}", str(sha256)
    if not isinstance(data.trials, Missing) and "seconds" in data.trials:
        yield "seconds of search", f"{data.trials['seconds'].sum():,.0f}"
    if "seconds" in data.history:
        keys = [key for key in ("fold", "member") if key in data.history]
        seconds = data.history.groupby(keys)["seconds"].max()
        yield (
            "seconds of training the ensemble",
            f"{seconds.sum():,.0f}, sum over {len(seconds)} networks",
        )


def _command(data: ReportData) -> str:
    """The command that reproduces the run, with all its settings."""
    config, options = data.config, data.options
    arithmetic = config.get("arithmetic")
    backend = arithmetic.get("backend") if isinstance(arithmetic, dict) else None
    setting = f"KERAS_BACKEND={backend} " if backend not in {None, DEFAULT_BACKEND} else ""
    if isinstance(data.trials, Missing):  # the best.json of a blend has its weights, too
        best = Home(Path(options.get("--home", ""))).run(data.run).best
        fit = f"kaggle-kit fit --best {shlex.quote(str(best))} --run NAME"
        return setting + completed(fit, options)
    if config.get("done") or config.get("starting_points") or is_own(str(config.get("family"))):
        plan = Home(Path(options.get("--home", ""))).run(data.run).plan
        tune = f"kaggle-kit tune --plan {shlex.quote(str(plan))} --run NAME"
        fit = completed("kaggle-kit fit --run NAME", options)
        return f"{setting}{completed(tune, options)} && {setting}{fit}"
    asked = ((name, config[name]) for name in ASKED if name in config)
    settings = (
        f"--{name.replace('_', '-')} {value:g}"
        if isinstance(value, float)
        else f"--{name.replace('_', '-')} {value}"
        for name, value in asked
    )
    preset = f"--preset {config['preset']} " if config.get("preset") else ""
    tune = completed(f"kaggle-kit tune {preset}{' '.join(settings)} --run NAME", options)
    return f"{setting}{tune} && {setting}{completed('kaggle-kit fit --run NAME', options)}"


def _parts(best: Best) -> Iterator[tuple[str, str]]:
    for part in best.blend:
        own = {"family": family_name(part.best.family)} | part.best.hyperparameters
        listed = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in own.items())
        yield f"run {part.run}", f"{listed}, epochs {part.best.epochs}"


def _machine(machine: dict[str, Any]) -> str:
    kind = machine.get("model") or machine.get("processor", "an unknown type")
    memory = f", {machine['memory_gib']} GiB of memory" if "memory_gib" in machine else ""
    return f"{machine.get('cores', '?')} cores of {kind}{memory}"


def _arithmetic(arithmetic: dict[str, str] | None) -> str:
    if not isinstance(arithmetic, dict) or not {"backend", "products"} <= arithmetic.keys():
        return UNKNOWN
    return f"{arithmetic['backend']}, with {arithmetic['products']} products in training"


def _hyperparameters(best: Best) -> Iterator[tuple[str, str]]:
    if best.blend:
        yield from _parts(best)
        return
    yield "family", family_name(best.family)
    for name, value in best.hyperparameters.items():
        yield name.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value)
    yield "epochs", str(best.epochs)
    for number, changes in enumerate(best.members):
        listed = ", ".join(f"{name} {value}" for name, value in changes.items())
        yield f"member {number} of each fold", listed or "as above"
