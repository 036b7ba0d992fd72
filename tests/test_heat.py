import numpy as np

from kaggle_kit.evaluation.shapley import BLUE, RED, heat_colours


def test_ink_for_is_red_ink_against_blue_and_the_rest_paper():
    image = np.array([[255, 255], [0, 255]], dtype=np.uint8)
    colours = heat_colours(image, np.array([[1.0, -1.0], [0.0, 0.0]]))
    assert tuple(colours[0, 0]) == RED
    assert tuple(colours[0, 1]) == BLUE
    assert tuple(colours[1, 0]) == (255, 255, 255)
    assert 150 < colours[1, 1].min() == colours[1, 1].max() < 255  # a shadow of the ink


def test_more_than_all_is_as_strong_as_all():
    image = np.zeros((1, 2), dtype=np.uint8)
    colours = heat_colours(image, np.array([[1.0, 7.0]]))
    assert (colours[0, 0] == colours[0, 1]).all()
