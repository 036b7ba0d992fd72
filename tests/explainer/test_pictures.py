"""Any file that a user may send, and the brightness of its pixels."""

import zlib

import numpy as np
import pytest
from drawings import as_bytes, drawn, likeness, on_white, photograph
from PIL import Image, ImageDraw, ImageFile, ImageOps

from kaggle_kit.errors import InputError
from kaggle_kit.explainer.pictures import LARGEST, MOST_PIXELS, brightness, read_picture

SAME = 0.92  # correlation of the pixels of a drawing and of the same drawing with hard edges


def strokes(row, *ink):
    """Ink of one colour on transparency."""
    picture = Image.new("RGBA" if len(ink) == 3 else "LA", (280, 240), (*ink, 0))
    picture.putalpha(drawn(row))
    return picture


def bilevel(row):
    return on_white(row).convert("1", dither=Image.Dither.NONE)


def transparent_palette(row):
    """Transparent paper of the palette's first colour, which is as dark as the ink."""
    picture = Image.fromarray((np.asarray(drawn(row)) > 127).astype(np.uint8))
    picture.putpalette([0, 0, 0, 30, 60, 30])
    picture.info["transparency"] = 0
    return picture


def sticker(row):
    """Black ink on white paper; the rest of the picture is transparent."""
    picture = on_white(row).convert("RGBA")
    paper = Image.new("L", picture.size)
    ImageDraw.Draw(paper).rounded_rectangle([8, 8, 271, 231], 60, fill=255)
    picture.putalpha(paper)
    return picture


def floats(row, paper, ink):
    return Image.fromarray(np.where(np.asarray(drawn(row)) > 127, *np.float32([ink, paper])))


DARK = {
    "grey": on_white,
    "1 bit": bilevel,
    "palette": lambda row: on_white(row).convert("RGB").quantize(16),
    "RGB": lambda row: on_white(row).convert("RGB"),
    "red on white": lambda row: ImageOps.colorize(drawn(row), (255, 255, 255), (200, 0, 0)),
    "Lab": lambda row: Image.merge("LAB", [on_white(row), *[Image.new("L", (280, 240))] * 2]),
    "grey and alpha, black ink": lambda row: strokes(row, 0),
    "transparent, black ink": lambda row: strokes(row, 0, 0, 0),
    "palette with transparency": transparent_palette,
    "palette with half transparency": lambda row: strokes(row, 0, 0, 0).quantize(8),
    "sticker": sticker,
    "16 bits": lambda row: Image.fromarray(65535 - 257 * np.asarray(drawn(row)).astype(np.uint16)),
    "32 bits": lambda row: Image.fromarray(np.asarray(on_white(row)).astype(np.int32) * 257),
    "floats to 1": lambda row: Image.fromarray(np.asarray(on_white(row)) / np.float32(255)),
    "floats of any size": lambda row: floats(row, 3e38, -3e38),
    "floats that are none": lambda row: floats(row, 1, np.nan),
}
LIGHT = {
    "grey": drawn,
    "grey and alpha, white ink": lambda row: strokes(row, 255),
    "transparent, white ink": lambda row: strokes(row, 255, 255, 255),
    "transparent, yellow ink": lambda row: strokes(row, 250, 220, 0),
    "red on an equally bright green": lambda row: ImageOps.colorize(
        drawn(row), (0, 130, 0), (255, 0, 0)
    ),
    "amounts of four inks": lambda row: on_white(row).convert("CMYK"),
}


def seen(pictures):
    return [brightness(read_picture(as_bytes(picture))) for picture in pictures]


@pytest.mark.parametrize("draw", DARK.values(), ids=DARK.keys())
def test_dark_ink_is_dark_in_every_mode(draw, one_of_each):
    assert min(likeness(seen(map(draw, one_of_each)), map(on_white, one_of_each))) > SAME


@pytest.mark.parametrize("draw", LIGHT.values(), ids=LIGHT.keys())
def test_light_ink_is_light_in_every_mode(draw, one_of_each):
    assert min(likeness(seen(map(draw, one_of_each)), map(drawn, one_of_each))) > SAME


@pytest.mark.parametrize("draw", [*DARK.values(), *LIGHT.values()], ids=[*DARK, *LIGHT])
def test_brightness_has_the_range_of_a_byte_in_every_mode(draw, one_of_each):
    (values,) = seen([draw(one_of_each[3])])
    assert values.dtype == np.float32
    assert values.min() >= 0
    assert 100 < values.max() <= 255


