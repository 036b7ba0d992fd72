"""Turn a photograph or a colour picture into an image, in the way the training images were made."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kaggle_kit.data.images import (
    BYTES,
    WIDE_MODES,
    OutOfRangeError,
    UnreadableImageError,
    decode,
    quiet_pillow,
)
from kaggle_kit.explainer.pictures import read_picture
from kaggle_kit.explainer.subject.subject import Subject


def read_photo(content: bytes, subject: Subject) -> NDArray[np.uint8]:
    """Decode a picture of any format and give it the size and channels of the competition.

    Returns
    -------
    uint8 array of shape `subject.problem.image_shape`

    Raises
    ------
    InputError
        It is not a picture that Pillow knows, is damaged or is too large.
    """
    images, plain = subject.images, Subject(subject.problem, resize=subject.resize).images
    with quiet_pillow():
        try:
            return decode(content, images if _has_range_of(subject, content) else plain)
        except (UnreadableImageError, OutOfRangeError):
            # Another format, or a file of 8 bits where the competition's have more. What nobody
            # can read is an error here.
            picture = read_picture(content)
    if picture.mode.startswith(WIDE_MODES):
        limits = images.range if images.range != BYTES else (0.0, 65535.0)
        values = np.asarray(picture, dtype=np.float32)
        scaled = (values - limits[0]) * (255 / (limits[1] - limits[0]))
        picture = Image.fromarray(np.nan_to_num(scaled).clip(0, 255).astype(np.uint8))
    memory = io.BytesIO()
    picture.convert("RGBA" if picture.has_transparency_data else "RGB").save(memory, "PNG")
    return decode(memory.getvalue(), plain)


def _has_range_of(subject: Subject, content: bytes) -> bool:
    """Whether the values of a picture may have the range of the competition's files."""
    if max(subject.range) <= max(BYTES):
        return True
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.mode.startswith(WIDE_MODES)
    except Exception:  # noqa: BLE001  the picture is read later, and the error told
        return True
