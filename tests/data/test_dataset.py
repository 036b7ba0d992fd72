import dataclasses
import errno
import os
import shutil
import threading

import numpy as np
import pytest
from PIL import Image
from tiny_competition import TEST, TINY, TRAIN, csv_text, small_digits, train_text, write_folder

from kaggle_kit.competition.description import (
    Competition,
    Images,
    Kind,
    Labels,
    Layout,
    Metric,
    Submission,
)
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data import cache, cleaning
from kaggle_kit.data import dataset as data
from kaggle_kit.data.choices import Choices, Conflicts, write_choices
from kaggle_kit.data.dataset import Findings, load_test, load_train
from kaggle_kit.errors import DataError
from kaggle_kit.workspace import files

EMPTY = [0] * 6


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "tiny")


def write_train(folder, rows):
    """Write the rows with an old time of change, so that the hash of the file is remembered."""
    path = folder / "train.csv"
    path.write_text(train_text(rows))
    os.utime(path, (1e9, 1e9 + len(rows)))


def same(one, other):
    return (
        one.images.tolist() == other.images.tolist()
        and (one.labels is None) == (other.labels is None)
        and (one.labels is None or one.labels.tolist() == other.labels.tolist())
        and (one.findings, one.sha256) == (other.findings, other.sha256)
        and one.images.dtype == other.images.dtype == np.uint8
        and type(one.images) is type(other.images) is np.ndarray
    )


@pytest.fixture
def no_parsing(monkeypatch):
    """A function to call: after that, everything that is loaded must come from the cache."""

    def forbid():
        monkeypatch.setattr(data, "read_part", lambda *_, **__: pytest.fail("parsed the CSV"))

    return forbid


def test_the_training_set_is_images_and_labels(folder):
    digits = load_train(folder, TINY)

    assert digits.images.tolist() == [[row[1:4], row[4:7]] for row in TRAIN]
    assert digits.labels.tolist() == [row[0] for row in TRAIN]
    assert digits.images.dtype == digits.labels.dtype == np.uint8
    assert digits.findings.describe() == []
    assert digits.sha256 == files.sha256(folder / "train.csv")


def test_the_test_set_is_images_alone(folder):
    digits = load_test(folder, TINY)

    assert digits.images.tolist() == [[row[:3], row[3:]] for row in TEST]
    assert digits.labels is None


def test_the_arrays_cannot_be_written_to_from_the_csv_or_from_the_cache(folder):
    for _ in range(2):
        digits = load_train(folder, TINY)
        for array in (digits.images, digits.labels):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


def test_missing_pixels_become_zero(folder):
    write_train(folder, [[1, "", 2, 3, "", 4, 5], *TRAIN])

    digits = load_train(folder, TINY)

    assert digits.images[0].tolist() == [[0, 2, 3], [0, 4, 5]]
    assert digits.findings.describe() == ["2 missing pixels were read as 0"]


def test_repeated_training_rows_go_and_the_first_stays(folder):
    write_train(folder, [TRAIN[3], *TRAIN, TRAIN[5], TRAIN[3]])

    digits = load_train(folder, TINY)

    assert digits.labels.tolist() == [3, 0, 1, 2, 4, 5]
    assert digits.findings.describe() == ["3 repeated rows were dropped"]


def test_empty_training_images_go_whatever_their_labels(folder):
    write_train(folder, [[1, *EMPTY], *TRAIN, [2, *EMPTY]])

    digits = load_train(folder, TINY)

    assert digits.labels.tolist() == [row[0] for row in TRAIN]
    assert digits.findings.describe() == ["2 empty images were dropped"]


def test_no_row_of_the_test_set_goes(folder):
    rows = [TEST[0], EMPTY, TEST[1], TEST[0], EMPTY, ["", *TEST[2][1:]]]
    write_folder(folder, test=csv_text(TINY.images.pixel_columns, rows))

    digits = load_test(folder, TINY)

    assert len(digits.images) == 6
    assert digits.images[3].tolist() == digits.images[0].tolist()
    assert digits.findings.describe() == [
        "1 missing pixel was read as 0",
        "1 repeated row was kept",
        "2 empty images were kept",
    ]


