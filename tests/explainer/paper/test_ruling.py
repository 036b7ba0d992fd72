"""Ruled lines disappear, and the strokes that cross them stay."""

import numpy as np
import pytest
from drawings import on_white
from PIL import Image

from kaggle_kit.explainer.paper.ruling import without_lines


def page(row):
    return np.asarray(on_white(row).resize((560, 480)), dtype=np.float32)


def ruled(page, *, across=True, down=False):
    lines = np.full_like(page, 255)
    for start in range(3):
        if across:
            lines[10 + start :: 30] = 150
        if down:
            lines[:, 10 + start :: 30] = 150
    return np.minimum(page, lines)


@pytest.mark.parametrize(("across", "down"), [(True, False), (False, True), (True, True)])
def test_lines_across_and_down_are_taken_out(across, down, one_of_each):
    for row in one_of_each:
        plain = page(row)
        found = without_lines(ruled(plain, across=across, down=down))
        assert np.corrcoef(found.ravel(), plain.ravel())[0, 1] > 0.98
        assert (found[plain > 250] > 240).mean() > 0.99


def test_lines_of_a_sheet_that_lies_a_little_askew_are_taken_out(one_of_each):
    plain = page(one_of_each[4])
    turned = Image.fromarray(ruled(plain)).rotate(1, Image.Resampling.BILINEAR, fillcolor=255)
    found = without_lines(np.asarray(turned)[20:-20, 20:-20])
    assert (found > 240).mean() > 0.9 * (plain > 240).mean()


def test_a_page_without_lines_keeps_every_pixel(digits):
    for row in digits.images[:10]:
        assert without_lines(page(row)) is not None
        np.testing.assert_array_equal(without_lines(page(row)), page(row))


def test_one_long_stroke_is_no_ruling():
    stroke = np.full((480, 560), 255, dtype=np.float32)
    stroke[200:203] = 0
    np.testing.assert_array_equal(without_lines(stroke), stroke)
