"""The parts of `ImageClassifier`: arrays in, settings, results, display.

Read in this order:

    pixels       how the values of pixels become 0..255, and what shape an image has
    arrays       a user's X and y become checked images and labels
    plans        the arguments of a classifier as the plan of a search
    own          the function `build(hp)` of a user as the text of a family
    fitted       the ensemble of a run: its logits, its files, and how it is pickled
    predicting   what a fitted classifier can do
    answers      explanations and tables as Jupyter shows them
    submitting   a submission as a file that the user names
    display      progress in Jupyter and on a terminal, and Ctrl-C

`fitted`, `predicting`, `answers`, `submitting` and `display` are tested with the classifier in
`tests/api/test_classifier.py`.
"""
