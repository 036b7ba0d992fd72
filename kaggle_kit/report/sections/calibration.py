"""The section on calibration: does the confidence of the networks match their accuracy?"""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kaggle_kit.evaluation.calibration import BINS, Calibration
from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.report.components import WIDTH, Picture, Section, percent, table, text
from kaggle_kit.report.contents import ReportData
from kaggle_kit.report.figures import BLUE, GREY, ORANGE


def calibration_section(data: ReportData) -> Section:
    found = data.oof.calibration
    used = np.unique(found.temperatures)
    before, after = found.before.error, found.after.error
    tendency = "less sure than they should be" if used.mean() < 1 else "surer than they should be"
    return Section(
        "calibration",
        "How reliable the confidence is",
        [
            text(
                "Of the images read with a confidence of 90%, nine in ten should be read",
                "correctly. If this is not the case, the logits can be divided by one number, the",
                "temperature. This corrects most of the error and changes no predicted label (Guo,",
                "Pleiss, Sun and Weinberger, 2017). The temperature of each fold is fitted on the",
                "other folds only, so the figures after scaling are honest. Here the temperature",
                f"is {_range(used)}. A value below 1 means that the networks are less sure than",
                f"they should be, a value above 1 that they are surer. Here they are {tendency}.",
            ),
            table(
                "Calibration out of fold",
                ("", "before", "after temperature scaling"),
                [
                    (
                        f"expected calibration error, {BINS} bins",
                        percent(before, 3),
                        percent(after, 3),
                    ),
                    (
                        "negative log-likelihood, nats per image",
                        f"{found.likelihood_before:.5f}",
                        f"{found.likelihood_after:.5f}",
                    ),
                ],
            ),
            Picture(
                "calibration_plot",
                reliability_figure(found),
                f"Reliability diagram: the expected calibration error is {percent(before, 3)}, and "
                f"{percent(after, 3)} after temperature scaling. The bars below show how many "
                "images have each confidence.",
            ),
        ],
    )


def reliability_figure(found: Calibration) -> Figure:
    """Accuracy against confidence, with intervals, and the number of rows in each bin below."""
    figure = Figure(figsize=(WIDTH, 4.8), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="perfect calibration")
    width = 1 / BINS
    edges = np.arange(BINS) * width
    for bins, colour, marker, name, side in (
        (found.before, BLUE, "o", "before temperature scaling", 0.0),
        (found.after, ORANGE, "s", "after temperature scaling", 0.5),
    ):
        used = bins.rows > 0
        share = bins.hits[used] / bins.rows[used]
        low, high = wilson(bins.hits[used], bins.rows[used])
        above.errorbar(
            bins.confidence[used],
            share,
            [share - low, high - share],
            fmt=marker,
            color=colour,
            markersize=5,
            capsize=2,
            linewidth=1,
            label=name,
        )
        below.bar(
            edges + side * width, bins.rows, 0.5 * width, align="edge", color=colour, linewidth=0
        )
    above.set(ylabel="read correctly (95% interval)", ylim=(-0.02, 1.02))
    gain = "nearer to" if found.after.error < found.before.error else "no nearer to"
    above.set_title(f"Temperature scaling brings confidence {gain} accuracy", fontsize=10)
    above.legend(frameon=False, loc="upper left")
    below.set(yscale="log", ylabel="images", xlabel="confidence", xlim=(0, 1.01))
    below.set_ylim(bottom=0.7)
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _range(values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    same = f"{low:.2f}" == f"{high:.2f}"
    return f"{low:.2f}" if same else f"between {low:.2f} and {high:.2f}"
