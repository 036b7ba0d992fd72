"""Any picture of a digit becomes an image as the networks know it."""

import numpy as np
import pytest
from drawings import (
    as_bytes,
    drawn,
    likeness,
    on_a_turned_sheet,
    on_white,
    photograph,
)
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from kaggle_kit.errors import InputError
from kaggle_kit.explainer.pictures import read_picture
from kaggle_kit.explainer.preprocessing import prepare

ALIKE = 0.85  # digits of two classes have a lower correlation of pixels


def shadow(row):
    values = np.asarray(on_white(row)) * 0.9
    values[:, 110:] *= 0.5
    return Image.fromarray(values.astype(np.uint8))


def framed(row, inset):
    picture = on_white(row)
    corners = [inset, inset, picture.width - 1 - inset, picture.height - 1 - inset]
    ImageDraw.Draw(picture).rectangle(corners, outline=0, width=4)
    return picture


def on_a_table(row):
    table = Image.new("L", (360, 340), 50)
    table.paste(photograph(row, darkest=0.8), (25, 60))
    return table


def with_specks(row):
    picture = on_white(row)
    for x, y in [(5, 5), (270, 12), (250, 220), (12, 200)]:
        picture.paste(0, (x, y, x + 3, y + 3))
    return picture


def with_a_blot(row, *box):
    picture = on_white(row)
    picture.paste(30, box)
    return picture


def on_transparency(row):
    picture = Image.new("RGBA", (280, 240), (250, 220, 0, 0))
    picture.putalpha(drawn(row))
    return picture


PICTURES = {
    "black on white": on_white,
    "white on black": drawn,
    "pale grey on grey": lambda row: drawn(row).point(lambda value: 120 + value // 10),
    "1 bit": lambda row: on_white(row).convert("1", dither=Image.Dither.NONE),
    "12 of 16 bits": lambda row: Image.fromarray(np.asarray(drawn(row)).astype(np.uint16) * 16),
    "transparent": on_transparency,
    "palette": lambda row: on_white(row).convert("RGB").quantize(16),
    "photograph in uneven light": photograph,
    "blackboard in uneven light": lambda row: ImageOps.invert(photograph(row)),
    "shadow over half of it": shadow,
    "frame around": lambda row: framed(row, 0),
    "frame inside": lambda row: framed(row, 9),
    "paper on a table": on_a_table,
    "turned paper on a table": lambda row: on_a_turned_sheet(row, 13, 70),
    "turned paper on a lighter table": lambda row: on_a_turned_sheet(row, -18, 250),
    "specks": with_specks,
    "blot at the edge": lambda row: with_a_blot(row, 230, 226, 254, 240),
    "strip along the edge": lambda row: with_a_blot(row, 270, 0, 280, 240),
    "thumbnail": lambda row: drawn(row, (40, 34), 16, (11, 13)),
    "tall": lambda row: drawn(row, (150, 900), 100, (20, 700)),
}


def sent(picture, **options):
    return prepare(read_picture(as_bytes(picture, **options)))


def test_digits_of_two_classes_are_not_alike(one_of_each):
    each = np.corrcoef(one_of_each.reshape(10, -1)) - np.eye(10)
    assert each.max() < ALIKE


def test_without_preparation_no_digit_would_be_alike(one_of_each):
    shrunk = [np.asarray(drawn(row).resize((28, 28), Image.Resampling.BOX)) for row in one_of_each]
    assert max(likeness(shrunk, one_of_each)) < ALIKE


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES.keys())
def test_a_digit_is_the_same_however_it_is_drawn(draw, one_of_each):
    assert min(likeness([sent(draw(row)) for row in one_of_each], one_of_each)) > ALIKE


@pytest.mark.parametrize("draw", [drawn, on_white], ids=["light on black", "black on white"])
def test_ink_and_paper_change_places_without_a_trace(draw, one_of_each):
    images = [sent(draw(row)) for row in one_of_each]
    negatives = [sent(ImageOps.invert(draw(row))) for row in one_of_each]
    assert np.array_equal(images, negatives)


class TestImagesThatAreReady:
    def test_keep_every_byte(self, digits):
        assert np.array_equal([sent(Image.fromarray(row)) for row in digits.images], digits.images)

    def test_keep_every_byte_in_the_negative(self, digits):
        images = [sent(Image.fromarray(255 - row)) for row in digits.images]
        assert np.array_equal(images, digits.images)

    @pytest.mark.parametrize(
        "change",
        [
            lambda row: Image.fromarray(row.astype(np.uint16) * 257),
            lambda row: Image.fromarray(row).convert("RGB"),
            lambda row: Image.merge("LA", [Image.new("L", (28, 28), 255), Image.fromarray(row)]),
            lambda row: Image.merge("LA", [Image.new("L", (28, 28), 0), Image.fromarray(row)]),
        ],
        ids=["16 bits", "RGB", "white ink", "black ink"],
    )
    def test_keep_every_byte_in_other_modes(self, change, one_of_each):
        pale = one_of_each // 2
        assert np.array_equal([sent(change(row)) for row in pale], pale)

    def test_of_28_pixels_out_of_the_middle_are_moved_there(self, one_of_each):
        moved = [np.roll(row, 3, axis=1) for row in one_of_each]
        assert max(likeness(moved, one_of_each)) < ALIKE
        assert min(likeness([sent(Image.fromarray(row)) for row in moved], one_of_each)) > ALIKE


