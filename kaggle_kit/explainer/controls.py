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

CANVAS = 280
BRUSH, ERASER = 18, 30  # radii in pixels of the canvas

# These functions run in the browser. An answer of the server would come late, when the user already
# draws the next digit. SAME leaves a component as it is. The pad can be emptied more than once only
# by a new object.
_COMMON = f"""
  const SAME = {{ __type__: "update" }};
  const EMPTY = {{ background: null, layers: [], composite: null }};
  const status = {json.dumps({**html.BEING_READ, html.NOTHING: html.NO_DIGIT})};
  const next = (what, id = Date.now()) => [`${{what}} ${{id}}`, status[what]];"""
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
TIDY = """() => {
  const tidy = () => {
    const brush = document.querySelector('.kit-pad button[aria-label="Brush"]');
    if (brush && !document.querySelector(".kit-pad button.highlight")) brush.click();
    document.querySelector(".kit-pad .image-container")?.setAttribute("aria-label", "Pad");
    for (const image of document.querySelectorAll(".kit-more .gallery-item img")) {
      const digit = image.src.split("/").pop().split(".")[0];
      image.closest("button").setAttribute("aria-label", `Example of the digit ${digit}`);
    }
  };
  const changes = { subtree: true, childList: true, attributeFilter: ["class"] };
  new MutationObserver(tidy).observe(document.querySelector(".kit-layout"), changes);
  tidy();
}"""


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


def make_picture(examples: Sequence[Path]) -> Any:
    """The place for a picture to read, with examples to click on."""
    picture = gr.Image(
        label="Or send a picture",
        sources=["upload", "clipboard"],
        type="filepath",
        height=210,
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


def take_turns(pad: Any, picture: Any, clear: Any, status: Any) -> Any:
    """Empty the input that is not in use, and say in `status` what is being read.

    Returns
    -------
    gradio.Textbox
        Hidden. The first word of its value is DRAWING, PICTURE or NOTHING; the second one is the
        name of the drawing.
    """
    turn = gr.Textbox("", elem_classes="kit-hidden", show_label=False)
    private: dict[str, Any] = {"api_visibility": "private"}
    pad.change(None, [turn, pad], [turn, status, picture], js=_DRAWN, **private)
    picture.change(None, [turn, picture], [turn, status, pad], js=_SENT, **private)
    for emptied in (clear.click, pad.clear):
        emptied(None, None, [turn, status, pad, picture], js=_CLEARED, **private)
    return turn
