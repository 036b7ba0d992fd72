"""The section on the ensemble: what several networks a fold gain over one."""

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


def ensemble_part(data: ReportData) -> Section:
    oof = data.oof
    members, folds = len(data.best.members), len(oof.fold_names)
    intro = text(
        f"What is submitted is the mean of the logits of {members * folds} networks: {members} for"
        f" each of {folds} folds. An image of the training set can only be judged honestly by the"
        " networks of its own fold, as all others trained on it, so the gain of averaging over"
        " folds cannot be measured here: the accuracy of the submission is likely a little higher"
        " than the one out of fold.",
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
        "This run has one network a fold, so there is no committee to compare it with, no"
        " disagreement within one, and no learning curve over its size. Alone, on its own held-out"
        f" fold, each network reaches: {listed}. `kaggle-kit tune --members 3 --run NAME`, then"
        " `fit`, makes a run that has committees.",
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
            f"One network alone reads {percent(single)} of the images of its held-out fold rightly,"
            f" its fold's committee of {len(members)} {percent(whole)}:"
            f" {percent(abs(fewer), 0)} {'fewer' if fewer >= 0 else 'more'} mistakes.",
        ),
        Picture(
            "ensemble_gain",
            gain_figure(alone, together, oof.fold_names),
            f"Accuracy of each network and of its fold's committee on the held-out fold: the mean "
            f"is {percent(single)} alone and {percent(whole)} together.",
        ),
        Picture(
            "ensemble_size",
            curve_figure(curve),
            "Accuracy by the number of networks a fold: "
            + ", ".join(f"{size}: {percent(a.mean())}" for size, a in enumerate(curve, 1))
            + ".",
        ),
        heading("Do the members differ?"),
        _disagreements(members, labels),
    ]


def gain_figure(
    alone: NDArray[np.float64], together: NDArray[np.float64], names: list[int]
) -> Figure:
    """Accuracies (members, folds) of networks, and (folds,) of their committees."""
    figure, axes = make_axes((WIDTH, 3.2))
    places = np.arange(len(names))
    for number, accuracies in enumerate(alone):
        label = "one network" if number == 0 else None
        axes.plot(places, 100 * accuracies, "o", color=BLUE, alpha=0.7, label=label)
    axes.plot(places, 100 * together, "D", color=ORANGE, markersize=8, label="their committee")
    axes.set_xticks(places, [str(name) for name in names])
    axes.set(xlabel="held-out fold", ylabel="accuracy (%)")
    better = int((together > alone.mean(axis=0)).sum())
    title = f"In {better} of {len(names)} folds the committee beats its mean network"
    axes.set_title(title, fontsize=10)
    _finish(axes)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def curve_figure(curve: list[NDArray[np.float64]]) -> Figure:
    """Accuracy over all folds by committee size: the mean over choices of members, and each."""
    figure, axes = make_axes((WIDTH, 3.2))
    sizes = range(1, len(curve) + 1)
    for size, accuracies in zip(sizes, curve, strict=True):
        axes.plot([size] * len(accuracies), 100 * accuracies, "o", color=GREY, markersize=4)
    means = [100 * accuracies.mean() for accuracies in curve]
    axes.plot(sizes, means, color=BLUE, marker="D", linewidth=2)
    axes.set(xlabel="networks a fold", ylabel="accuracy (%)")
    axes.set_title(
        f"From {means[0]:.2f}% with one network a fold to {means[-1]:.2f}% with {len(curve)}\n"
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
    header = ("", "accuracy alone", *(f"differs from {n}" for n in range(len(members))))
    return table("Share of images that two members read differently, out of fold", header, rows)
