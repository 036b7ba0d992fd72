import numpy as np

from kaggle_kit.evaluation.removal.baselines import blurred, paper


def test_the_paper_of_digits_is_black(digits):
    assert not any(paper(image).any() for image in digits.images)


def test_the_paper_has_the_colour_of_the_edge():
    image = np.zeros((10, 8, 3), dtype=np.uint8)
    image[:] = 200, 10, 90
    image[3:7, 2:6] = 0
    image[0, :3] = 255  # ink that reaches the edge
    assert (paper(image) == (200, 10, 90)).all()
    assert paper(image).shape == image.shape


def test_a_blurred_photograph_keeps_its_colours_and_loses_its_details():
    image = np.zeros((40, 40, 3), dtype=np.uint8)
    image[::2, :, 0] = 200
    image[..., 2] = 50
    smooth = blurred(image).astype(int)
    assert np.abs(smooth - (100, 0, 50)).max() < 10
