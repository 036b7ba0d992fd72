"""The explainer's page and its API, built with Gradio.

On the page, users draw or send a picture and see how it is read and why.

with serving(partial(build_demo, lambda: reader, examples, subject), "127.0.0.1", None) as url:
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
from kaggle_kit.evaluation.removal.parts import by_patch
from kaggle_kit.explainer import html
from kaggle_kit.explainer.inbox import Inbox, as_sent
from kaggle_kit.explainer.reader import Reader, Reading
from kaggle_kit.explainer.subject.subject import Subject
from kaggle_kit.explainer.subject.words import Words

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: Gradio reports nothing
# Some versions of Gradio cause this warning about their own types at each start.
warnings.filterwarnings("ignore", "The 'alias' attribute", module="pydantic")

import gradio as gr  # noqa: E402

from kaggle_kit.explainer.controls import (  # noqa: E402
    make_pad,
    make_picture,
    take_turns,
    tidy,
)

QUEUE = 32  # requests that wait; further ones are refused
SECONDS_SHOWN = 10  # in which the page fetches a picture that it sent, to show it
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
    words : Words
        The texts of the page.
    """

    def __init__(self, reader: Callable[[], Reader], inbox: Inbox, words: Words) -> None:
        self._reader, self._inbox, self._words = reader, inbox, words

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
            return None, html.nothing_yet(self._words), "", html.note(self._words.no_reasons)
        key = self._inbox.readings.put(reading)
        return key, html.READ[what], html.reading_html(reading), html.note("Working out why …")

    def show_reasons(self, key: str | None) -> Any:
        """The reasons for a reading; nothing new if they were shown before."""
        if key is None:
            return html.note(self._words.no_reasons)
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
        subject = reading.subject
        return {
            "label": subject.answer(reading.label),
            "classes": subject.problem.class_names,
            "probabilities": reading.probabilities.tolist(),
            "votes": [subject.answer(label) for label in reading.votes],
            "doubts": reading.doubts,
            "image": reading.image.tolist(),
        }

    def explain(self, picture: Any) -> dict[str, Any]:
        with _refusing():
            reading = self._read_sent(picture)
            explanation = self._reader().explain(reading.image).explanation
        shown, side = reading.shown, explanation.side
        values, errors = explanation.values[0, shown], explanation.standard_error[0, shown]
        return {
            "label": reading.subject.answer(reading.label),
            "classes": [reading.subject.name(label) for label in shown],
            "logits": explanation.logits[0, shown].tolist(),
            "base": explanation.base[0, shown].tolist(),
            "values": by_patch(values, side).tolist(),
            "standard_error": by_patch(errors, side).tolist(),
            "side": side,
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
        return None if content is None else self._reader().read_file(content)


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


def build_demo(
    reader: Callable[[], Reader], examples: Sequence[Path], subject: Subject, inbox: Inbox
) -> Any:
    """Build the page, with `/predict` and `/explain` for programs; serve it with APPEARANCE.

    Parameters
    ----------
    reader : callable
        Returns the reader; a call may wait until the reader is loaded.
    examples : sequence of Path
        Pictures to click on.
    subject : Subject
        What the reader reads.
    inbox : Inbox
        Where `server` puts what users send.

    Returns
    -------
    gradio.Blocks
    """
    words = Words(subject)
    answers = Answers(reader, inbox, words)
    layout = ["kit-layout"] if subject.is_drawn else ["kit-layout", "kit-photos"]
    with gr.Blocks(title=words.title, analytics_enabled=False) as demo:
        gr.Markdown(f"# {words.title}\n{words.task}")
        with gr.Row(elem_classes=layout):
            with gr.Column(elem_classes="kit-draw", visible=subject.is_drawn):
                pad, clear = make_pad()
            with gr.Column(elem_classes="kit-read"):
                status = gr.HTML(html.nothing_yet(words))
                answer = gr.HTML()
            with gr.Column(elem_classes="kit-why"):
                gr.Markdown("## Why")
                why = gr.HTML(html.note(words.no_reasons))
            with gr.Column(elem_classes="kit-more"):
                picture = make_picture(examples, subject)
        with gr.Accordion("For programs", open=False):
            api = gr.Markdown(words.api, elem_classes="kit-api")

        reading = gr.State(None)
        turn = take_turns(pad, picture, clear, status, words)
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
        demo.load(None, js=tidy(subject), api_visibility="private")
        demo.load(None, None, api, js=_with_address(words.api), api_visibility="private")
        _for_programs(answers)
    demo.queue(max_size=QUEUE)
    return demo


def _with_address(text: str) -> str:
    """The program that puts in the address: only the browser knows how it reached the page."""
    return f"""() => {json.dumps(text)}.replace(
   "ADDRESS", location.origin + location.pathname.replace(/[/]$/, ""))"""


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
