"""Accuracy on images altered on purpose, and by handwriting as hands vary within the data.

Images and logits come in, a table goes out.

Read in this order:

    handwriting     measures of a digit: slant, stroke width and breadth
    perturbations   digits altered as by another hand, pen or scanner
    photographs     photographs and colours altered as by another camera or another light
    measure         the accuracy on altered images, and by measures of handwriting
"""
