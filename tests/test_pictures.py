"""From what a person may send to the image that the networks know."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFile, ImageFilter, ImageOps

from kaggle_kit.errors import InputError
from kaggle_kit.pictures import MOST_PIXELS, prepare, read_picture

ALIKE = 0.85  # the correlation of pixels that digits of two classes do not reach


def as_bytes(picture, kind="", **options):
    """A file of the picture, of the first kind that takes its mode."""
    memory = io.BytesIO()
    kind = kind or ("TIFF" if picture.mode in {"I", "F", "CMYK", "LAB"} else "PNG")
    picture.save(memory, kind, **options)
    return memory.getvalue()


def drawn(row, size=(280, 240), long=130, at=(31, 77)):
    """A row enlarged or shrunk onto a canvas, light on black, off the middle."""
    digit = Image.fromarray(row)
    digit = digit.crop(digit.getbbox())
    scale = long / max(digit.size)
    sides = [max(1, round(side * scale)) for side in digit.size]
    canvas = Image.new("L", size)
    canvas.paste(digit.resize(sides, Image.Resampling.BICUBIC), at)
    return canvas


def on_white(row):
    return ImageOps.invert(drawn(row))


def strokes(row, *ink):
    """Ink of one colour on transparency."""
    picture = Image.new("RGBA" if len(ink) == 3 else "LA", (280, 240), (*ink, 0))
    picture.putalpha(drawn(row))
    return picture


def bilevel(row):
    return on_white(row).convert("1", dither=Image.Dither.NONE)


def transparent_palette(row):
    """Paper of the palette's first colour, which would be as dark as the ink if it were seen."""
    picture = Image.fromarray((np.asarray(drawn(row)) > 127).astype(np.uint8))
    picture.putpalette([0, 0, 0, 30, 60, 30])
    picture.info["transparency"] = 0
    return picture


def photograph(row, darkest=0.3):
    """Grey ink on paper that gets less and less light, and a camera's noise."""
    ink = np.asarray(drawn(row)) / 255
    light = np.linspace(darkest, 1, ink.shape[1]) * np.linspace(1, 0.8, ink.shape[0])[:, None]
    noise = np.random.default_rng(0).normal(0, 3, ink.shape)
    return Image.fromarray(((235 - 170 * ink) * light + noise).clip(0, 255).astype(np.uint8))


def sticker(row):
    """Black on white paper, the only thing in the picture that is not transparent."""
    picture = on_white(row).convert("RGBA")
    paper = Image.new("L", picture.size)
    ImageDraw.Draw(paper).rounded_rectangle([8, 8, 271, 231], 60, fill=255)
    picture.putalpha(paper)
    return picture


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


