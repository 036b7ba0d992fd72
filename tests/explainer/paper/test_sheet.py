"""A sheet of paper is found as it lies on a table."""

import numpy as np
import pytest
from drawings import drawn, on_a_turned_sheet, on_white, photograph
from PIL import Image

from kaggle_kit.explainer.paper.sheet import find_sheet, flattened


def grey(picture):
    return np.asarray(picture, dtype=np.float32)


@pytest.mark.parametrize("table", [40, 170, 250])
@pytest.mark.parametrize("degrees", [-20, -8, -3, 0, 5, 12, 20])
def test_a_turned_sheet_is_found_on_any_table(degrees, table, one_of_each):
    sheet = find_sheet(grey(on_a_turned_sheet(one_of_each[5], degrees, table)))
    assert sheet.degrees == pytest.approx(degrees, abs=1.5)
    np.testing.assert_allclose(sorted(sheet.sides), [240, 280], rtol=0.05)


def test_a_shadow_across_the_sheet_does_not_divide_it(one_of_each):
    photo = grey(on_a_turned_sheet(one_of_each[8], 10, 60))
    photo[:, :200] *= 0.55
    assert find_sheet(photo).degrees == pytest.approx(10, abs=2)


def test_a_sheet_that_leaves_the_picture_is_found(one_of_each):
    photo = grey(on_a_turned_sheet(one_of_each[3], 6, 50))[:, 60:]
    assert find_sheet(photo).degrees == pytest.approx(6, abs=1.5)


def test_a_sheet_is_cut_out_upright_and_evenly_lit(one_of_each):
    photo = grey(on_a_turned_sheet(one_of_each[2], 15, 50)) * np.linspace(0.5, 1, 400)
    flat = flattened(photo)
    border = np.concatenate([flat[0], flat[-1], flat[:, 0], flat[:, -1]])
    assert border.min() > 200
    assert np.median(flat) > 240


@pytest.mark.parametrize("draw", [on_white, drawn, photograph, Image.fromarray])
def test_a_picture_without_a_table_stays_as_it_is(draw, digits):
    for row in digits.images[:20]:
        picture = grey(draw(row))
        assert flattened(picture) is picture
