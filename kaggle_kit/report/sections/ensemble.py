"""The section on the ensemble: the gain of several networks per fold over one network."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from kaggle_kit.evaluation import verdict
from kaggle_kit.evaluation.diversity import Judge, disagreements, learning_curve, network_scores
from kaggle_kit.evaluation.metrics import Labels, Logits, accuracy
from kaggle_kit.evaluation.scores import score
from kaggle_kit.networks.families.own_text import family_name
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
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.figures import BLUE, GREY, ORANGE, make_axes
from kaggle_kit.report.overview import Judged
from kaggle_kit.report.run_comparison import paired_logits
from kaggle_kit.report.words import Measured


def ensemble_section(data: ReportData) -> Section:
    oof = data.oof
    members, folds = len(data.best.members), len(oof.fold_names)
    mean = "weighted mean" if data.best.blend else "mean"
    intro = text(
        f"The submission uses the {mean} of the logits of {members * folds} networks: {members} for"
        f" each of {folds} folds. A training image can only be judged honestly by the networks of"
        " the fold that held it out, because all others trained on it. The gain of averaging over"
        f" folds can therefore not be measured here. The {data.measured.words} of the submission is"
        f" likely a little {'lower' if data.measured.is_loss else 'higher'} than that out of fold.",
    )
    if data.best.blend and not isinstance(oof.members, Missing):
        return Section("ensemble", "The blend", [intro, *_blend(data, oof.members)])
    if isinstance(oof.members, Missing):
        parts: list[str | Picture] = [missing(oof.members.why)]
    elif members == 1:
        parts = [_lone(data, oof.members)]
    else:
        parts = _committees(data, oof.members)
    return Section("ensemble", "The ensemble", [intro, *parts])


def _blend(data: ReportData, members: Logits) -> Iterator[str | Picture]:
    """The runs of a blend, by their weights and out-of-fold scores, against the blend."""
    oof, measured, judge, parts = data.oof, data.measured, _judge(data), data.best.blend
    ends = np.cumsum([len(part.best.members) for part in parts])
    alone = np.array([own.mean(axis=0) for own in np.split(members, ends[:-1])])
    by = Judged(data.problem.metric, data.problem.k)
    names: list[str] = [part.run for part in parts]
    rows: list[tuple[str, ...]] = []
    told: list[str] = []
    mine, *others = (
        verdict.submitted(one, oof.labels, oof.folds, by.metric)[0] for one in (oof.logits, *alone)
    )
    for part, logits in zip(parts, others, strict=True):
        found = paired_logits(by, (mine, logits), oof.labels, oof.folds)
        judged = verdict.judge(logits, oof.labels, oof.folds, metric=by.metric, k=by.k)
        rows.append(
            (
                part.run,
                family_name(part.best.family),
                str(len(part.best.networks)),
                f"{part.weight:.3f}",
                f"{min(part.held_out):.3f} to {max(part.held_out):.3f}",
                measured.text(judged.evaluation.score),
                f"{found.p:.2g}",
            )
        )
        told.append(f"Against {part.run}: {found.verdict(data.run, part.run)} ({found.test}).")
    yield text(
        f"This run is a blend of {len(parts)} runs. Their weights make the log loss lowest, out of"
        " fold. The images of a fold have weights of their own, found on"
        " the other folds, so the figures of this page are those to expect of new images."
    )
    whole = measured.text(oof.evaluation.score)
    header = ("run", "family", "networks", "weight", "found on other folds", measured.words)
    total = (data.run, "blend", str(len(data.best.networks)), "", "", whole, "")
    yield table("The runs, out of fold", (*header, "p against the blend"), rows, foot=[total])
    yield text(*told)
    by_fold = network_scores(alone, oof.labels, oof.folds, judge)
    together = network_scores(oof.logits[None], oof.labels, oof.folds, judge)[0]
    yield Picture(
        "blend_gain",
        gain_figure(by_fold, together, oof.fold_names, measured, ("one run", "the blend")),
        f"{_capital(measured)} of each run and of the blend on the held-out folds: "
        + ", ".join(f"{row[0]} {row[5]}" for row in rows)
        + f", the blend {whole}.",
    )
    yield heading("Do the runs differ?")
    yield _disagreements(alone, oof.labels, names)


def _judge(data: ReportData) -> Judge:
    metric, k = data.problem.metric, data.problem.k
    return lambda logits, labels: score(metric, logits, labels, k=k)


def _lone(data: ReportData, members: Logits) -> str:
    oof, measured = data.oof, data.measured
    alone = network_scores(members, oof.labels, oof.folds, _judge(data))[0]
    listed = ", ".join(
        f"fold {fold}: {measured.text(one)}"
        for fold, one in zip(oof.fold_names, alone, strict=True)
    )
    return text(
        "This run has one network per fold. So there is no committee to compare it with, no"
        " disagreement within a committee, and no learning curve over its size. The"
        f" {measured.words} of each network on its held-out fold is: {listed}. To make a run with"
        " committees, run `kaggle-kit tune --members 3 --run NAME`, then `kaggle-kit fit --run"
        " NAME`.",
    )


def _committees(data: ReportData, members: Logits) -> list[str | Picture]:
    oof, measured, judge = data.oof, data.measured, _judge(data)
    labels = oof.labels
    alone = network_scores(members, labels, oof.folds, judge)
    held_out = [oof.folds == fold for fold in oof.fold_names]
    together = np.array([judge(oof.logits[rows], labels[rows]) for rows in held_out])
    curve = learning_curve(members, labels, judge)
    means = [float(scores.mean()) for scores in curve]
    single, whole = measured.text(means[0]), measured.text(means[-1])
    return [
        text(_gain(data, means[0], means[-1])),
        Picture(
            "ensemble_gain",
            gain_figure(alone, together, oof.fold_names, measured),
            f"{_capital(measured)} of each network and of the committee of its fold on the "
            f"held-out fold. The mean is {single} alone and {whole} together.",
        ),
        Picture(
            "ensemble_size",
            curve_figure(curve, measured),
            f"{_capital(measured)} by the number of networks per fold: "
            + ", ".join(f"{size}: {measured.text(mean)}" for size, mean in enumerate(means, 1))
            + ".",
        ),
        heading("Do the members differ?"),
        _disagreements(members, labels),
    ]


def _gain(data: ReportData, single: float, whole: float) -> str:
    measured, count = data.measured, len(data.best.members)
    if not measured.is_accuracy:
        return (
            f"The {measured.words} of one network alone on its held-out fold is"
            f" {measured.text(single)}. That of the committee of the {count} networks of a fold is"
            f" {measured.text(whole)}."
        )
    fewer = (whole - single) / max(1 - single, 1e-9)
    verb = "reads" if data.words.read == "read" else "classifies"
    return (
        f"One network alone {verb} {percent(single)} of the images of its held-out fold correctly."
        f" The committee of the {count} networks of a fold {verb} {percent(whole)} correctly, that"
        f" is {percent(abs(fewer), 0)} {'fewer' if fewer >= 0 else 'more'} mistakes."
    )


def gain_figure(
    alone: NDArray[np.float64],
    together: NDArray[np.float64],
    names: list[int],
    measured: Measured,
    called: tuple[str, str] = ("one network", "their committee"),
) -> Figure:
    """Draw the scores of the networks, (members, folds), and of their committees, (folds,)."""
    figure, axes = make_axes((WIDTH, 3.2))
    places = np.arange(len(names))
    for number, scores in enumerate(alone):
        label = called[0] if number == 0 else None
        axes.plot(places, _drawn(scores, measured), "o", color=BLUE, alpha=0.7, label=label)
    drawn = _drawn(together, measured)
    axes.plot(places, drawn, "D", color=ORANGE, markersize=8, label=called[1])
    axes.set_xticks(places, [str(name) for name in names])
    axes.set(xlabel="held-out fold", ylabel=_axis(measured))
    better = int((together > alone.mean(axis=0)).sum())
    these = "committee beats the mean of its networks"
    if called[1] == "the blend":
        these = "blend beats the mean of its runs"
    title = f"In {better} of {len(names)} folds the {these}"
    axes.set_title(title, fontsize=10)
    _finish(axes)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def curve_figure(curve: list[NDArray[np.float64]], measured: Measured) -> Figure:
    """Score over all folds by committee size: each choice of members, and the mean over them."""
    figure, axes = make_axes((WIDTH, 3.2))
    sizes = range(1, len(curve) + 1)
    for size, scores in zip(sizes, curve, strict=True):
        axes.plot([size] * len(scores), _drawn(scores, measured), "o", color=GREY, markersize=4)
    means = np.array([scores.mean() for scores in curve])
    axes.plot(sizes, _drawn(means, measured), color=BLUE, marker="D", linewidth=2)
    axes.set(xlabel="networks per fold", ylabel=_axis(measured))
    axes.set_title(
        f"From {measured.text(means[0])} with one network per fold to {measured.text(means[-1])}"
        f" with {len(curve)}\nblue: mean; grey: each choice of members",
        fontsize=10,
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(axes)
    return figure


def _drawn(scores: NDArray[np.float64], measured: Measured) -> NDArray[np.float64]:
    """Scores as they are drawn: in Kaggle's direction, accuracies in percent."""
    drawn: NDArray[np.float64] = (100 if measured.is_accuracy else measured.shown(1.0)) * scores
    return drawn


def _axis(measured: Measured) -> str:
    return "accuracy (%)" if measured.is_accuracy else measured.words


def _capital(measured: Measured) -> str:
    return measured.words[0].upper() + measured.words[1:]


def _finish(axes: Any) -> None:
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _disagreements(members: Logits, labels: Labels, names: Sequence[str] = ()) -> str:
    shares, what = disagreements(members), "runs" if names else "members"
    names = names or [f"member {number}" for number in range(len(members))]
    rows = (
        (
            names[number],
            percent(accuracy(members[number], labels)),
            *(percent(share) if other != number else "" for other, share in enumerate(row)),
        )
        for number, row in enumerate(shares)
    )
    header = ("", "accuracy alone", *(f"differs from {name}" for name in names))
    return table(f"Share of images on which two {what} differ, out of fold", header, rows)