PICTURES = {
    "black on white": on_white,
    "white on black": drawn,
    "red on white": lambda row: ImageOps.colorize(drawn(row), (255, 255, 255), (200, 0, 0)),
    "red on an equally bright green": lambda row: ImageOps.colorize(
        drawn(row), (0, 130, 0), (255, 0, 0)
    ),
    "pale grey on grey": lambda row: drawn(row).point(lambda value: 120 + value // 10),
    "1 bit": bilevel,
    "grey and alpha, black ink": lambda row: strokes(row, 0),
    "grey and alpha, white ink": lambda row: strokes(row, 255),
    "transparent, black ink": lambda row: strokes(row, 0, 0, 0),
    "transparent, white ink": lambda row: strokes(row, 255, 255, 255),
    "transparent, yellow ink": lambda row: strokes(row, 250, 220, 0),
    "palette with transparency": transparent_palette,
    "palette with half transparency": lambda row: strokes(row, 0, 0, 0).quantize(8),
    "palette": lambda row: on_white(row).convert("RGB").quantize(16),
    "16 bits": lambda row: Image.fromarray(65535 - 257 * np.asarray(drawn(row)).astype(np.uint16)),
    "12 of 16 bits": lambda row: Image.fromarray(np.asarray(drawn(row)).astype(np.uint16) * 16),
    "32 bits": lambda row: Image.fromarray(np.asarray(on_white(row)).astype(np.int32) * 257),
    "floats to 1": lambda row: Image.fromarray(np.asarray(on_white(row)) / np.float32(255)),
    "Lab": lambda row: Image.merge("LAB", [on_white(row), *[Image.new("L", (280, 240))] * 2]),
    "CMYK": lambda row: on_white(row).convert("CMYK"),
    "photograph in uneven light": photograph,
    "blackboard in uneven light": lambda row: ImageOps.invert(photograph(row)),
    "sticker": sticker,
    "shadow over half of it": shadow,
    "frame around": lambda row: framed(row, 0),
    "frame inside": lambda row: framed(row, 9),
    "paper on a table": on_a_table,
    "specks": with_specks,
    "blot at the edge": lambda row: with_a_blot(row, 230, 226, 254, 240),
    "strip along the edge": lambda row: with_a_blot(row, 270, 0, 280, 240),
    "thumbnail": lambda row: drawn(row, (40, 34), 16, (11, 13)),
    "tall": lambda row: drawn(row, (150, 900), 100, (20, 700)),
}


@pytest.fixture(scope="module")
def rows(digits):
    """One image of each class, (10, 28, 28)."""
    return digits.images[[np.argmax(digits.known_labels == digit) for digit in range(10)]]


def likeness(images, rows):
    return [np.corrcoef(*map(np.ravel, pair))[0, 1] for pair in zip(images, rows, strict=True)]


def sent(picture, **options):
    return prepare(read_picture(as_bytes(picture, **options)))


def test_digits_of_two_classes_are_not_alike(rows):
    each = np.corrcoef(rows.reshape(10, -1)) - np.eye(10)
    assert each.max() < ALIKE


def test_without_preparation_no_digit_would_be_alike(rows):
    shrunk = [np.asarray(drawn(row).resize((28, 28), Image.Resampling.BOX)) for row in rows]
    assert max(likeness(shrunk, rows)) < ALIKE


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES.keys())
def test_a_digit_is_the_same_however_it_is_drawn(draw, rows):
    assert min(likeness([sent(draw(row)) for row in rows], rows)) > ALIKE


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_a_digit_is_the_same_in_files_of_any_kind(kind, rows):
    images = [sent(on_white(row), kind=kind, quality=60) for row in rows]
    assert min(likeness(images, rows)) > ALIKE


@pytest.mark.parametrize("draw", [drawn, on_white], ids=["light on black", "black on white"])
def test_ink_and_paper_change_places_without_a_trace(draw, rows):
    images = [sent(draw(row)) for row in rows]
    negatives = [sent(ImageOps.invert(draw(row))) for row in rows]
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
    def test_keep_every_byte_in_other_modes(self, change, rows):
        pale = rows // 2
        assert np.array_equal([sent(change(row)) for row in pale], pale)

    def test_of_28_pixels_out_of_the_middle_are_moved_there(self, rows):
        moved = [np.roll(row, 3, axis=1) for row in rows]
        assert max(likeness(moved, rows)) < ALIKE
        assert min(likeness([sent(Image.fromarray(row)) for row in moved], rows)) > ALIKE


@pytest.mark.parametrize("at", [(0, 0), (150, 110), (31, 77)])
def test_the_box_is_20_and_the_middle_of_the_mass_is_at_14(at, rows):
    for row in rows:
        image = prepare(drawn(row, at=at))
        inked = [np.flatnonzero(image.any(axis=axis)) for axis in (0, 1)]
        assert max(np.ptp(along) + 1 for along in inked) == 20
        y, x = (np.average(np.arange(28), weights=image.sum(axis=axis)) for axis in (1, 0))
        assert y == pytest.approx(14, abs=0.55)
        assert x == pytest.approx(14, abs=0.55)


