"""The explainer's page and its API, built with Gradio.

On the page, users draw or send a digit and see how it is read and why.

with serving(partial(build_demo, lambda: reader, examples), "127.0.0.1", None) as url:
    ...
"""

import contextlib
import json
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

from kaggle_kit.explainer.controls import (  # noqa: E402
    TIDY,
    make_pad,
    make_picture,
    take_turns,
)

QUEUE = 32  # requests that wait; further ones are refused
SECONDS_SHOWN = 10  # in which the page fetches a picture that it sent, to show it
INTRO = f"""# {html.TITLE}
Draw a digit or send a picture of one. All networks of the chosen model read it, and the page shows
why, pixel by pixel. What you draw or send stays in memory, and is deleted within two minutes."""
API = """Any program can call the model, for example with `pip install gradio_client`:

```python
from gradio_client import Client, handle_file

client = Client("ADDRESS")  # the address of this page
client.predict(handle_file("seven.png"), api_name="/predict")
# {"label": 7, "probabilities": [...], "votes": [7, 7, ...], "doubts": [], "image": [[...], ...]}
client.predict(handle_file("seven.png"), api_name="/explain")
# {"label": 7, "logits": [...], "base": [...], "values": 10 x 28 x 28,
#  "standard_error": 10 x 28 x 28, "orders": 64, "gap": 4e-04}
```

`probabilities` are calibrated on the training images, each read by the networks that were not
trained on it: of those that get 90%, about nine in ten are read correctly. The mean of all
networks, which answers here, may differ. `logits` are as the networks give them.
`values` are estimates from `orders` random orders of the ink, each with its `standard_error`.
With `base` they add up to `logits`; `gap` is what is missing, as a share of the range of `logits`,
and says nothing about their noise."""
# Only the browser knows the address by which it reached the page.
ADDRESS = f"""() => {json.dumps(API)}.replace(
   "ADDRESS", location.origin + location.pathname.replace(/[/]$/, ""))"""
SILENCE = "The server did not answer. Draw or send it again."
FAILED, NOT_EXPLAINED = (f"() => {json.dumps(tell(SILENCE))}" for tell in (html.status, html.note))
APPEARANCE = {
    "theme": gr.themes.Soft(
        # Fonts of the user's machine, so that no font is downloaded.
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(block_label_text_color="*primary_700", block_title_text_color="*primary_700"),
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

    def show_reading(
        self, turn: str, picture: Any, before: str | None = None
    ) -> tuple[str | None, str, str, str]:
        """The key of the reading, what was read, the answer, and a note about the reasons.

        Parameters
        ----------
        turn : str
            What to read; see `controls.take_turns`.
        picture : object
            What was sent, for `Inbox.take`.
        before : str or None
            The key of the reading before, whose reasons nobody wants any more.
        """
        self._inbox.readings.delete(before or "")
        what, _, name = turn.partition(" ")
        sent = {html.DRAWING: {"id": name}, html.PICTURE: picture}.get(what)
        try:
            reading = self._read(sent, SECONDS_SHOWN)
        except KitError as error:
            return None, html.UNREADABLE[what], html.note(_sentence(error)), ""
        if reading is None:
            return None, html.NO_DIGIT, "", html.NO_REASONS
        key = self._inbox.readings.put(reading)
        return key, html.READ[what], html.reading_html(reading), html.note("Working out why …")

    def show_reasons(self, key: str | None) -> Any:
        """The reasons for a reading; nothing new if they were shown before."""
        if key is None:
            return html.NO_REASONS
        reading = self._inbox.readings.get(key)
        if reading is None:
            return gr.skip()
        try:
            reasons = self._reader().explain(reading.image)
            if self._inbox.readings.get(key) is None:  # something else was read meanwhile
                return gr.skip()
            return html.reasons_html(reading, reasons)
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
                pad, clear = make_pad()
            with gr.Column(elem_classes="kit-read"):
                status = gr.HTML(html.NO_DIGIT)
                answer = gr.HTML()
            with gr.Column(elem_classes="kit-why"):
                gr.Markdown("## Why")
                why = gr.HTML(html.NO_REASONS)
            with gr.Column(elem_classes="kit-more"):
                picture = make_picture(examples)
        with gr.Accordion("For programs", open=False):
            api = gr.Markdown(API, elem_classes="kit-api")

        reading = gr.State(None)
        turn = take_turns(pad, picture, clear, status)
        read = turn.change(
            answers.show_reading,
            [turn, picture, reading],
            [reading, status, answer, why],
            trigger_mode="always_last",
            show_progress="hidden",
            api_visibility="private",
        )
        reasons = read.success(
            answers.show_reasons,
            reading,
            why,
            trigger_mode="always_last",
            concurrency_id="explain",
            show_progress="hidden",
            api_visibility="private",
        )
        read.failure(None, None, status, js=FAILED, api_visibility="private")
        reasons.failure(None, None, why, js=NOT_EXPLAINED, api_visibility="private")
        demo.load(None, js=TIDY, api_visibility="private")
        demo.load(None, None, api, js=ADDRESS, api_visibility="private")
        _for_programs(answers)
    demo.queue(max_size=QUEUE)
    return demo


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
