"""The networks: their layers, families and search spaces, their weights and logits.

Hyperparameters and images come in. Keras models, their logits and their weights go out.

Read in this order:

    backend             chooses Keras' backend and imports Keras
    families            the kinds of networks and their search spaces
    model               builds a network, predicts with it, loads and saves its weights
    colour              layers for colours: ink and paper, thumbnails, random changes
    normalisation       layers that normalise position, slant and size of digits
    gradient_features   layers that compute fixed features from the pixels
    distortion          the layer that distorts images at random while training
    resampling          bilinear sampling, shrinking and products of maps, for the layers above
    bfloat16_dense      dense layers with fast matrix products
    convolution         convolutions with fast gradients
    winograd            convolutions of small maps as three matrix products

`model` is tested with `train_fold` in `tests/training/test_train_fold.py`.
"""