def test_other_shapes_are_filled_alike(rows):
    images = [prepare(on_white(row), (56, 56)) for row in rows]
    assert images[0].shape == (56, 56)
    halves = [np.asarray(Image.fromarray(image).reduce(2)) for image in images]
    assert min(likeness(halves, rows)) > ALIKE


def test_of_an_upright_camera_and_a_turned_one_the_picture_is_the_same(rows):
    turned = on_white(rows[7]).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    assert np.array_equal(sent(turned, exif=exif), sent(on_white(rows[7])))
    assert likeness([sent(turned)], [rows[7]])[0] < ALIKE


def test_of_an_animation_the_first_picture_counts(rows):
    others = [Image.new("L", (280, 240), 255)]
    content = as_bytes(on_white(rows[3]), "GIF", save_all=True, append_images=others)
    assert likeness([prepare(read_picture(content))], [rows[3]])[0] > ALIKE


def test_thin_strokes_of_a_huge_picture_survive():
    """A zero of a line 2 pixels wide in 36 million pixels, and one of a pen."""
    thin, bold = Image.new("1", (6000, 6000), 1), Image.new("L", (300, 300), 255)
    ImageDraw.Draw(thin).ellipse([1900, 1000, 4100, 5000], outline=0, width=2)
    ImageDraw.Draw(bold).ellipse([93, 48, 207, 252], outline=0, width=20)
    # Its middle is between two rows, and either may come to be that of the image.
    images = [np.roll(sent(thin), rows, axis=0) for rows in (-1, 0, 1)]
    assert max(likeness(images, [sent(bold)] * 3)) > 0.8


def test_a_picture_of_8_pixels_without_any_margin_is_enlarged(rows):
    digits = [Image.fromarray(255 - row) for row in rows]
    tight = [digit.crop(ImageOps.invert(digit).getbbox()) for digit in digits]
    images = [sent(ImageOps.contain(digit, (8, 8))) for digit in tight]
    assert min(likeness(images, rows)) > 0.75


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
    "a black box": Image.fromarray(np.pad(np.zeros((90, 120), np.uint8), 60, constant_values=255)),
}


@pytest.mark.parametrize("picture", BLANKS.values(), ids=BLANKS.keys())
def test_where_there_is_no_digit_the_person_is_told(picture):
    with pytest.raises(InputError, match="expected a digit") as caught:
        prepare(picture)
    assert caught.value.hint.startswith("draw one digit")


class TestFiles:
    def test_are_read_by_their_path(self, tmp_path, rows):
        path = tmp_path / "digit.png"
        on_white(rows[4]).save(path)
        assert np.array_equal(prepare(read_picture(path)), sent(on_white(rows[4])))

    @pytest.mark.parametrize(
        "content", [b"", b"digit", b"<svg></svg>", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n"]
    )
    def test_that_are_no_picture_are_told_so(self, content):
        with pytest.raises(InputError, match="is no picture"):
            read_picture(content)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
    def test_that_break_off_are_damaged(self, kind, rows):
        content = as_bytes(photograph(rows[5]), kind)
        with pytest.raises(InputError, match=r"is damaged|is no picture") as caught:
            read_picture(content[: len(content) // 2])
        assert "\n" not in str(caught.value)

    def test_with_a_flipped_byte_are_damaged(self, rows):
        content = bytearray(as_bytes(photograph(rows[5])))
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

    def test_in_postscript_are_not_run(self, rows):
        with pytest.raises(InputError, match="PostScript"):
            read_picture(as_bytes(on_white(rows[0]), "EPS"))

    def test_with_a_broken_exif_are_read(self, rows):
        content = as_bytes(on_white(rows[6]), exif=b"Exif\0\0broken")
        assert likeness([prepare(read_picture(content))], [rows[6]])[0] > ALIKE

    def test_that_are_missing_or_folders_are_told_so(self, tmp_path):
        with pytest.raises(InputError, match="cannot be read: No such file"):
            read_picture(tmp_path / "digit.png")
        with pytest.raises(InputError, match="cannot be read: Is a directory"):
            read_picture(tmp_path)