def test_of_16_bits_12_are_as_dark_as_they_say(one_of_each):
    bits = np.asarray(drawn(one_of_each[8])).astype(np.uint16) * 16
    np.testing.assert_allclose(seen([Image.fromarray(bits)])[0], bits / 257, rtol=1e-5)


def test_large_pictures_are_shrunk_to_what_is_worked_on():
    picture = Image.new("L", (4 * LARGEST, 2 * LARGEST), 255)
    picture.paste(0, (0, 0, 2 * LARGEST, 2 * LARGEST))
    values = brightness(picture)
    assert values.shape == (LARGEST // 2, LARGEST)
    assert (values[:, : LARGEST // 2] == 0).all()
    assert (values[:, LARGEST // 2 :] == 255).all()


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (Image.new("L", (0, 0)), "no pixels"),
        (Image.new("RGBA", (280, 280)), "nothing but transparency"),
        (Image.new("LA", (280, 280), (255, 0)), "nothing but transparency"),
    ],
    ids=["no pixels", "transparent", "transparent, white below"],
)
def test_what_nobody_could_see_is_told(picture, found):
    with pytest.raises(InputError, match=f"expected a digit in the picture, found {found}"):
        brightness(picture)


class TestFiles:
    @pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
    def test_of_any_kind_show_what_was_drawn(self, kind, one_of_each):
        pictures = [on_white(row) for row in one_of_each]
        contents = [as_bytes(picture, kind, quality=60) for picture in pictures]
        images = [brightness(read_picture(content)) for content in contents]
        assert min(likeness(images, pictures)) > 0.99

    def test_are_read_by_their_path(self, tmp_path, one_of_each):
        path = tmp_path / "digit.png"
        on_white(one_of_each[4]).save(path)
        assert np.array_equal(read_picture(path), on_white(one_of_each[4]))

    def test_of_a_turned_camera_are_made_upright(self, one_of_each):
        upright = on_white(one_of_each[7])
        turned = upright.transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = 6  # the viewer must turn it by 90 degrees clockwise
        assert np.array_equal(read_picture(as_bytes(turned, exif=exif)), upright)
        assert np.array_equal(read_picture(as_bytes(turned)), turned)

    def test_of_an_animation_are_its_first_picture(self, one_of_each):
        others = [Image.new("L", (280, 240), 255)]
        content = as_bytes(on_white(one_of_each[3]), "GIF", save_all=True, append_images=others)
        assert likeness([brightness(read_picture(content))], [on_white(one_of_each[3])])[0] > 0.99

    @pytest.mark.parametrize(
        "content", [b"", b"digit", b"<svg></svg>", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n"]
    )
    def test_that_are_no_picture_are_told_so(self, content):
        with pytest.raises(InputError, match="is not a picture") as caught:
            read_picture(content)
        assert caught.value.hint == "send a PNG or a JPEG"

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
    def test_that_break_off_are_damaged(self, kind, one_of_each):
        content = as_bytes(photograph(one_of_each[5]), kind)
        with pytest.raises(InputError, match=r"is damaged|is not a picture") as caught:
            read_picture(content[: len(content) // 2])
        assert "\n" not in str(caught.value)

    def test_with_a_flipped_byte_are_damaged(self, one_of_each):
        content = bytearray(as_bytes(photograph(one_of_each[5])))
        content[len(content) // 2] ^= 255
        with pytest.raises(InputError, match="the picture is damaged"):
            read_picture(bytes(content))

    @pytest.mark.parametrize("side", [8_001, 10_000, 60_000])
    def test_that_would_fill_the_memory_are_not_decoded(self, side, monkeypatch):
        bomb = bytearray(as_bytes(Image.new("1", (8, 8))))
        bomb[16:24] = 2 * side.to_bytes(4, "big")
        bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
        monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
        with pytest.raises(InputError, match=f"more than {MOST_PIXELS:,} pixels"):
            read_picture(bytes(bomb))

    def test_in_postscript_are_not_run(self, one_of_each):
        with pytest.raises(InputError, match="PostScript"):
            read_picture(as_bytes(on_white(one_of_each[0]), "EPS"))

    def test_with_a_broken_exif_are_read(self, one_of_each):
        content = as_bytes(on_white(one_of_each[6]), exif=b"Exif\0\0broken")
        assert np.array_equal(read_picture(content), on_white(one_of_each[6]))

    def test_that_are_missing_or_folders_are_told_so(self, tmp_path):
        with pytest.raises(InputError, match="cannot be read: No such file"):
            read_picture(tmp_path / "digit.png")
        with pytest.raises(InputError, match="cannot be read: Is a directory"):
            read_picture(tmp_path)