@pytest.mark.parametrize("at", [(0, 0), (150, 110), (31, 77)])
def test_the_box_is_20_and_the_middle_of_the_mass_is_at_14(at, one_of_each):
    for row in one_of_each:
        image = prepare(drawn(row, at=at))
        inked = [np.flatnonzero(image.any(axis=axis)) for axis in (0, 1)]
        assert max(np.ptp(along) + 1 for along in inked) == 20
        y, x = (np.average(np.arange(28), weights=image.sum(axis=axis)) for axis in (1, 0))
        assert y == pytest.approx(14, abs=0.55)
        assert x == pytest.approx(14, abs=0.55)


def test_other_shapes_are_filled_alike(one_of_each):
    images = [prepare(on_white(row), (56, 56)) for row in one_of_each]
    assert images[0].shape == (56, 56)
    halves = [np.asarray(Image.fromarray(image).reduce(2)) for image in images]
    assert min(likeness(halves, one_of_each)) > ALIKE


def test_thin_strokes_of_a_huge_picture_survive():
    """A zero drawn 2 pixels wide in 36 million pixels is like a zero drawn with a pen."""
    thin, bold = Image.new("1", (6000, 6000), 1), Image.new("L", (300, 300), 255)
    ImageDraw.Draw(thin).ellipse([1900, 1000, 4100, 5000], outline=0, width=2)
    ImageDraw.Draw(bold).ellipse([93, 48, 207, 252], outline=0, width=20)
    # The middle of the zero is between two rows, and either row may become the image's middle.
    images = [np.roll(sent(thin), rows, axis=0) for rows in (-1, 0, 1)]
    assert max(likeness(images, [sent(bold)] * 3)) > 0.8


def test_a_picture_of_8_pixels_without_any_margin_is_enlarged(one_of_each):
    digits = [Image.fromarray(255 - row) for row in one_of_each]
    tight = [digit.crop(ImageOps.invert(digit).getbbox()) for digit in digits]
    images = [sent(ImageOps.contain(digit, (8, 8))) for digit in tight]
    assert min(likeness(images, one_of_each)) > 0.75


def noise(low, high, *shape):
    return np.random.default_rng(0).integers(low, high, shape).astype(np.uint8)


BLANKS = {
    "white": Image.new("L", (280, 280), 255),
    "black": Image.new("RGB", (280, 280)),
    "grey": Image.new("L", (28, 28), 128),
    "transparent": Image.new("RGBA", (280, 280)),
    "transparent, white below": Image.new("RGBA", (280, 280), (255, 255, 255, 0)),
    "one pixel": Image.new("1", (1, 1)),
    "no pixels": Image.new("L", (0, 0)),
    "faint noise": Image.fromarray(noise(246, 256, 280, 280)),
    "noise": Image.fromarray(noise(0, 256, 280, 280)),
    "coloured noise": Image.fromarray(noise(0, 256, 280, 280, 3)),
    "black and white noise": Image.fromarray(255 * noise(0, 2, 280, 280)),
    "few pixels of noise": Image.fromarray(noise(0, 256, 32, 24)),
    "clouds": Image.fromarray(noise(100, 220, 9, 9)).resize((280, 280), Image.Resampling.BICUBIC),
    "grain": Image.fromarray(noise(0, 256, 280, 280)).filter(ImageFilter.GaussianBlur(1)),
    "empty paper in uneven light": Image.fromarray(
        (np.linspace(90, 220, 280) + noise(0, 9, 280, 280)).astype(np.uint8)
    ),
    "a gradient": Image.linear_gradient("L"),
    "a gradient in every direction": Image.radial_gradient("L"),
    "a gradient of few pixels": Image.linear_gradient("L").resize((28, 28)),
    "a black box": Image.fromarray(np.pad(np.zeros((90, 120), np.uint8), 60, constant_values=255)),
}


@pytest.mark.parametrize("picture", BLANKS.values(), ids=BLANKS.keys())
def test_where_there_is_no_digit_the_person_is_told(picture):
    with pytest.raises(InputError, match="expected a digit") as caught:
        prepare(picture)
    assert caught.value.hint.startswith("draw one digit")
