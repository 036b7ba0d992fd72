"""A photograph becomes an image in the way the training images did."""

import numpy as np
import pytest
from drawings import as_bytes
from PIL import Image

from kaggle_kit.competition.description import Kind, Resize
from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.images import decode
from kaggle_kit.errors import InputError
from kaggle_kit.explainer.subject.photo import read_photo
from kaggle_kit.explainer.subject.subject import Subject

COLOUR = Subject(Problem((30, 40, 3), ("a", "b"), kind=Kind.PHOTO))
GREY = Subject(Problem((30, 40), ("a", "b"), kind=Kind.PHOTO))


@pytest.fixture
def photo():
    values = np.random.default_rng(0).integers(0, 256, (90, 200, 3), dtype=np.uint8)
    return Image.fromarray(values).resize((400, 300))


@pytest.mark.parametrize("resize", Resize)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_image_is_the_one_that_the_data_would_have(photo, resize, kind):
    subject = Subject(COLOUR.problem, resize=resize)
    content = as_bytes(photo, kind)
    np.testing.assert_array_equal(read_photo(content, subject), decode(content, subject.images))


def test_grey_photographs_become_grey(photo):
    assert read_photo(as_bytes(photo), GREY).shape == (30, 40)


@pytest.mark.parametrize("kind", ["TGA", "ICO", "JPEG2000"])
def test_formats_that_data_do_not_have_are_read_too(photo, kind):
    content = as_bytes(photo.resize((64, 64)), kind)
    assert read_photo(content, COLOUR).std() > 10


def test_a_picture_of_8_bits_is_not_black_where_the_files_have_more(photo):
    subject = Subject(GREY.problem, range=(0, 4095))
    bright = read_photo(as_bytes(photo), GREY)
    np.testing.assert_array_equal(read_photo(as_bytes(photo), subject), bright)
    wide = Image.fromarray(np.full((30, 40), 2048, dtype=np.uint16))
    assert (read_photo(as_bytes(wide, "PNG"), subject) == 128).all()


def test_a_picture_is_read_where_the_values_of_the_data_are_few(photo):
    subject = Subject(GREY.problem, range=(0, 16))
    bright = read_photo(as_bytes(photo), GREY)
    np.testing.assert_array_equal(read_photo(as_bytes(photo), subject), bright)


@pytest.mark.parametrize("content", [b"", b"a text"])
def test_what_is_no_picture_is_refused_with_advice(content):
    with pytest.raises(InputError) as caught:
        read_photo(content, COLOUR)
    assert "send a PNG" in caught.value.hint
