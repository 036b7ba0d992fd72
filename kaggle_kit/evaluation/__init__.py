"""Evaluation of predictions: metrics, significance, calibration, robustness, Shapley values.

Arrays, and functions of arrays, come in; numbers and tables go out. No module of this room reads a
file or knows Keras.

Read in this order:

    scores          the metrics of competitions, by name
    metrics         accuracy, cross-entropy, and the evaluation of out-of-fold predictions
    intervals       confidence intervals and standard errors of proportions
    significance    paired tests over rows and over folds
    calibration     reliability by confidence, and temperature scaling
    decisions       from logits to labels, by what the metric rewards
    verdict         how logits become answers, and what can be expected of them
    selective       the accuracy of the rest if the least sure answers are put aside
    diversity       the networks of a committee, each alone and together
    label_issues    labels that are likely wrong
    robustness/     accuracy on altered digits, and by measures of handwriting
    images/         copies among the images, and how the test set differs
    novelty         images that are unlike the training images
    removal/        what the networks say when parts of an image are taken away
    shapley         the contribution of each pixel or patch to the logits
"""
