"""The content of the explainer's page as HTML and pictures, without a server or Gradio."""

import base64
import html
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kaggle_kit.evaluation.removal.baselines import paper
from kaggle_kit.evaluation.shapley import beneath, heat_colours
from kaggle_kit.explainer.reader import Reading, Reasons
from kaggle_kit.explainer.subject.words import Words

MAPS = 3
MARK = (213, 94, 0)
WIDTH = 224  # pixels of the longer side of a picture on the page, at least
SHORT = 3  # letters of a name that is shown as large as a digit
# What is read on the page.
DRAWING, PICTURE, NOTHING = "drawing", "picture", "nothing"
_NAMES = {DRAWING: "Your drawing", PICTURE: "The picture"}
# The answer and its reasons are next to the pad. On a phone they are between the pad and the rest,
# where users see them at once.
CSS = """
.kit-hidden { display: none !important; }
.kit-layout { display: grid !important; gap: 1rem 1.5rem;
  grid-template: "draw read" auto "draw why" auto "more why" 1fr /
    minmax(300px, 400px) minmax(0, 860px); }
.kit-draw { grid-area: draw; } .kit-read { grid-area: read; } .kit-more { grid-area: more; }
.kit-why { grid-area: why; }
.kit-layout > * { min-width: 0 !important; gap: .6rem !important; }
.kit-layout .html-container { padding: 0; }
.kit-photos { grid-template: "more read" auto "more why" 1fr /
  minmax(300px, 400px) minmax(0, 860px); }
@media (max-width: 800px) {
  .kit-layout { grid-template: "draw" "read" "why" "more" / 1fr; }
  .kit-photos { grid-template: "more" "read" "why" / 1fr; }
}
@media (min-width: 801px) { .kit-read { min-height: 270px; } }

.kit-pad button[aria-label="Color"], .kit-pad button[aria-label="Pan"],
.kit-pad button[aria-label^="Zoom"], .kit-pad .zoom-number, .kit-pad .separator,
.kit-picture .source-selection [aria-label="Upload file"].selected { display: none; }
.kit-picture .image-frame { padding-top: 34px; }
.kit-picture .image-frame img { width: 100%; height: 100%; object-fit: contain;
  image-rendering: pixelated; }
.kit-picture .icon-wrap { display: none; }
.kit-more .gallery { display: grid; gap: 4px; grid-template-columns: repeat(10, 1fr); }
.kit-more .gallery-item > span, .kit-more .gallery-item .container { display: block; width: 100%;
  max-width: none; aspect-ratio: 1; }
.kit-more .gallery-item { padding: 0; }
.kit-more .gallery-item img { display: block; width: 100%; image-rendering: pixelated; }
.kit-api .token { color: inherit !important; }

.kit figure { margin: 0; text-align: center; }
.kit img { display: block; margin: 0 auto; width: 100%; image-rendering: pixelated;
  border-radius: 6px; border: 1px solid var(--border-color-primary); background: white; }
.kit figcaption, .kit p, .kit li { margin: .3rem 0; color: var(--body-text-color); }
.kit .status { font-size: 1.1rem; font-weight: 600; }
.kit-layout:has(.kit .reading) :is(.answer, .reasons) { opacity: .35; }
.kit-layout:has(.kit .nothing) :is(.answer, .reasons) { display: none; }
.kit .answer { display: grid; grid-template-columns: 1fr minmax(180px, 240px); gap: 1.5rem; }
.kit .said { display: flex; gap: 1.2rem; align-items: center; flex-wrap: wrap; }
.kit .digit { font-size: 5rem; line-height: 1; font-weight: 700; }
.kit .said figure { width: 110px; }
.kit .digit.name { font-size: 2rem; overflow-wrap: anywhere; }
.kit .chances { margin: 0; padding: 0; list-style: none; }
.kit .chances li { display: grid; grid-template-columns: 1ch 1fr 7ch; gap: .6rem; margin: 0;
  align-items: center; line-height: 1.35; font-variant-numeric: tabular-nums; }
.kit .chances li > :last-child { text-align: right; }
.kit .chances i { display: block; height: .6rem; border-radius: 3px;
  background: var(--primary-500); }
.kit .chances .first { font-weight: 700; }
.kit .chances.letters li { grid-template-columns: 1.2em 1fr 7ch; }
.kit .chances.names li { grid-template-columns: minmax(0, 1fr) 5rem 7ch; }
.kit .chances.names li > :first-child { overflow-wrap: anywhere; }
.kit .maps { display: grid; gap: 1rem; align-items: start;
  grid-template-columns: repeat(4, minmax(0, 180px)); }
@media (max-width: 800px) {
  .kit-more .gallery { grid-template-columns: repeat(5, 1fr); }
  .kit .answer { grid-template-columns: 1fr; }
  .kit .maps { grid-template-columns: 1fr 1fr; }
}
.kit .doubt { border-left: 4px solid #d55e00; padding: .3rem .7rem;
  background: color-mix(in srgb, #d55e00 14%, transparent); }
.kit .for { color: #b2182b; } .kit .against { color: #2166ac; } .kit .mark { color: #a84300; }
.dark .kit .for { color: #e8707d; } .dark .kit .against { color: #5b9bd5; }
.dark .kit .mark { color: #e8833a; }
"""


