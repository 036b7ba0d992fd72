"""The page of a run: how training went and what the out-of-fold predictions get wrong.

Figures are returned, not shown; `write_report` puts them into one self-contained page and beside
it as PNGs. Everything here comes from arrays and tables, so no network is needed.
"""

import base64
import html
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kaggle_kit.evaluate import Evaluation
from kaggle_kit.figures import BLUE, ORANGE, make_axes, png
from kaggle_kit.files import write_bytes

PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: auto; padding: 1rem; }
  img { max-width: 100%; height: auto; background: white; border-radius: 4px; }
  pre, .wide { overflow-x: auto; }
  table { border-collapse: collapse; }
  th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #8884; }
  th:first-child, td:first-child { text-align: left; }
</style>
<h1>$title</h1>
<p>Out-of-fold accuracy <strong>$accuracy</strong>; mean over folds $mean ± $std.</p>
$sections
</html>
""")


def curves(history: pd.DataFrame, column: str, label: str, remark: str = "") -> Figure:
    """`column` and `val_<column>` of history.csv against the epoch, one line a fold."""
    figure, axes = make_axes((7, 4))
    mean = history.groupby(["fold", "epoch"], as_index=False).mean(numeric_only=True)
    for fold, rows in mean.groupby("fold"):
        first = fold == history["fold"].min()
        axes.plot(
            rows["epoch"],
            rows[column],
            color=BLUE,
            alpha=0.6,
            label="training (distorted images)" if first else None,
        )
        axes.plot(
            rows["epoch"],
            rows[f"val_{column}"],
            color=ORANGE,
            alpha=0.6,
            label="held-out fold" if first else None,
        )
    axes.set(xlabel="epoch", ylabel=label, title=f"{label} by epoch, one line a fold{remark}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def confusion_figure(confusion: np.ndarray[Any, Any]) -> Figure:
    """A confusion matrix (classes, classes): counts, coloured by the rate within the true class."""
    figure, axes = make_axes((6.5, 6))
    rates = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    mistakes = rates - np.diag(np.diag(rates))
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(mistakes.max(), 1e-9))
    for (true, predicted), count in np.ndenumerate(confusion):
        dark = mistakes[true, predicted] > 0.7 * mistakes.max() > 0
        axes.text(
            predicted,
            true,
            str(count) if count else "·",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if dark else "black",
            weight="bold" if true == predicted else "normal",
        )
    ticks = range(len(confusion))
    axes.set(xticks=ticks, yticks=ticks, xlabel="predicted", ylabel="true")
    axes.set_title("Confusion matrix, out of fold; colour: share of mistakes")
    return figure


def write_report(
    folder: Path,
    title: str,
    evaluation: Evaluation,
    tables: tuple[pd.DataFrame, pd.DataFrame | None],
) -> Path:
    """Write index.html and its PNGs into `folder`, the page last; return it.

    Nothing else that is in the folder is touched.

    Parameters
    ----------
    tables : (history, trials)
        The contents of history.csv and trials.csv; None for a run that searched nothing.
    """
    history, trials = tables
    figures = {
        "accuracy_plot": curves(history, "accuracy", "Accuracy"),
        "loss_plot": curves(history, "loss", "Loss", "; the training's with its regularisation"),
        "confusion_matrix": confusion_figure(evaluation.confusion),
    }
    sections = [_picture(name, figure) for name, figure in figures.items()]
    sections += [_heading("Classification report", f"<pre>{html.escape(evaluation.report)}</pre>")]
    sections += [_heading("Hardest pairs", _pairs(evaluation))]
    if trials is not None:
        sections += [_heading("Search", _trials(trials))]
    page = PAGE.substitute(
        title=html.escape(title),
        accuracy=f"{evaluation.accuracy:.4f}",
        mean=f"{evaluation.mean:.4f}",
        std=f"{evaluation.std:.4f}",
        sections="\n".join(sections),
    )
    for name, figure in figures.items():
        write_bytes(folder / f"{name}.png", png(figure))
    write_bytes(folder / "index.html", page.encode())
    return folder / "index.html"


def _picture(name: str, figure: Figure) -> str:
    title = html.escape(figure.axes[0].get_title())
    data = base64.b64encode(png(figure)).decode()
    return f'<p><img alt="{title}" src="data:image/png;base64,{data}" id="{name}"></p>'


def _heading(title: str, content: str) -> str:
    return f'<h2>{title}</h2>\n<div class="wide">{content}</div>'


def _pairs(evaluation: Evaluation) -> str:
    items = [f"<li>{t} read as {p}: {count}</li>" for t, p, count in evaluation.pairs]
    return f"<ul>{''.join(items)}</ul>" if items else "<p>No mistakes.</p>"


def _trials(trials: pd.DataFrame) -> str:
    table: str = trials.drop(columns="error").to_html(index=False, na_rep="", border=0)
    return table
