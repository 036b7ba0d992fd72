"""The section on the ensemble: the gain of several networks per fold over one network."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from kaggle_kit.evaluation.diversity import disagreements, learning_curve, network_accuracies
from kaggle_kit.evaluation.metrics import Labels, Logits, accuracy
from kaggle_kit.report.components import (
    WIDTH,
    Picture,
    Section,
    heading,
    missing,
    percent,
    table,
    text,
)
from kaggle_kit.report.contents import Missing, OutOfFold, ReportData
from kaggle_kit.report.figures import BLUE, GREY, ORANGE, make_axes


def ensemble_section(data: ReportData) -> Section:
    oof = data.oof
    members, folds = len(data.best.members), len(oof.fold_names)
    intro = text(
        f"The submission uses the mean of the logits of {members * folds} networks: {members} for"
        f" each of {folds} folds. A training image can only be judged honestly by the networks of"
        " the fold that held it out, because all others trained on it. The gain of averaging over"
        " folds can therefore not be measured here. The accuracy of the submission is likely a"
        " little higher than the out-of-fold accuracy.",
    )
    if isinstance(oof.members, Missing):
        parts: list[str | Picture] = [missing(oof.members.why)]
    elif members == 1:
        parts = [_lone(oof, oof.members)]
    else:
        parts = _committees(oof, oof.members)
    return Section("ensemble", "The ensemble", [intro, *parts])


def _lone(oof: OutOfFold, members: Logits) -> str:
    alone = network_accuracies(members, oof.labels, oof.folds)[0]
    shares = zip(oof.fold_names, alone, strict=True)
    listed = ", ".join(f"fold {fold}: {percent(share)}" for fold, share in shares)
    return text(
        "This run has one network per fold. So there is no committee to compare it with, no"
        " disagreement within a committee, and no learning curve over its size. The accuracy of"
        f" each network on its held-out fold is: {listed}. To make a run with committees, run"
        " `kaggle-kit tune --members 3 --run NAME`, then `kaggle-kit fit --run NAME`.",
    )


def _committees(oof: OutOfFold, members: Logits) -> list[str | Picture]:
    labels = oof.labels
    alone = network_accuracies(members, labels, oof.folds)
    held_out = [oof.folds == fold for fold in oof.fold_names]
    together = np.array([accuracy(oof.logits[rows], labels[rows]) for rows in held_out])
    curve = learning_curve(members, labels)
    single, whole = float(curve[0].mean()), float(curve[-1].mean())
    fewer = (whole - single) / max(1 - single, 1e-9)
    return [
        text(
            f"One network alone reads {percent(single)} of the images of its held-out fold"
            f" correctly. The committee of the {len(members)} networks of a fold reads"
            f" {percent(whole)} correctly, that is {percent(abs(fewer), 0)}"
            f" {'fewer' if fewer >= 0 else 'more'} mistakes.",
        ),
        Picture(
            "ensemble_gain",
            gain_figure(alone, together, oof.fold_names),
            f"Accuracy of each network and of the committee of its fold on the held-out fold. The "
            f"mean is {percent(single)} alone and {percent(whole)} together.",
        ),
        Picture(
            "ensemble_size",
            curve_figure(curve),
            "Accuracy by the number of networks per fold: "
            + ", ".join(f"{size}: {percent(a.mean())}" for size, a in enumerate(curve, 1))
            + ".",
        ),
        heading("Do the members differ?"),
        _disagreements(members, labels),
    ]


def gain_figure(
    alone: NDArray[np.float64], together: NDArray[np.float64], names: list[int]
) -> Figure:
    """Draw the accuracies of the networks, (members, folds), and of their committees, (folds,)."""
    figure, axes = make_axes((WIDTH, 3.2))
    places = np.arange(len(names))
    for number, accuracies in enumerate(alone):
        label = "one network" if number == 0 else None
        axes.plot(places, 100 * accuracies, "o", color=BLUE, alpha=0.7, label=label)
    axes.plot(places, 100 * together, "D", color=ORANGE, markersize=8, label="their committee")
    axes.set_xticks(places, [str(name) for name in names])
    axes.set(xlabel="held-out fold", ylabel="accuracy (%)")
    better = int((together > alone.mean(axis=0)).sum())
    title = f"In {better} of {len(names)} folds the committee beats the mean of its networks"
    axes.set_title(title, fontsize=10)
    _finish(axes)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def curve_figure(curve: list[NDArray[np.float64]]) -> Figure:
    """Accuracy over all folds by committee size: each choice of members, and the mean over them."""
    figure, axes = make_axes((WIDTH, 3.2))
    sizes = range(1, len(curve) + 1)
    for size, accuracies in zip(sizes, curve, strict=True):
        axes.plot([size] * len(accuracies), 100 * accuracies, "o", color=GREY, markersize=4)
    means = [100 * accuracies.mean() for accuracies in curve]
    axes.plot(sizes, means, color=BLUE, marker="D", linewidth=2)
    axes.set(xlabel="networks per fold", ylabel="accuracy (%)")
    axes.set_title(
        f"From {means[0]:.2f}% with one network per fold to {means[-1]:.2f}% with {len(curve)}\n"
        "blue: mean; grey: each choice of members",
        fontsize=10,
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(axes)
    return figure


def _finish(axes: Any) -> None:
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _disagreements(members: Logits, labels: Labels) -> str:
    shares = disagreements(members)
    rows = (
        (
            f"member {number}",
            percent(accuracy(members[number], labels)),
            *(percent(share) if other != number else "" for other, share in enumerate(row)),
        )
        for number, row in enumerate(shares)
    )
    header = ("", "accuracy alone", *(f"differs from member {n}" for n in range(len(members))))
    return table("Share of images on which two members differ, out of fold", header, rows)