def note(message: str) -> str:
    return f'<div class="kit"><p>{html.escape(message)}</p></div>'


def status(message: str, kind: str = "") -> str:
    """A line that says what is read, or that there is nothing to read."""
    return (
        f'<div class="kit" role="status"><p class="status {kind}">{html.escape(message)}</p></div>'
    )


def nothing_yet(words: Words) -> str:
    return status(words.nothing, NOTHING)


BEING_READ = {what: status(f"{name} is being read …", "reading") for what, name in _NAMES.items()}
READ = {what: status(f"{name} is read as") for what, name in _NAMES.items()}
UNREADABLE = {what: status(f"{name} cannot be read") for what, name in _NAMES.items()}


def reading_html(reading: Reading) -> str:
    """The answer, the image that the networks saw, the vote of each fold, and the doubts."""
    first, second = (html.escape(reading.subject.name(label)) for label in reading.ranking[:2])
    sure, other = (100 * float(reading.probabilities[label]) for label in reading.ranking[:2])
    doubts = "".join(f'<p class="doubt">{html.escape(doubt)}</p>' for doubt in reading.doubts)
    # What can be drawn is shown as dark ink on paper, and everything else as it is.
    is_inverted = reading.subject.is_drawn and paper(reading.image).max() < 128
    seen = _figure(
        _enlarged(255 - reading.image if is_inverted else reading.image),
        f"The {_size(reading.image)} image that the networks saw",
        "what the networks saw",
    )
    size = "" if len(reading.subject.name(reading.label)) <= SHORT else " name"
    return (
        '<div class="kit" aria-live="polite"><div class="answer"><div><div class="said">'
        f'<span class="digit{size}">{first}</span><span>{sure:.1f}% likely<br>'
        f"next: {second}, {other:.1f}%</span>{seen}</div>"
        f"<p>{_votes(reading)}{_rule(reading)}</p>{doubts}</div>{_chances(reading)}</div></div>"
    )


def reasons_html(reading: Reading, reasons: Reasons) -> str:
    """The heat maps of the likeliest classes and their legend.

    One more figure marks the parts without which the answer would change.
    """
    words, name = Words(reading.subject), reading.subject.name
    values, logits = reasons.explanation.values[0], reasons.explanation.logits[0]
    shown = reading.ranking[:MAPS]
    limit = float(np.abs(values[shown]).max()) or 1.0
    maps = "".join(
        _figure(
            heat_map(reading.image, values[label] / limit),
            f"Heat map: which {words.speaks} for {name(label)} and which against it",
            f"for and against <b>{html.escape(name(label))}</b> ({_signed(logits[label])})",
        )
        for label in shown
    )
    return (
        f'<div class="kit reasons">{_legend(words)}<div class="maps">{maps}'
        f"{_flip(reading, reasons)}</div><p><small>Shapley values of the mean logits of all "
        f"networks, compared with {words.baseline}. "
        f"The number in brackets is the logit. {_noise(reading, reasons, limit)}</small></p></div>"
    )


def _legend(words: Words) -> str:
    verb = "speaks" if words.is_pixels else "speak"
    return (
        f'<p><b class="for">Red</b> {words.part} {verb} for the {words.one}, <b class="against">'
        f"blue</b> {words.part} against it; the stronger the colour, the more it counts.</p>"
    )


