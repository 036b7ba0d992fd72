"""The explainer's page and its API, built with Gradio.

On the page, users draw or send a digit and see how it is read and why.

with serving(partial(build_demo, lambda: reader, examples), "127.0.0.1", None) as url:
    ...
"""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kaggle_kit.errors import InputError, KitError
from kaggle_kit.explainer import html
from kaggle_kit.explainer.inbox import Inbox, as_sent
from kaggle_kit.explainer.pictures import read_picture
from kaggle_kit.explainer.reader import Reader, Reading

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: Gradio reports nothing
# Some versions of Gradio cause this warning about their own types at each start.
warnings.filterwarnings("ignore", "The 'alias' attribute", module="pydantic")

import gradio as gr  # noqa: E402

QUEUE = 32  # requests that wait; further ones are refused
CANVAS = 280
SECONDS_SHOWN = 10  # in which the page fetches a picture that it sent, to show it
NOTHING = "No digit yet: draw one, send a picture, or take an example."
NO_REASONS = "This part will show which ink speaks for and against each digit."
INTRO = f"""# {html.TITLE}
Draw a digit or send a picture of one. All networks of the chosen model say which digit they read,
and the part below shows why, pixel by pixel. What you draw or send stays in memory, and is deleted
within two minutes."""
API = """Any program can call the model, for example with `pip install gradio_client`:

```python
from gradio_client import Client, handle_file

client = Client("http://127.0.0.1:7860")  # the address of this page
client.predict(handle_file("seven.png"), api_name="/predict")
# {"label": 7, "probabilities": [...], "votes": [7, 7, ...], "doubts": [], "image": [[...], ...]}
client.predict(handle_file("seven.png"), api_name="/explain")
# {"label": 7, "logits": [...], "base": [...], "values": 10 x 28 x 28,
#  "standard_error": 10 x 28 x 28, "orders": 64, "gap": 4e-04}
```

`probabilities` are calibrated: of the training images that get 90%, about nine in ten are read
correctly by networks that were not trained on them. `logits` are as the networks give them.
`values` are estimates from `orders` random orders of the ink, each with its `standard_error`.
With `base` they add up to `logits`; `gap` is what is missing, as a share of the range of `logits`,
and says nothing about their noise."""
# The brush is inactive until its button is pressed, which users would not expect.
TAKE_BRUSH = """() => { const take = (left) => {
  const brush = document.querySelector('.kit-pad button[aria-label="Brush"]');
  if (brush) brush.click(); else if (left) setTimeout(() => take(left - 1), 100);
}; take(100); }"""


APPEARANCE = {
    # Fonts of the user's machine, so that no font is downloaded.
    "theme": gr.themes.Soft(font=["system-ui", "sans-serif"], font_mono=["ui-monospace"]),
    "css": html.CSS,
}


