import numpy as np
from scipy.ndimage import map_coordinates

from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.resampling import sample

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)


def test_sampling_agrees_with_a_float64_reference():
    """The reference is SciPy's map_coordinates. Some coordinates lie far outside the image."""
    random = np.random.default_rng(1)
    rows, columns = random.uniform(-6, 34, (2, 5, 28 * 28)).astype(np.float32)
    ours = keras.ops.convert_to_numpy(sample(IMAGES, rows, columns))
    padded = np.pad(IMAGES.astype(np.float64), ((0, 0), (8, 8), (8, 8)))
    for image, y, x, sampled in zip(padded, rows, columns, ours, strict=True):
        expected = map_coordinates(image, [y + 8.0, x + 8.0], order=1)
        np.testing.assert_allclose(sampled.ravel(), expected, atol=0.02)
