import numpy as np
import pytest

from kaggle_kit.evaluation.robustness.handwriting import breadth, slant, stroke_width


def line(degrees, width=3.0):
    """A line, 20 pixels long, that leans right; the ink of a pixel depends on its distance."""
    y, x = np.mgrid[:28, :28] - 13.5
    angle = np.radians(degrees)
    across = np.abs(x * np.cos(angle) + y * np.sin(angle))
    along = np.abs(y * np.cos(angle) - x * np.sin(angle))
    ink = np.clip(width / 2 + 0.5 - across, 0, 1) * np.clip(10.5 - along, 0, 1)
    return np.round(255 * ink).astype(np.uint8)[None]


def box(height, width):
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[0, 4 : 4 + height, 4 : 4 + width] = 255
    return image


@pytest.mark.parametrize("degrees", [-30, -10, 0, 10, 30])
def test_slant_is_the_angle_to_the_right_of_upright(degrees):
    assert slant(line(degrees))[0] == pytest.approx(degrees, abs=1)


@pytest.mark.parametrize("degrees", [0, 20, 45])
@pytest.mark.parametrize("width", [2, 3.5, 5])
def test_stroke_width_is_that_of_the_line_whichever_way_it_runs(degrees, width):
    """The ends of the line count as edges too, which `expected` includes."""
    expected = 2 * 20 * width / (2 * 20 + 2 * width)
    assert stroke_width(line(degrees, width))[0] == pytest.approx(expected, rel=0.12)


def test_stroke_width_does_not_depend_on_brightness():
    image = line(20)
    assert stroke_width(image // 2)[0] == pytest.approx(stroke_width(image)[0], rel=0.02)


def test_breadth_is_the_ratio_of_width_to_height():
    assert breadth(box(16, 8))[0] == pytest.approx(0.5, abs=0.01)
    assert breadth(box(8, 16))[0] == pytest.approx(2, abs=0.02)


def test_a_slanted_digit_is_no_broader():
    assert breadth(line(30))[0] == pytest.approx(breadth(line(0))[0], abs=0.05)


def test_images_are_measured_each_by_itself_however_many():
    images = np.concatenate([line(0, 2), line(20, 4)] * 2500)
    for measure in (slant, stroke_width, breadth):
        values = measure(images)
        np.testing.assert_allclose(values, np.tile(values[:2], 2500), rtol=1e-4, atol=1e-3)
        assert values.dtype == np.float32


def test_an_image_without_ink_breaks_nothing():
    empty = np.zeros((1, 28, 28), dtype=np.uint8)
    assert np.isfinite([measure(empty)[0] for measure in (slant, stroke_width, breadth)]).all()
