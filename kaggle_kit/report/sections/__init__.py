"""The sections of the report page: each takes a `ReportData` and returns a `components.Section`.

Read in this order, which is that of the page:

    score           the score that is expected at Kaggle, its leak, the score once it is known
    predictions     the accuracy by class and by fold, and the confusion matrix
    confusions      the images behind each cell of the confusion matrix; mistakes.csv
    mistakes        the worst mistakes, their explanations, and the labels in doubt
    calibration     how reliable the confidence of the networks is
    selective       the accuracy of the rest if unsure images are put aside
    robustness      the accuracy on altered images, and by handwriting
    ensemble        the gain of several networks per fold over one network
    training        accuracy, loss and learning rate by epoch
    search          the trials, and a test of the chosen trial against the best other one
    data            near-duplicates, test against training images, classes, distorted images
    origin          how to reproduce the run

All sections are tested in tests/report/test_page.py.
"""
