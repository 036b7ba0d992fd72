import io
import random
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kaggle_kit.competition.description import Images, Layout, Resize
from kaggle_kit.data import images as module
from kaggle_kit.data.images import (
    OutOfRangeError,
    Resized,
    UnreadableImageError,
    decode,
    decode_and_tell,
    to_bytes,
)


def description(size=(4, 6), channels=3, **more):
    return Images(Layout.FILES, size, channels=channels, **more)


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def colours(height=4, width=6):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM"])
def test_colours_are_read_as_they_are(kind):
    found = decode(encoded(Image.fromarray(colours()), kind), description())
    assert (found == colours()).all()
    assert found.dtype == np.uint8


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95})]
)
def test_lossy_formats_are_read_nearly_as_they_are(kind, options):
    smooth = np.full((4, 6, 3), (200, 100, 50), np.uint8)
    found = decode(encoded(Image.fromarray(smooth), kind, **options), description())
    assert np.abs(found.astype(int) - smooth).max() <= 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_becomes_grey_or_colour(mode, channels):
    content = encoded(Image.new(mode, (6, 4)), "TIFF")
    found = decode(content, description(channels=channels))
    assert found.shape == ((4, 6) if channels == 1 else (4, 6, 3))
    # Ink of CMYK is 0 for white; transparent images show the page.
    assert (found == (255 if mode in {"LA", "RGBA", "CMYK"} else 0)).all()


def test_grey_is_the_luminance():
    found = decode(encoded(Image.new("RGB", (6, 4), (255, 0, 0))), description(channels=1))
    assert (found == 76).all()


def test_black_ink_on_nothing_is_black_on_white():
    ink = Image.new("RGBA", (6, 4), (0, 0, 0, 0))
    ink.putpixel((2, 1), (0, 0, 0, 255))
    found = decode(encoded(ink), description(channels=1))
    assert found[1, 2] == 0
    assert found.sum() == 255 * 23


