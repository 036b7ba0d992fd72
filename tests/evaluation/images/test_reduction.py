import numpy as np
import pytest

from kaggle_kit.evaluation.images import reduction
from kaggle_kit.evaluation.images.reduction import blocks, reduced


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(256, size=(5, 6, 4, 3), dtype=np.uint8)


def test_areas_are_averaged(images):
    square = images[:, :4]
    means = square.reshape(5, 2, 2, 2, 2, 3).mean(axis=(2, 4)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(reduced(square, 2), means, rtol=1e-6)


def test_areas_may_end_within_a_pixel():
    image = np.uint8([[[0, 30, 60, 90, 120]]])
    np.testing.assert_allclose(reduced(image, 2), [[[[24, 96]]]], rtol=1e-6)


def test_small_images_stay_as_they_are(images):
    np.testing.assert_array_equal(reduced(images, 32), images.transpose(0, 3, 1, 2))
    assert reduced(images[..., 0], 32).shape == (5, 1, 6, 4)


@pytest.mark.parametrize(("cells", "count"), [(1, 5), (2 * 72, 3), (10_000, 1)])
def test_blocks_cover_all_images_of_a_memory_map(images, cells, count, tmp_path, monkeypatch):
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    monkeypatch.setattr(reduction, "CELLS", cells)
    found = [mapped[rows] for rows in blocks(mapped)]
    assert len(found) == count
    np.testing.assert_array_equal(np.concatenate(found), images)
