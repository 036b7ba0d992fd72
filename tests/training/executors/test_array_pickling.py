import numpy as np
import pytest

from kaggle_kit.training.executors.array_pickling import LARGE, Packer, Unpacker


@pytest.fixture
def travel():
    """Pack and unpack a task like two processes; return it and the number of bytes sent."""
    packer, unpacker = Packer(), Unpacker()

    def go(task):
        packed = packer.pack(task)
        return unpacker.unpack(packed), len(packed)

    return go


@pytest.fixture
def large():
    array = np.arange(2 * LARGE, dtype=np.uint8).reshape(2, -1)
    array.flags.writeable = False
    return array


def test_a_large_array_travels_once(travel, large):
    first, took = travel(("one", large))
    assert took > large.nbytes
    np.testing.assert_array_equal(first[1], large)
    second, took = travel(("two", [large, large]))
    assert took < 1000
    assert second[1][0] is second[1][1] is first[1]


def test_two_large_arrays_are_told_apart(travel, large):
    other = np.ascontiguousarray(large[::-1])
    other.flags.writeable = False
    assert travel(large)[0][0, 0] == large[0, 0]
    np.testing.assert_array_equal(travel(other)[0], other)
    np.testing.assert_array_equal(travel(large)[0], large)


@pytest.mark.parametrize("part", [slice(None), slice(1, None), slice(None, None, 2)])
def test_an_array_that_lies_in_a_file_is_mapped_unless_it_is_a_part_with_gaps(
    travel, large, tmp_path, part
):
    np.save(tmp_path / "images.npy", np.stack([large, large + 1, large + 2]))
    mapped = np.asarray(np.load(tmp_path / "images.npy", mmap_mode="r"))[part]
    arrived, took = travel(mapped)
    np.testing.assert_array_equal(arrived, mapped)
    assert (took < 1000) == mapped.flags.c_contiguous


def test_an_array_whose_file_has_gone_travels_itself(travel, large, tmp_path):
    np.save(tmp_path / "images.npy", large)
    mapped = np.asarray(np.load(tmp_path / "images.npy", mmap_mode="r"))
    (tmp_path / "images.npy").unlink()
    np.testing.assert_array_equal(travel(mapped)[0], large)


def test_an_array_that_may_change_travels_each_time(travel, large):
    changing = large.copy()
    travel(changing)
    changing += 1
    np.testing.assert_array_equal(travel(changing)[0], changing)


def test_what_could_not_be_packed_does_not_count_as_sent(travel, large):
    with pytest.raises((AttributeError, TypeError, ValueError)):
        travel((large, lambda: None))
    np.testing.assert_array_equal(travel(large)[0], large)
