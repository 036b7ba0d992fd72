"""The section on calibration: does the confidence of the networks match their accuracy?"""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kaggle_kit.evaluation.calibration import BINS, Calibration
from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.evaluation.metrics import UNCLEAR
from kaggle_kit.report.components import WIDTH, Picture, Section, percent, table, text
from kaggle_kit.report.contents import ReportData
from kaggle_kit.report.figures import BLUE, GREY, ORANGE

VISIBLE = 1e-5  # a smaller change of a calibration error is not visible in the table


def calibration_section(data: ReportData) -> Section:
    found, read = data.oof.calibration, data.words.read
    used = np.unique(found.temperatures)
    before, after = found.before.error, found.after.error
    return Section(
        "calibration",
        "How reliable the confidence is",
        [
            text(
                f"Of the images {read} with a confidence of 90%, nine in ten should be {read}",
                f"correctly. {_tendency(found, read)} The logits can be divided by one number, the",
                "temperature, which changes every confidence and no predicted label (Guo, Pleiss,",
                "Sun and Weinberger, 2017). A temperature below 1 makes the networks surer, one",
                "above 1 less sure. The temperature of each fold is fitted on the other folds",
                f"only, so the figures after scaling are honest. Here it is {_range(used)}.",
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
                        f"the same of the {UNCLEAR:.0%} of the images with the least confidence",
                        percent(found.unsure_before.error, 3),
                        percent(found.unsure_after.error, 3),
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
                reliability_figure(found, read),
                f"Reliability diagram: the expected calibration error is {percent(before, 3)}, and "
                f"{percent(after, 3)} after temperature scaling. The bars below show how many "
                "images have each confidence.",
            ),
        ],
    )


def reliability_figure(found: Calibration, read: str = "read") -> Figure:
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
    above.set(ylabel=f"{read} correctly (95% interval)", ylim=(-0.02, 1.02))
    above.set_title(_verdict(found), fontsize=10)
    below.set(yscale="log", ylabel="images", xlabel="confidence", xlim=(0, 1.01))
    below.set_ylim(bottom=0.7)
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _tendency(found: Calibration, read: str) -> str:
    """Whether the networks are too sure or not sure enough, as far as two digits show it."""
    sure, right = percent(found.before.mean_confidence), percent(found.before.accuracy)
    gap = found.before.mean_confidence - found.before.accuracy
    than = "less sure than" if gap < 0 else "surer than"
    are = "on average as sure as" if sure == right else f"on average {than}"
    return (
        f"Here, the mean confidence is {sure} and {right} are {read} correctly: the networks are"
        f" {are} they should be."
    )


def _verdict(found: Calibration) -> str:
    """What the temperature did to the calibration error of all images and of the unsure ones."""
    better = found.before.error - found.after.error > VISIBLE
    unsure = found.unsure_before.error - found.unsure_after.error > VISIBLE
    least = f"the {UNCLEAR:.0%} with the least confidence"
    if better and unsure:
        return "Temperature scaling brings confidence nearer to accuracy"
    if better:
        return f"Temperature scaling brings confidence nearer to accuracy,\nbut not for {least}"
    if unsure:
        return f"Temperature scaling brings confidence nearer to accuracy\nonly for {least}"
    return "Temperature scaling does not bring confidence nearer to accuracy"


def _range(values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    same = f"{low:.2f}" == f"{high:.2f}"
    return f"{low:.2f}" if same else f"between {low:.2f} and {high:.2f}"
