import numpy as np
import pytest

from kaggle_kit.report.figures import gallery, png


def test_a_gallery_shows_each_image_under_its_title_and_leaves_the_rest_blank():
    images = [np.full((4, 4), 9), np.full((2, 3), 7), np.full((2, 2, 3), 5, dtype=np.uint8)]
    figure = gallery(images, [1, "two", "three"], columns=2)
    assert len(figure.axes) == 4
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == ["1", "two", "three"]
    for axes, image in zip(shown, images, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)


def test_ink_is_as_dark_in_every_image_of_a_gallery():
    """A faint image must not look like a dark one."""
    faint = gallery([np.full((4, 4), 10)], [""]).axes[0].images[0]
    assert faint.get_clim() == (0, 255)


def test_an_image_without_a_title_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        gallery([np.zeros((2, 2))] * 2, ["one"])


def test_a_png_is_one():
    assert png(gallery([np.zeros((2, 2))], [""])).startswith(b"\x89PNG")
