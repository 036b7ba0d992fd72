"""Evaluation of predictions: metrics, significance, calibration, robustness, Shapley values.

Arrays, and functions of arrays, come in; numbers and tables go out. No module of this room reads a
file or knows Keras.

Read in this order:

    metrics         accuracy, cross-entropy and the confusion matrix
    intervals       confidence intervals and standard errors of proportions
    significance    paired tests over rows and over folds
    calibration     reliability by confidence, and temperature scaling
    selective       the accuracy of the rest if the least sure answers are put aside
    diversity       the networks of a committee, each alone and together
    label_issues    labels that are likely wrong
    handwriting     measures of a digit: slant, stroke width and breadth
    perturbations   digits altered as by another hand, pen or scanner
    robustness      accuracy on altered digits, and by measures of handwriting
    novelty         images that are unlike the training images
    shapley         the contribution of each pixel to the logits
"""