def test_an_image_with_two_labels_is_kept_and_told_with_both_lines(folder):
    write_train(folder, [*TRAIN, [7, *TRAIN[2][1:]]])

    train = load_train(folder, TINY)

    assert train.labels.tolist() == [0, 1, 2, 3, 4, 5, 7]
    first, note = train.findings.describe()
    assert first == "2 images with different labels were kept"
    path = folder / "train.csv"
    assert note.startswith(f"{path}, line 4 and {path}, line 8 show the same image, labelled 2 and")
    assert "`kaggle-kit download --conflicts drop`" in note


def test_images_with_two_labels_are_dropped_if_the_user_chooses_so(folder):
    write_train(folder, [*TRAIN, [7, *TRAIN[2][1:]], TRAIN[0]])
    kept = load_train(folder, TINY)
    write_choices(folder, Choices(Conflicts.DROP))

    train = load_train(folder, TINY)

    assert train.labels.tolist() == [0, 1, 3, 4, 5]
    assert train.csv_rows == kept.csv_rows == 8
    assert train.sha256 != kept.sha256
    assert "2 images with different labels were dropped" in train.findings.describe()


@pytest.mark.parametrize("seed", range(20))
def test_what_is_dropped_is_what_a_plain_count_of_the_rows_says(folder, seed):
    """Property: few different images with many repetitions, compared with the distinct tuples."""
    rng = np.random.default_rng(seed)
    images = 70 * rng.integers(0, 2, size=(60, 6))
    rows = [[int(image @ range(6)) // 70 % 10, *image.tolist()] for image in images]
    write_train(folder, rows)
    different = list(dict.fromkeys(tuple(row) for row in rows if any(row[1:])))

    digits = load_train(folder, TINY)

    kept = zip(digits.labels.tolist(), digits.images.reshape(-1, 6).tolist(), strict=True)
    assert [(label, *image) for label, image in kept] == different
    empty = sum(not any(row[1:]) for row in rows)
    dropped = len(rows) - len(different) - empty
    notes = ("only the values 0 and 70",)
    assert digits.findings == Findings(0, dropped, empty, dropped=True, notes=notes)


def test_images_whose_hashes_are_equal_are_still_told_apart(folder, monkeypatch):
    monkeypatch.setattr(cleaning, "_hashes", lambda words: np.zeros(len(words), np.uint64))
    write_train(folder, [*TRAIN, TRAIN[4]])

    digits = load_train(folder, TINY)

    assert digits.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert digits.findings.duplicate_rows == 1


def test_a_training_set_without_any_ink_is_an_error(folder):
    write_train(folder, [[1, *EMPTY], [2, *EMPTY]])

    with pytest.raises(DataError, match=r"train\.csv has no image with any ink"):
        load_train(folder, TINY)


@pytest.mark.parametrize("load", [load_train, load_test])
def test_a_missing_file_is_an_error_that_says_how_to_get_it(tmp_path, load):
    with pytest.raises(DataError, match=r"(train|test)\.csv does not exist$") as raised:
        load(tmp_path, TINY)

    assert raised.value.hint == "run `kaggle-kit download`"


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path):
    (tmp_path / "train.csv").mkdir()

    with pytest.raises(DataError, match=r"train\.csv cannot be read: Is a directory"):
        load_train(tmp_path, TINY)


@pytest.mark.parametrize("load", [load_train, load_test])
def test_the_second_load_is_from_the_cache_and_the_same(folder, no_parsing, load):
    first = load(folder, TINY)
    no_parsing()

    assert same(first, load(folder, TINY))


def test_findings_come_back_from_the_cache(folder, no_parsing):
    write_train(folder, [["1", "", 2, 3, 4, 5, 6], *TRAIN, TRAIN[0], TRAIN[1], [1, *EMPTY]])
    first = load_train(folder, TINY)
    no_parsing()

    assert load_train(folder, TINY).findings == first.findings == Findings(1, 2, 1, dropped=True)


def test_an_unchanged_csv_is_not_even_read_again(folder, monkeypatch):
    write_train(folder, TRAIN)
    load_train(folder, TINY)
    monkeypatch.setattr(data.Path, "read_bytes", _only_json(data.Path.read_bytes))

    assert load_train(folder, TINY).labels.tolist() == [row[0] for row in TRAIN]


def _only_json(read_bytes):
    def read(path):
        return read_bytes(path) if path.suffix == ".json" else pytest.fail(f"read {path}")

    return read


def test_an_edited_csv_is_noticed_even_at_once_and_of_equal_size(folder):
    for label in range(5):
        (folder / "train.csv").write_text(train_text([[label, 1, 2, 3, 4, 5, 6]]))
        assert load_train(folder, TINY).labels.tolist() == [label]


def test_the_cache_of_an_edited_csv_replaces_the_old_one(folder):
    write_train(folder, TRAIN)
    old = load_train(folder, TINY)
    write_train(folder, TRAIN[:4])
    new = load_train(folder, TINY)

    assert not (folder / "cache" / old.sha256).exists()
    assert (folder / "cache" / new.sha256).is_dir()


def test_a_cache_made_for_another_competition_is_not_used(folder):
    load_train(folder, TINY)
    turned = small_digits((3, 2), train_rows=6, test_rows=3)

    assert load_train(folder, turned).images.shape == (6, 3, 2)
    fewer = dataclasses.replace(TINY.labels, classes=("0", "1", "2"))
    with pytest.raises(DataError, match="line 5: expected the label 0, 1 or 2, found '3'"):
        load_train(folder, dataclasses.replace(TINY, labels=fewer))


def _truncate(file):
    file.write_bytes(file.read_bytes()[:-2])


def _empty(file):
    file.write_bytes(b"")


def _scramble(file):
    file.write_bytes(b"\x00" * file.stat().st_size)


def _make_folder(file):
    file.unlink()
    file.mkdir()


def test_pixels_that_were_wiped_in_the_cache_are_noticed(folder):
    first = load_train(folder, TINY)
    images = folder / "cache" / first.sha256 / "images.npy"
    images.write_bytes(images.read_bytes()[: -first.images.size] + bytes(first.images.size))

    assert same(first, load_train(folder, TINY))


def test_errors_call_the_file_as_they_are_told_to(folder):
    write_train(folder, [*TRAIN, [12, *TRAIN[2][1:]]])

    with pytest.raises(DataError, match=r"^my train\.csv, line 8: expected the label 0, 1, 2, "):
        load_train(folder, TINY, "my train.csv")


def test_the_number_of_rows_is_that_of_the_csv_whatever_was_dropped(folder):
    write_train(folder, [*TRAIN, TRAIN[0], [1, *EMPTY], [2, *EMPTY]])

    assert (load_train(folder, TINY).csv_rows, load_test(folder, TINY).csv_rows) == (9, 3)


@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "about.json", "../train.json"])
@pytest.mark.parametrize("damage", [_truncate, _empty, _scramble, _make_folder, os.unlink])
def test_a_damaged_cache_is_silently_made_again(folder, no_parsing, name, damage):
    write_train(folder, TRAIN)
    first = load_train(folder, TINY)
    damage(folder / "cache" / first.sha256 / name)

    assert same(first, load_train(folder, TINY))
    no_parsing()
    assert same(first, load_train(folder, TINY))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [('"format": 3', '"format": 99'), ('"duplicate_rows"', '"triplicate_rows"'), ("6", "5")],
)
def test_the_cache_of_another_version_is_silently_made_again(folder, wanted, found):
    first = load_train(folder, TINY)
    about = folder / "cache" / first.sha256 / "about.json"
    text = about.read_text()
    assert wanted in text
    about.write_text(text.replace(wanted, found))

    assert same(first, load_train(folder, TINY))
    assert about.read_text() == text