def heat_map(image: NDArray[np.uint8], values: NDArray[np.float32]) -> Image.Image:
    """Draw values (height, width), -1..1, in blue, white and red over a shadow of the image."""
    return _enlarged(heat_colours(image, values))


def _noise(reading: Reading, reasons: Reasons, limit: float) -> str:
    """How noisy the values in the maps are, compared with the largest of them."""
    words, explanation = Words(reading.subject), reasons.explanation
    errors = explanation.standard_error[0, reading.ranking[:MAPS]]
    errors = errors[:, explanation.values[0].any(axis=0)]
    part = "pixel" if words.is_pixels else "patch"
    noise = float(np.sqrt(np.mean(errors**2))) if errors.size else 0.0
    return (
        f"The values are estimated from {int(explanation.orders[0])} random orders of the "
        f"{words.part}. The standard error of a {part}'s value is typically "
        f"{noise / limit:.1%} of the strongest value."
    )


def _flip(reading: Reading, reasons: Reasons) -> str:
    words, name = Words(reading.subject), reading.subject.name
    if reasons.counterfactual is None:
        return (
            f"<figure><figcaption>{words.taken} does not change the answer: the networks still say "
            f"{html.escape(name(reading.label))}.</figcaption></figure>"
        )
    found = reasons.counterfactual
    marked = beneath(reading.image)
    if words.is_pixels:
        ink = np.abs(reading.image.astype(np.float32) - paper(reading.image))
        marked = np.repeat(255 - 0.5 * ink[..., None], 3, axis=2)
        marked[found.pixels] = MARK
    else:
        marked[found.pixels] = 0.3 * marked[found.pixels] + 0.7 * np.array(MARK, np.float32)
    other = html.escape(name(found.label))
    return _figure(
        _enlarged(marked.round().astype(np.uint8)),
        f"The {words.part} without which the {words.one} would be read as {name(found.label)}",
        f'without the <b class="mark">marked</b> {words.decisive(found.count)} the answer would be '
        f"<b>{other}</b>",
    )


def _chances(reading: Reading) -> str:
    """The probability of each class, or of the likeliest, as a bar and in percent."""
    subject, names = reading.subject, reading.subject.problem.class_names
    rows = "".join(
        f"<li{' class=first' * (label == reading.label)}><span>{html.escape(names[label])}</span>"
        f'<span><i style="width: {share:.1%}"></i></span><span>{share:.1%}</span></li>'
        for label, share in ((n, float(reading.probabilities[n])) for n in reading.shown)
    )
    kind = " letters" if all(len(name) == 1 for name in names) else " names"
    if subject.is_digit:
        kind = ""
    return f'<div><p>{Words(subject).chances}</p><ol class="chances{kind}">{rows}</ol></div>'


def _signed(number: float) -> str:
    return f"{round(float(number), 1) + 0.0:+.1f}"  # the addition turns -0.0 into 0.0


def _votes(reading: Reading) -> str:
    votes = [html.escape(reading.subject.name(label)) for label in reading.votes]
    if len(set(votes)) == 1:
        return f"The networks of all {len(votes)} folds say {votes[0]}."
    answers = ", ".join(f"fold {number}: {name}" for number, name in enumerate(votes, 1))
    return f"The networks of each fold say: {answers}."


def _rule(reading: Reading) -> str:
    """How the answer was decided on, if it is not the likeliest class."""
    if reading.label == int(reading.probabilities.argmax()):
        return ""
    rule = html.escape(reading.decision.describe())
    return f" The answer is not the likeliest class, but {rule}, which the metric rewards."


def _size(image: NDArray[np.uint8]) -> str:
    return " × ".join(map(str, image.shape[:2]))


def _enlarged(pixels: NDArray[np.uint8]) -> Image.Image:
    side = max(1, WIDTH // max(pixels.shape[:2]))
    return Image.fromarray(pixels.repeat(side, axis=0).repeat(side, axis=1))


def _figure(picture: Image.Image, alt: str, caption: str) -> str:
    memory = io.BytesIO()
    picture.save(memory, "PNG")
    data = base64.b64encode(memory.getvalue()).decode()
    return (
        f'<figure><img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
