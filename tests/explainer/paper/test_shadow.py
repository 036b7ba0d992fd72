"""The edge of a shadow disappears, and what lies in the picture stays."""

import numpy as np
import pytest
from drawings import on_a_turned_sheet
from PIL import Image

from kaggle_kit.explainer.paper.shadow import without_shadow
from kaggle_kit.explainer.paper.sheet import find_sheet


def shaded(photo, degrees, depth):
    """Return the photograph with a shadow whose edge runs through its middle."""
    y, x = (np.arange(side) - side / 2 for side in photo.shape)
    way = np.radians(degrees)
    return photo * np.where(np.sin(way) * y[:, None] + np.cos(way) * x > 0, 1 - depth, 1)


def sheet_on_a_table(row, degrees, table):
    return np.asarray(on_a_turned_sheet(row, degrees, table), dtype=np.float32)


@pytest.mark.parametrize("degrees", range(0, 360, 20))
def test_a_shadow_with_an_edge_at_any_angle_is_taken_out(degrees):
    plain = np.full((120, 160), 150, dtype=np.float32)
    plain[30:90, 50:110] = 220
    dark = shaded(plain, degrees, 0.4).astype(np.float32)
    lit = without_shadow(dark, dark)
    assert (np.abs(lit / plain - 1) < 0.05).mean() > 0.95


@pytest.mark.parametrize("depth", [0.3, 0.5])
@pytest.mark.parametrize("degrees", [20, 110, 250])
def test_a_sheet_is_found_though_the_edge_of_a_shadow_crosses_it(degrees, depth, one_of_each):
    photo = sheet_on_a_table(one_of_each[2], 12, 150)
    sheet = find_sheet(shaded(photo, degrees, depth).astype(np.float32))
    assert sheet.degrees == pytest.approx(12, abs=2)
    np.testing.assert_allclose(sorted(sheet.sides), [240, 280], rtol=0.08)


def test_the_edges_of_a_sheet_are_no_shadow(one_of_each):
    for table in (40, 150):
        photo = Image.fromarray(sheet_on_a_table(one_of_each[4], 5, table)).resize((160, 152))
        small = np.asarray(photo)
        assert without_shadow(small, small) is None


def test_a_slope_of_the_light_is_no_shadow():
    slope = np.broadcast_to(np.linspace(60, 230, 160, dtype=np.float32), (120, 160))
    assert without_shadow(slope, slope) is None


@pytest.mark.parametrize("shape", [(2, 160), (160, 2), (30, 160)])
def test_a_strip_has_no_shadow(shape):
    strip = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    assert without_shadow(strip, strip) is None