def test_a_folder_that_cannot_be_written_to_loads_all_the_same(folder, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.tempfile, "mkdtemp", refuse)
    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)

    first = load_train(folder, TINY)

    assert same(first, load_train(folder, TINY))
    assert not list((folder / "cache").glob("*"))


def test_a_disk_that_fills_up_half_way_leaves_no_cache(folder, monkeypatch):
    def fill_up(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "write_array_header_2_0", fill_up)

    assert load_train(folder, TINY).labels.tolist() == [row[0] for row in TRAIN]
    assert [path.name for path in (folder / "cache").iterdir()] == ["train.json"]


def test_a_file_in_the_place_of_the_cache_is_left_alone(folder):
    (folder / "cache").write_text("mine")

    assert load_train(folder, TINY).labels.tolist() == [row[0] for row in TRAIN]
    assert (folder / "cache").read_text() == "mine"


def test_loading_while_others_load_and_the_cache_goes_does_no_harm(folder):
    expected = load_train(folder, TINY)
    outcomes = []

    def load():
        for _ in range(30):
            try:
                outcomes.append(same(expected, load_train(folder, TINY)))
            except Exception as error:  # noqa: BLE001  a thread's error is not seen otherwise
                outcomes.append(repr(error))
            shutil.rmtree(folder / "cache", ignore_errors=True)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == [True] * 120


