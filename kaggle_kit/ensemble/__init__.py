"""The ensemble of a run: train it, predict with it, and export it to other programs.

A best.json and the training images with their folds come in. Weights, out-of-fold and test logits
come out, and model files in the formats of other programs.

Read in this order:

    ensemble         the trained networks of a run, and the mean of their logits
    shares           how much each network counts, and which views it sees
    fit              train the missing networks, predict, and evaluate out of fold
    out_of_fold      put the logits of each fold into the order of the training rows
    views            whether the mirror image of a photograph is predicted, too
    blending         the weights of runs in a blend, found out of fold
    blended_run      the files of a blend, made of those of its runs
    predictor        predict for a few images at a time, from many threads
    plain_keras      networks as one model of Keras' own layers
    export           write that model as a file, read it back, and compare the logits
    export_formats   the script that makes and reads the file of each format

`ensemble` and `out_of_fold` are tested with `fit` in `tests/ensemble/test_fit.py`. `shares` and
`blended_run` are tested with the verb in `tests/api/test_blend.py`. `export_formats`
is tested with `export` in `tests/ensemble/test_export.py`.
"""
