"""The content of the explainer's page as HTML and pictures, without a server or Gradio."""

import base64
import html
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kaggle_kit.evaluation.shapley import heat_colours
from kaggle_kit.explainer.reader import Reading, Reasons

MAPS = 3
MARK = (213, 94, 0)
TITLE = "Why that digit?"
LEGEND = (
    '<p class="legend"><b class="for">Red</b> ink speaks for the digit, '
    '<b class="against">blue</b> ink against it; the stronger the colour, the more it counts.</p>'
)
# The answer is next to the pad. On a phone it is between the pad and the rest, where users
# see it at once.
CSS = """
.kit-layout { display: grid !important;
  grid-template: "draw read" auto "more read" 1fr "why why" auto / 1fr 1fr; }
.kit-draw { grid-area: draw; } .kit-read { grid-area: read; } .kit-more { grid-area: more; }
.kit-why { grid-area: why; }
.kit-layout > * { min-width: 0 !important; }
@media (max-width: 700px) { .kit-layout { grid-template: "draw" "read" "why" "more" / 1fr; } }
.kit figure { margin: 0; text-align: center; }
.kit img { width: 100%; max-width: 200px; image-rendering: pixelated; border-radius: 6px;
  border: 1px solid var(--border-color-primary); background: white; }
.kit figcaption, .kit p { margin: .4rem 0; color: var(--body-text-color); }
.kit .answer { display: flex; gap: 1.2rem; align-items: center; flex-wrap: wrap; }
.kit .digit { font-size: 5rem; line-height: 1; font-weight: 700; }
.kit .answer figure { width: 110px; }
.kit .maps { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
.kit .doubt { border-left: 4px solid #d55e00; padding: .3rem .7rem;
  background: color-mix(in srgb, #d55e00 14%, transparent); }
.kit .for { color: #b2182b; } .kit .against { color: #2166ac; } .kit .mark { color: #a84300; }
.dark .kit .for { color: #e8707d; } .dark .kit .against { color: #5b9bd5; }
.dark .kit .mark { color: #e8833a; }
"""


def note(message: str) -> str:
    return f'<div class="kit"><p>{html.escape(message)}</p></div>'


def reading_html(reading: Reading) -> str:
    """The answer, the image that the networks saw, the vote of each fold, and the doubts."""
    first, second = reading.ranking[:2]
    sure, other = (100 * float(reading.probabilities[label]) for label in (first, second))
    doubts = "".join(f'<p class="doubt">{html.escape(doubt)}</p>' for doubt in reading.doubts)
    seen = _figure(
        _enlarged(255 - reading.image),
        f"The {_size(reading.image)} image that the networks saw",
        "what the networks saw",
    )
    return (
        '<div class="kit" aria-live="polite"><div class="answer">'
        f'<span class="digit">{first}</span><span>{sure:.1f}% likely<br>'
        f"next: {second}, {other:.1f}%</span>{seen}</div>"
        f"<p>{_votes(reading.votes)}</p>{doubts}</div>"
    )


def reasons_html(reading: Reading, reasons: Reasons) -> str:
    """The heat maps of the likeliest classes and their legend.

    One more figure marks the ink without which the answer would change.
    """
    values, logits = reasons.explanation.values[0], reasons.explanation.logits[0]
    shown = reading.ranking[:MAPS]
    limit = float(np.abs(values[shown]).max()) or 1.0
    maps = "".join(
        _figure(
            heat_map(reading.image, values[label] / limit),
            f"Heat map: which ink speaks for {label} and which against it",
            f"for and against <b>{label}</b> ({logits[label]:+.1f})",
        )
        for label in shown
    )
    return (
        f'<div class="kit">{LEGEND}<div class="maps">{maps}{_flip(reading, reasons)}</div>'
        "<p><small>Shapley values of the mean logits of all networks, compared with black paper. "
        f"The number in brackets is the logit. {_noise(reading, reasons, limit)}</small></p></div>"
    )


def heat_map(image: NDArray[np.uint8], values: NDArray[np.float32]) -> Image.Image:
    """Draw values (height, width), -1..1, in blue, white and red over a shadow of the image."""
    return _enlarged(heat_colours(image, values))


def _noise(reading: Reading, reasons: Reasons, limit: float) -> str:
    """How noisy the values in the maps are, compared with the largest of them."""
    errors = reasons.explanation.standard_error[0, reading.ranking[:MAPS]][:, reading.image > 0]
    return (
        f"The values are estimated from {int(reasons.explanation.orders[0])} random orders of the "
        "ink. The standard error of a pixel's value is typically "
        f"{float(np.sqrt(np.mean(errors**2))) / limit:.1%} of the strongest value."
    )


def _flip(reading: Reading, reasons: Reasons) -> str:
    if reasons.counterfactual is None:
        return (
            f"<figure><figcaption>Removing ink does not change the answer: the networks still say "
            f"{reading.label}.</figcaption></figure>"
        )
    paper = np.repeat(255 - 0.5 * reading.image[..., None].astype(np.float32), 3, axis=2)
    found = reasons.counterfactual
    paper[found.pixels] = MARK
    count = int(found.pixels.sum())
    pixels = "pixel" if count == 1 else f"{count} pixels"
    return _figure(
        _enlarged(paper.round().astype(np.uint8)),
        f"The ink without which the digit would be read as {found.label}",
        f'without the <b class="mark">marked</b> {pixels} the answer would be <b>{found.label}</b>',
    )


def _votes(votes: list[int]) -> str:
    if len(set(votes)) == 1:
        return f"The networks of all {len(votes)} folds say {votes[0]}."
    answers = ", ".join(f"fold {number}: {label}" for number, label in enumerate(votes, 1))
    return f"The networks of each fold say: {answers}."


def _size(image: NDArray[np.uint8]) -> str:
    return " × ".join(map(str, image.shape))


def _enlarged(pixels: NDArray[np.uint8]) -> Image.Image:
    side = 8
    return Image.fromarray(pixels.repeat(side, axis=0).repeat(side, axis=1))


def _figure(picture: Image.Image, alt: str, caption: str) -> str:
    memory = io.BytesIO()
    picture.save(memory, "PNG")
    data = base64.b64encode(memory.getvalue()).decode()
    return (
        f'<figure><img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
