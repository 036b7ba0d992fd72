"""The section on training: accuracy, loss and learning rate by epoch."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from kaggle_kit.report.components import WIDTH, Picture, Section, percent, table, text
from kaggle_kit.report.contents import ReportData
from kaggle_kit.report.figures import BLUE, GREEN, ORANGE, make_axes

LEAST_ERROR = 1e-4  # drawn in place of an error of 0 if all errors are 0
TICKS = (0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)


def training_section(data: ReportData) -> Section:
    history = _with_runs(data)
    last = _last_epochs(history)
    fewest, epochs = int(last["epoch"].min()), int(last["epoch"].max())
    trained = f"{epochs} epochs each" if fewest == epochs else f"{fewest} to {epochs} epochs"
    of = [data.best, *(part.best for part in data.best.blend)]
    distorted = any(one.hyperparameters.get("distortion") for one in of)
    images = "distorted training images" if distorted else "training images"
    ends = _ends(history)
    folds = history["fold"].nunique()
    return Section(
        "training",
        "Training",
        [
            text(
                f"Each of the {folds} folds was held out in turn while its networks were trained",
                f"on the other folds, for {trained}. The training curves are measured on",
                f"{images}, with dropout and label smoothing if the network has them. The training",
                "accuracy may therefore be lower than that on the held-out fold.",
                "Held-out rows were only evaluated, never used for training.",
            ),
            Picture(
                "accuracy_plot",
                curves(history, "accuracy", images),
                f"Accuracy by epoch in {folds} folds: at the end {percent(ends['accuracy'])} on "
                f"{images} and {percent(ends['val_accuracy'])} on the held-out "
                "fold, means over the networks.",
            ),
            Picture(
                "loss_plot",
                curves(history, "loss", images),
                f"Loss by epoch in {folds} folds: on the held-out fold it ends at "
                f"{ends['val_loss']:.4f}, mean over the networks.",
            ),
            *_rate(history),
            table(
                "Each fold after its last epoch, mean over its networks",
                ("fold", "networks", "training accuracy", "held-out accuracy", "held-out loss")
                + (("seconds",) if "seconds" in last else ()),
                _rows(last),
            ),
            *([] if data.measured.is_accuracy else [_note(data)]),
        ],
    )


def _with_runs(data: ReportData) -> pd.DataFrame:
    """The history; in a blend, each network with the name of its run, in the column `run`."""
    names = [part.run for part in data.best.blend for _ in part.best.members]
    if not names:
        return data.history
    return data.history.assign(run=[names[int(member)] for member in data.history["member"]])


def _note(data: ReportData) -> str:
    return text(
        f"The {data.measured.words} of each fold is in the table of folds above.", kind="note"
    )


def curves(history: pd.DataFrame, column: str, images: str = "training images") -> Figure:
    """Draw `column` and `val_<column>` of history.csv against the epoch, one line per fold.

    `images` says on which images `column` was measured.
    A perfect accuracy has no place on the scale of errors: it is drawn at half the smallest error.
    """
    figure, axes = make_axes((WIDTH, 3.6))
    mean, perfect = _drawn(history, column)
    for number, (_, rows) in enumerate(mean.groupby(_lines(history))):
        first = number == 0
        for name, colour, label in (
            (column, BLUE, images),
            (f"val_{column}", ORANGE, "held-out fold"),
        ):
            axes.plot(
                rows["epoch"],
                rows[name],
                color=colour,
                alpha=0.7,
                linewidth=1.2,
                marker=_marker(rows),
                label=label if first else None,
            )
    ends = _ends(history)
    if column == "accuracy":
        _accuracy_axis(axes, mean[["accuracy", "val_accuracy"]].to_numpy(), perfect)
        axes.set_ylabel("accuracy")
        title = f"Accuracy by epoch: {percent(ends['val_accuracy'])} on held-out rows at the end"
    else:
        axes.set_yscale("log")
        _plain_ticks(axes)
        axes.set_ylabel("cross-entropy (nats)")
        title = f"Loss by epoch: {ends['val_loss']:.4f} on held-out rows at the end"
    line = "one line per fold and run" if "run" in history else "one line per fold"
    axes.set_title(f"{title}\n{line}", fontsize=10)
    _epoch_axis(axes)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def rate_figure(history: pd.DataFrame) -> Figure:
    """The learning rate at the end of each epoch, one line per network."""
    figure, axes = make_axes((WIDTH, 2.3))
    keys = ["fold", "member"] if "member" in history else ["fold"]
    for _, rows in history.groupby(keys):
        axes.plot(
            rows["epoch"],
            rows["learning_rate"],
            color=GREEN,
            linewidth=1.2,
            alpha=0.7,
            marker=_marker(rows),
        )
    axes.set(ylabel="learning rate", ylim=(0, None))
    axes.set_title("Learning rate at the end of each epoch", fontsize=10)
    _epoch_axis(axes)
    return figure


def _marker(rows: pd.DataFrame) -> str | None:
    """A marker for a curve of a single epoch, which has no line."""
    return "o" if rows["epoch"].max() == rows["epoch"].min() else None


def _rate(history: pd.DataFrame) -> Iterator[Picture]:
    if "learning_rate" in history:
        rates = history["learning_rate"]
        yield Picture(
            "learning_rate_plot",
            rate_figure(history),
            f"Learning rate by epoch, between {rates.max():.2g} and {rates.min():.2g}.",
        )


def _accuracy_axis(axes: Any, values: NDArray[np.float64], perfect: float | None) -> None:
    """Scale the axis by the error: from 0.9 to 0.99 is as far as from 0.99 to 0.999.

    `perfect` is the place at which a perfect accuracy is drawn; None if there is none.
    """
    low, high = _error_scale([values.min(), values.max()])
    room = 0.06 * max(high - low, 0.1)
    axes.set_yscale("function", functions=(_error_scale, _from_error_scale))
    axes.set_ylim(_from_error_scale(low - room), _from_error_scale(high + room))
    shown = {t: f"{t:g}" for t in TICKS if low - room <= _error_scale(t) <= high + room}
    if perfect is not None:
        shown = {t: label for t, label in shown.items() if t < perfect} | {perfect: "1"}
    axes.set_yticks(list(shown), list(shown.values()))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _error_scale(accuracy: Any) -> Any:
    return -np.log10(np.maximum(1 - np.asarray(accuracy), 1e-12))


def _from_error_scale(place: Any) -> Any:
    return 1 - 10.0 ** -np.asarray(place)


def _lines(history: pd.DataFrame) -> list[str]:
    """The columns by which lines are drawn; a blend has some for each run."""
    return ["fold", *(["run"] if "run" in history else [])]


def _drawn(history: pd.DataFrame, column: str) -> tuple[pd.DataFrame, float | None]:
    """The mean over the networks of a fold, and the place at which a perfect accuracy is drawn.

    The returned table has that place instead of each perfect accuracy. The place is None if no
    accuracy is perfect or `column` is not the accuracy.
    """
    keys = [*_lines(history), "epoch"]
    mean = history.groupby(keys, as_index=False).mean(numeric_only=True)
    columns = ["accuracy", "val_accuracy"]
    errors = 1 - mean[columns].to_numpy()
    if column != "accuracy" or (errors > 0).all():
        return mean, None
    place = 1 - (float(errors[errors > 0].min()) / 2 if (errors > 0).any() else LEAST_ERROR)
    mean[columns] = mean[columns].clip(upper=place)
    return mean, place


def _plain_ticks(axes: Any) -> None:
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _epoch_axis(axes: Any) -> None:
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _last_epochs(history: pd.DataFrame) -> pd.DataFrame:
    """The row of the last epoch of each network."""
    keys = ["fold", "member"] if "member" in history else ["fold"]
    return history.sort_values("epoch").groupby(keys, as_index=False).last()


def _ends(history: pd.DataFrame) -> dict[str, float]:
    """The mean over networks of each column after the last epoch."""
    last = _last_epochs(history)
    return {name: float(last[name].mean()) for name in ("accuracy", "val_accuracy", "val_loss")}


def _rows(last: pd.DataFrame) -> Iterator[list[str]]:
    for fold, rows in last.groupby("fold"):
        mean = rows.mean(numeric_only=True)
        row = [str(fold), str(len(rows)), percent(mean["accuracy"]), percent(mean["val_accuracy"])]
        row.append(f"{mean['val_loss']:.4f}")
        if "seconds" in rows:
            row.append(f"{rows['seconds'].sum():.0f}")
        yield row
