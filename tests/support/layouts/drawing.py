"""One picture: the pattern of its class with some cells changed, moved a little, under noise.

Two pictures of a class are like each other, but no near-duplicates.
"""

import numpy as np
from PIL import Image

CELLS = 5
CHANGED = 0.1  # the part of the cells that differ from the pattern of the class


def pattern(number):
    """Return which cells of a class are light, (5, 5), and its two colours, dark and light."""
    rng = np.random.default_rng([number, CELLS])
    return rng.random((CELLS, CELLS)) < 0.45, rng.uniform(0, 0.4, 3), rng.uniform(0.4, 1, 3)


def draw(number, size, rng, *, colour=False, noise=12):
    """Return a picture of class `number`: uint8, (height, width) or (height, width, 3)."""
    height, width = size
    light, *colours = pattern(number)
    light = light ^ (rng.random(light.shape) < CHANGED)
    cells = light.astype(float)
    if colour:
        dark, bright = (values + rng.normal(0, 0.06, 3) for values in colours)
        cells = np.where(light[:, :, None], bright, dark)
    rows = np.arange(height) * CELLS // height
    columns = np.arange(width) * CELLS // width
    picture = cells[rows][:, columns] * rng.uniform(170, 250)
    reach = max(1, min(size) // 10)
    picture = np.roll(picture, tuple(rng.integers(-reach, reach + 1, 2)), axis=(0, 1))
    if noise:
        picture = picture + rng.normal(0, noise, picture.shape) * (colour or picture > 0)
    return picture.clip(0, 255).astype(np.uint8)


def photograph(number, side, rng):
    """Return a picture in colour of about `side` pixels, of any proportion from 3:4 to 4:3."""
    size = tuple(int(side * rng.uniform(0.9, 1.2)) for _ in range(2))
    return Image.fromarray(draw(number, size, rng, colour=True))


def labels_of(classes, rows, rng):
    """Return the numbers of the classes of `rows` images in random order, as equal as can be."""
    return rng.permutation(np.arange(rows) % classes)
