"""The explainer: a web page, and an API, that read a picture and show why it is read that way.

A picture and the ensemble of a run come in; the class, its probability, doubts and heat maps go
out. The room also writes the explainer as a bundle that runs without the kit.

Read in this order:

    subject/        what is read: the competition of the run, its words, photographs, examples
    pictures        a picture of any format -> its brightness
    paper           finds the sheet in a photograph, and takes its ruled lines out
    preprocessing   brightness of ink on paper -> an image as the networks know it
    doubts          the reasons to doubt an answer
    reader          that image -> the answer of the ensemble, doubts and Shapley values
    html            the answer and its reasons as HTML and pictures
    inbox           what was sent, in memory and for a short time
    controls        what users draw and send on: pad, picture, examples, Clear
    gradio_app      the page and its API, built with Gradio
    gateway         refuses other sites' pages, and what the page does not need
    server          serves a Gradio page, and lets Gradio remember nothing
    demo            loads a run or a bundle, and serves its explainer
    bundle          the explainer as a folder and a zip, for a Hugging Face Space

`demo` and `controls` are tested in `tests/system/test_browser.py`.
"""
