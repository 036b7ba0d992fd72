"""What a model card says of the networks: their family and hyperparameters; of a blend, by run."""

from typing import Any

from kaggle_kit.networks.families.own_text import family_name
from kaggle_kit.report.card import text as texts
from kaggle_kit.workspace.best import Best


def made_of(best: Best) -> str:
    """What networks they are, as the beginning of a list."""
    if best.blend:
        return texts.BLENDED.substitute(runs=len(best.blend))
    return f"The networks are of the family `{family_name(best.family)}`, with:"


def listed(best: Best) -> str:
    """The items of this list: the hyperparameters, or the runs of a blend."""
    if not best.blend:
        return "\n".join(f"- {name}: {value}" for name, value in _values(best).items())
    lines = []
    for part in best.blend:
        told = {"family": family_name(part.best.family)} | _values(part.best)
        values = ", ".join(f"{name} {value}" for name, value in told.items())
        lines.append(f"- run {part.run}, weight {part.weight:.3f}: {values}")
    return "\n".join(lines)


def is_distorted(best: Best) -> bool:
    """Whether a network was trained on distorted images."""
    return any(best.values_of(number).get("distortion") for number in range(len(best.members)))


def _values(best: Best) -> dict[str, Any]:
    """The hyperparameters, with all values of those in which members differ."""
    members = best.members
    own = {key: ", ".join(dict.fromkeys(str(m[key]) for m in members)) for key in members[0]}
    return best.hyperparameters | own
