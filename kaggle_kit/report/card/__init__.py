"""The model card of a run: what it is for, how good it is, on which images, and its limits.

The files of a run and a description come in, Markdown goes out.

Read in this order:

    text         the text of the card, without numbers and without what depends on the data
    networks     what it says of the networks
    origins      what is known of the data: handwritten digits, a sample, or any competition
    robustness   the accuracy on altered images, measured once and kept in the run
    model_card   measures the numbers of the card and fills them into the text

`text`, `networks`, `origins` and `robustness` are tested with `model_card` in test_model_card.py.
"""