def test_a_transparent_colour_of_a_palette_is_white():
    image = Image.new("P", (6, 4), 1)
    image.putpalette([9, 9, 9, 70, 80, 90])
    content = encoded(image, "PNG", transparency=1)
    assert (decode(content, description()) == 255).all()
    assert (decode(encoded(image), description()) == (70, 80, 90)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_an_image_stands_upright(kind, orientation):
    """The upper left corner of the upright image is bright, and the upright image is wide."""
    upright = Image.new("L", (48, 32))
    upright.paste(255, (0, 0, 16, 16))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # how the camera held the image
    stored = upright if orientation == 1 else upright.transpose(back[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(stored, kind, exif=exif)
    found, resized = decode_and_tell(content, description((32, 48), channels=1))
    assert resized == Resized()
    assert decode_and_tell(content, description((8, 9)))[1] == Resized(1, (32, 48), (32, 48))
    assert found[4, 4] > 250
    assert found[4, 44] < 5
    assert found[28, 4] < 5


def test_damaged_exif_data_do_not_matter():
    content = encoded(Image.new("L", (6, 4), 7), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\xff\xff\xff")
    with module.quiet_pillow():
        assert (decode(content, description(channels=1)) == 7).all()


def test_the_first_frame_of_an_animation_counts():
    frames = [Image.new("L", (6, 4), value) for value in (10, 200)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (decode(content, description(channels=1)) == 10).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_of_grey_are_scaled(kind):
    values = np.array([[0, 257, 65535]], np.uint16)
    content = encoded(Image.fromarray(values), kind)
    assert decode(content, description((1, 3), 1)).tolist() == [[0, 1, 255]]


def test_a_range_maps_black_and_white():
    values = np.array([[0, 1000, 4095]], np.uint16)
    content = encoded(Image.fromarray(values), "TIFF")
    assert decode(content, description((1, 3), 1, range=(0, 4095))).tolist() == [[0, 62, 255]]
    bits = encoded(Image.fromarray(np.array([[0, 1, 1]], np.uint8)))
    assert decode(bits, description((1, 3), 1, range=(0, 1))).tolist() == [[0, 255, 255]]


@pytest.mark.parametrize("value", [1.5, -1, float("nan")])
def test_a_value_outside_the_range_is_named(value):
    values = np.array([[0, 1, value]], np.float32)
    with pytest.raises(OutOfRangeError, match=rf"from 0 to 1, found {value}") as error:
        decode(encoded(Image.fromarray(values), "TIFF"), description((1, 3), 1, range=(0, 1)))
    assert error.value.position == 2


def test_values_are_rounded():
    assert to_bytes(np.array([0, 0.5, 15.97, 16]), (0, 16)).tolist() == [0, 8, 255, 255]


def wide():
    """A black image of 40 by 20 with a white square in its middle."""
    image = Image.new("L", (40, 20))
    image.paste(255, (10, 0, 30, 20))
    return encoded(image)


def test_stretch_scales_each_side():
    found = decode(wide(), description((10, 10), 1))
    assert found[5, [0, 5, 9]].tolist() == [0, 255, 0]


def test_crop_cuts_out_the_middle():
    found = decode(wide(), description((10, 10), 1, resize=Resize.CROP))
    assert (found > 200).all()


def test_pad_keeps_all_and_adds_black():
    white = encoded(Image.new("L", (40, 20), 255))
    found = decode(white, description((10, 10), 1, resize=Resize.PAD))
    assert (found.sum(axis=1) > 0).tolist() == [False] * 2 + [True] * 5 + [False] * 3


@pytest.mark.parametrize("resize", Resize)
@pytest.mark.parametrize("size", [(1, 300), (300, 1), (1, 1)])
def test_images_of_any_shape_get_the_size(resize, size):
    content = encoded(Image.new("L", size, 90))
    found = decode(content, description((7, 5), 1, resize=resize))
    assert found.shape == (7, 5)
    assert found.max() == 90


def test_a_small_coloured_jpeg_is_read_as_its_own_luminance_where_grey_is_wanted():
    content = encoded(Image.fromarray(colours(24, 24)), "JPEG", quality=95)
    with Image.open(io.BytesIO(content)) as image:
        image.draft("L", image.size)
        luminance = np.asarray(image)
    assert (decode(content, description((24, 24), channels=1)) == luminance).all()


def test_a_large_jpeg_is_read_as_finely_as_a_png():
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).resize((800, 800))
    wanted = description((32, 32))
    jpeg, png = decode(encoded(image, "JPEG", quality=95), wanted), decode(encoded(image), wanted)
    assert np.abs(jpeg.astype(int) - png).mean() < 3


def test_a_file_with_too_many_pixels_is_not_opened(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    for size in ((6, 4), (60, 40)):
        with (
            module.quiet_pillow(),
            pytest.raises(UnreadableImageError, match="more than 20 pixels"),
        ):
            decode(encoded(Image.new("L", size)), description())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"id,label\n1,2\n", "it is no image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 6 4\n", "it is no image"),
        (encoded(Image.fromarray(colours(90, 90)), "JPEG")[:-900], "it is cut short"),
        (encoded(Image.fromarray(colours(90, 90)))[:-9000], "it is cut short"),
    ],
)
def test_a_file_that_is_no_whole_image_is_told(content, said):
    with pytest.raises(UnreadableImageError, match=said):
        decode(content, description())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP"])
def test_a_damaged_file_is_read_or_told(kind):
    random.seed(kind)
    whole = encoded(Image.fromarray(colours(20, 20)), kind)
    told = 0
    for _ in range(25):
        content = bytearray(whole)
        for _ in range(random.randint(1, 8)):
            content[random.randrange(min(len(content), 400))] = random.randrange(256)
        cut = random.choice([len(content), random.randrange(len(content))])
        try:
            with module.quiet_pillow():
                assert decode(bytes(content[:cut]), description()).shape == (4, 6, 3)
        except UnreadableImageError:
            told += 1
    assert told


def test_a_process_that_decodes_imports_nothing_heavy():
    code = "import sys, kaggle_kit.data.layouts.decoding; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert not roots & {"pandas", "sklearn", "scipy", "keras", "jax", "tensorflow", "matplotlib"}
