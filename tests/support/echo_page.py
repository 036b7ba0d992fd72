"""A small page of Gradio whose call `/tell` returns the text of a file that it is sent."""

import kaggle_kit.explainer.gradio_app  # noqa: F401  turns off Gradio's reports, before Gradio is imported
from kaggle_kit.explainer.inbox import as_sent

import gradio as gr  # isort: skip


def echo_page(inbox, work=lambda text: text):
    """Build the page; `work` is done on the text, for one call at a time."""
    with gr.Blocks(analytics_enabled=False) as demo:
        sent, text = as_sent(gr.File()), gr.Textbox()

        def tell(sent):
            return work(inbox.take(sent).decode())

        gr.Button().click(tell, sent, text, api_name="tell")
    return demo