def test_images_of_28x28_are_read(tmp_path):
    mnist = COMPETITIONS["digit-recognizer"]
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.integers(0, 10, 50), rng.integers(0, 256, (50, 784))])
    header = ",".join(["label", *mnist.images.pixel_columns])
    np.savetxt(tmp_path / "train.csv", rows, "%d", ",", header=header, comments="")

    digits = load_train(tmp_path, mnist)

    np.testing.assert_array_equal(digits.labels, rows[:, 0])
    np.testing.assert_array_equal(digits.images.reshape(50, 784), rows[:, 1:])


@pytest.fixture
def pictures(tmp_path):
    """Four image files, of which two are the same, and a test image."""
    for name, value in {
        "train/a": 1,
        "train/b": 2,
        "train/c": 1,
        "train/d": 3,
        "test/e": 4,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (4, 4), value).save(tmp_path / f"{name}.png")
        os.utime(tmp_path / f"{name}.png", (1e9, 1e9))
    (tmp_path / "train.csv").write_text("id,label\na,cat\nb,dog\nc,cat\nd,dog\n")
    os.utime(tmp_path / "train.csv", (1e9, 1e9))
    images = Images(Layout.FILES, (4, 4), train="train/{id}.png", test="test/{id}.png")
    labels = Labels(file="train.csv", id="id")
    form = Submission(file="")
    return tmp_path, Competition("any", "Any", Kind.PHOTO, Metric.ACCURACY, images, labels, form)


def test_decoded_images_without_repeated_ones_come_from_the_cache_the_next_time(
    pictures, no_parsing
):
    first = load_train(*pictures)
    assert (first.images[:, 0, 0].tolist(), first.ids) == ([1, 2, 3], ("a", "b", "d"))
    assert (first.findings.duplicate_rows, first.csv_rows) == (1, 4)
    no_parsing()
    assert same(first, load_train(*pictures))


def test_decoded_images_are_on_the_disk_once(pictures, monkeypatch):
    copied = []
    monkeypatch.setattr(cache, "write_array_header_2_0", lambda file, _: copied.append(file.name))
    load_test(*pictures)
    assert copied == []
    load_train(*pictures)
    assert [os.path.basename(name) for name in copied] == ["labels.npy"]  # noqa: PTH119


def test_decoded_images_are_copied_into_the_cache_where_the_disk_has_no_links(
    pictures, monkeypatch, no_parsing
):
    def forbidden(*_):
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(cache.Path, "hardlink_to", forbidden)
    first = load_train(*pictures)
    no_parsing()
    assert same(first, load_train(*pictures))
