import io

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from kaggle_kit.evaluation.images import reduction
from kaggle_kit.evaluation.images.near_duplicates import group_numbers, near_duplicates

LARGE, SMALL = 106, 48


def pieces():
    """48 pieces of photographs, as large as they were taken."""
    cut = [image[: 4 * LARGE, : 6 * LARGE] for image in load_sample_images().images]
    blocks = [image.reshape(4, LARGE, 6, LARGE, 3).swapaxes(1, 2) for image in cut]
    return np.concatenate([block.reshape(-1, LARGE, LARGE, 3) for block in blocks])


def sized(image, size=SMALL):
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR))


def saved(image, quality=75):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def photos(count=48):
    return np.stack([sized(image) for image in pieces()[:count]])


ALTERED = {
    "equal": lambda image: image,
    "compressed": saved,
    "taken smaller": lambda image: sized(image, 64),
    "darker": lambda image: (0.7 * image).astype(np.uint8),
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_copy_is_found_however_it_was_saved(how):
    copies = np.stack([sized(ALTERED[how](image)) for image in pieces()[10:20]])
    found = near_duplicates(np.concatenate([photos(), copies]))
    assert [rows.tolist() for rows in found] == [[10 + i, 48 + i] for i in range(10)]


def test_other_images_are_no_copies():
    images = photos()
    mirrored = images[:, :, ::-1]
    assert near_duplicates(np.concatenate([images, mirrored])) == []


def test_copies_of_copies_are_one_group_whatever_the_order():
    images = photos(20)
    many = np.concatenate([images[[4] * 15], images, [sized(saved(pieces()[4]))], images[[3]]])
    assert [rows.tolist() for rows in near_duplicates(many)] == [[*range(15), 19, 35], [18, 36]]


def test_flat_images_are_alike_only_if_they_are_equal():
    flat = np.full((5, 16, 16), 255, dtype=np.uint8)
    flat[1, 3, 3] = 254
    flat[2:4] = 0
    assert [rows.tolist() for rows in near_duplicates(flat)] == [[0, 4], [2, 3]]


def test_the_same_groups_are_found_block_by_block(monkeypatch, tmp_path):
    images = np.concatenate([photos(40), photos(10)])
    np.save(tmp_path / "images.npy", images)
    monkeypatch.setattr(reduction, "CELLS", 7 * images[0].size)
    found = near_duplicates(np.load(tmp_path / "images.npy", mmap_mode="r"))
    assert [rows.tolist() for rows in found] == [rows.tolist() for rows in near_duplicates(images)]


def test_near_duplicates_have_the_number_of_their_group():
    groups = [np.array([0, 3]), np.array([1, 4, 5])]
    assert group_numbers(groups, 6).tolist() == [0, 1, 2, 0, 1, 1]