class Answers:
    """The answers to the page and to programs; each method answers one event.

    Parameters
    ----------
    reader : callable
        Returns the reader; a call may wait until the reader is loaded.
    inbox : Inbox
        Holds what was sent.
    """

    def __init__(self, reader: Callable[[], Reader], inbox: Inbox) -> None:
        self._reader, self._inbox = reader, inbox

    def show_reading(self, sent: Any) -> tuple[str | None, str, dict[str, float] | None, str]:
        """The key of the reading, its HTML, the probability of each digit, and a note on why."""
        try:
            reading = self._read(sent, SECONDS_SHOWN)
        except KitError as error:
            return None, html.note(_sentence(error)), None, ""
        if reading is None:
            return None, html.note(NOTHING), None, ""
        chances = {str(label): float(p) for label, p in enumerate(reading.probabilities)}
        key = self._inbox.readings.put(reading)
        return key, html.reading_html(reading), chances, html.note("Working out why …")

    def show_reasons(self, key: str | None) -> Any:
        """The reasons for a reading; nothing new if they were shown before."""
        if key is None:
            return html.note(NO_REASONS)
        reading = self._inbox.readings.get(key)
        if reading is None:
            return gr.skip()
        try:
            return html.reasons_html(reading, self._reader().explain(reading.image))
        except KitError as error:
            return html.note(_sentence(error))
        finally:
            self._inbox.readings.delete(key)

    def predict(self, picture: Any) -> dict[str, Any]:
        with _refusing():
            reading = self._read_sent(picture)
        return {
            "label": reading.label,
            "probabilities": reading.probabilities.tolist(),
            "votes": reading.votes,
            "doubts": reading.doubts,
            "image": reading.image.tolist(),
        }

    def explain(self, picture: Any) -> dict[str, Any]:
        with _refusing():
            reading = self._read_sent(picture)
            explanation = self._reader().explain(reading.image).explanation
        return {
            "label": reading.label,
            "logits": explanation.logits[0].tolist(),
            "base": explanation.base.tolist(),
            "values": explanation.values[0].tolist(),
            "standard_error": explanation.standard_error[0].tolist(),
            "orders": int(explanation.orders[0]),
            "gap": float(explanation.gap[0]),
        }

    def _read_sent(self, picture: Any) -> Reading:
        reading = self._read(picture)
        if reading is None:
            raise InputError("no picture was sent", hint="send a file, for example a PNG")
        return reading

    def _read(self, sent: Any, shown: float = 0) -> Reading | None:
        """Read a picture, or a drawing of the pad; None if there is none.

        It is deleted after `shown` seconds.
        """
        content = self._inbox.take(sent, shown)
        if content is None:
            return None
        picture = read_picture(content)
        is_blank = picture.has_transparency_data and not picture.getchannel("A").getbbox()
        return None if is_blank else self._reader().read(picture)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Report what is wrong with a picture as a `gr.Error`; Gradio hides other errors."""
    try:
        yield
    except KitError as error:
        raise gr.Error(_sentence(error), print_exception=False) from None


def _sentence(error: KitError) -> str:
    text = f"{error}; {error.hint}." if error.hint else f"{error}."
    return text[0].upper() + text[1:]


def build_demo(reader: Callable[[], Reader], examples: Sequence[Path], inbox: Inbox) -> Any:
    """Build the page, with `/predict` and `/explain` for programs; serve it with APPEARANCE.

    Parameters
    ----------
    reader : callable
        Returns the reader; a call may wait until the reader is loaded.
    examples : sequence of Path
        Pictures to click on.
    inbox : Inbox
        Where `server` puts what users send.

    Returns
    -------
    gradio.Blocks
    """
    answers = Answers(reader, inbox)
    with gr.Blocks(title=html.TITLE, analytics_enabled=False) as demo:
        gr.Markdown(INTRO)
        with gr.Row(elem_classes="kit-layout"):
            with gr.Column(elem_classes="kit-draw"):
                pad = _pad()
                clear = gr.Button("Clear")
            with gr.Column(elem_classes="kit-read"):
                answer = gr.HTML(html.note(NOTHING))
                chances = gr.Label(
                    label="How likely each digit is", num_top_classes=10, show_heading=False
                )
            with gr.Column(elem_classes="kit-more"):
                picture = _picture()
                _examples(picture, examples)
            with gr.Column(elem_classes="kit-why"):
                gr.Markdown("## Why")
                why = gr.HTML(html.note(NO_REASONS))
        with gr.Accordion("For programs", open=False):
            gr.Markdown(API)

        reading = gr.State(None)
        for source in (pad, picture):
            source.change(
                answers.show_reading,
                source,
                [reading, answer, chances, why],
                trigger_mode="always_last",
                show_progress="hidden",
                api_visibility="private",
            ).then(
                answers.show_reasons,
                reading,
                why,
                concurrency_id="explain",
                show_progress="hidden",
                api_visibility="private",
            )
        # This runs in the browser only. An answer of the server would come late, when the user
        # already draws the next digit.
        clear.click(
            None, None, [pad, picture], js="() => [null, null]", api_visibility="private"
        ).then(None, js=TAKE_BRUSH, api_visibility="private")
        demo.load(None, js=TAKE_BRUSH, api_visibility="private")
        _for_programs(answers)
    demo.queue(max_size=QUEUE)
    return demo


def _pad() -> Any:
    pad = gr.Sketchpad(
        label="Draw here",
        type="pil",
        canvas_size=(CANVAS, CANVAS),
        brush=gr.Brush(default_size=18, colors=["#000000"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=30),
        layers=False,
        transforms=(),
        elem_classes="kit-pad",
    )
    return as_sent(pad)


def _picture() -> Any:
    picture = gr.Image(
        label="Or send a picture", sources=["upload", "clipboard"], type="filepath", height=220
    )
    return as_sent(picture)


def _examples(picture: Any, paths: Sequence[Path]) -> None:
    if paths:
        gr.Examples(
            [[str(path)] for path in paths],
            picture,
            label="Or take one of these",
            examples_per_page=10,
            api_visibility="private",
        )


def _for_programs(answers: Answers) -> None:
    """The two calls of the API, on components that the page does not show."""
    with gr.Row(visible=False):
        sent = as_sent(gr.File(label="picture"))
        found = gr.JSON(label="answer")
        gr.Button().click(answers.predict, sent, found, api_name="predict")
        gr.Button().click(
            answers.explain,
            sent,
            found,
            api_name="explain",
            concurrency_id="explain",
        )
