"""The controls of the explainer's page: pad, picture, examples and Clear.

Only one of pad and picture is in use. What the user drew or sent last is read, and the other is
emptied. `take_turns` returns a component whose value says which one it is; the value changes
whenever there is something new to read, or nothing any more.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from kaggle_kit.explainer import html
from kaggle_kit.explainer.inbox import as_sent
from kaggle_kit.explainer.subject.subject import Subject
from kaggle_kit.explainer.subject.words import Words

CANVAS = 280
BRUSH, ERASER = 18, 30  # radii in pixels of the canvas

# These functions run in the browser. An answer of the server would come late, when the user already
# draws the next digit. SAME leaves a component as it is. The pad can be emptied more than once only
# by a new object.
# STATUS becomes what the page says.
_COMMON = """
  const SAME = { __type__: "update" };
  const EMPTY = { background: null, layers: [], composite: null };
  const status = STATUS;
  const next = (what, id = Date.now()) => [`${what} ${id}`, status[what]];"""
# The pad has strokes if they can be undone. It also reports a change after it was emptied. Its
# value is the name under which the inbox keeps the drawing. If the pad was an input of a function
# of the server, Gradio would send the drawing many times, as files.
_DRAWN = f"""(turn, drawing) => {{{_COMMON}
  const undo = document.querySelector('.kit-pad button[aria-label="Undo"]');
  if (undo && !undo.disabled)
    return drawing.id ? [...next("{html.DRAWING}", drawing.id), null] : [SAME, SAME, SAME];
  return turn.startsWith("{html.DRAWING}") ? [...next("{html.NOTHING}"), SAME] : [SAME, SAME, SAME];
}}"""
_SENT = f"""(turn, picture) => {{{_COMMON}
  if (picture) return [...next("{html.PICTURE}"), EMPTY];
  return turn.startsWith("{html.PICTURE}") ? [...next("{html.NOTHING}"), SAME] : [SAME, SAME, SAME];
}}"""
_CLEARED = f'() => {{{_COMMON} return [...next("{html.NOTHING}"), EMPTY, null]; }}'
# Gradio's pad has no tool in hand at first and after it was emptied; its examples have no names.
# EXAMPLE becomes the first words of these.
_TIDY = """() => {
  const tidy = () => {
    const brush = document.querySelector('.kit-pad button[aria-label="Brush"]');
    if (brush && !document.querySelector(".kit-pad button.highlight")) brush.click();
    document.querySelector(".kit-pad .image-container")?.setAttribute("aria-label", "Pad");
    for (const image of document.querySelectorAll(".kit-more .gallery-item img")) {
      const name = image.src.split("/").pop().split(".")[0];
      image.closest("button").setAttribute("aria-label", `EXAMPLE ${name}`);
    }
  };
  const changes = { subtree: true, childList: true, attributeFilter: ["class"] };
  new MutationObserver(tidy).observe(document.querySelector(".kit-layout"), changes);
  tidy();
}"""


def tidy(subject: Subject) -> str:
    """The program that puts the pad's brush in hand, and gives names to what has none."""
    return _TIDY.replace("EXAMPLE", "Example of the digit" if subject.is_digit else "Example")


def make_pad() -> tuple[Any, Any]:
    """The pad to draw on, and the button that clears it."""
    pad = gr.Sketchpad(
        label="Draw here",
        type="pil",
        canvas_size=(CANVAS, CANVAS),
        brush=gr.Brush(default_size=BRUSH, colors=["#000000"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=ERASER),
        layers=False,
        transforms=(),
        elem_classes="kit-pad",
    )
    return pad, gr.Button("Clear")


def make_picture(examples: Sequence[Path], subject: Subject) -> Any:
    """The place for a picture to read, with examples to click on."""
    picture = gr.Image(
        label="Or send a picture" if subject.is_drawn else "Send a picture",
        sources=["upload", "clipboard"],
        type="filepath",
        height=210 if subject.is_drawn else 300,
        elem_classes="kit-picture",
    )
    as_sent(picture)
    if examples:
        gr.Examples(
            [[str(path)] for path in examples],
            picture,
            label="Or take one of these",
            examples_per_page=10,
            api_visibility="private",
        )
    return picture


def take_turns(pad: Any, picture: Any, clear: Any, status: Any, words: Words) -> Any:
    """Empty the input that is not in use, and say in `status` what is being read.

    Returns
    -------
    gradio.Textbox
        Hidden. The first word of its value is DRAWING, PICTURE or NOTHING; the second one is the
        name of the drawing.
    """
    turn = gr.Textbox("", elem_classes="kit-hidden", show_label=False)
    private: dict[str, Any] = {"api_visibility": "private"}
    said = json.dumps({**html.BEING_READ, html.NOTHING: html.nothing_yet(words)})
    drawn, sent, cleared = (js.replace("STATUS", said) for js in (_DRAWN, _SENT, _CLEARED))
    pad.change(None, [turn, pad], [turn, status, picture], js=drawn, **private)
    picture.change(None, [turn, picture], [turn, status, pad], js=sent, **private)
    for emptied in (clear.click, pad.clear):
        emptied(None, None, [turn, status, pad, picture], js=cleared, **private)
    return turn
