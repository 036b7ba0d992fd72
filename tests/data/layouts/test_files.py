import dataclasses
import random

import numpy as np
import pytest
from PIL import Image

from kaggle_kit.competition.description import (
    Competition,
    Images,
    Kind,
    Labels,
    Layout,
    Metric,
    Resize,
)
from kaggle_kit.data.layouts.decoding import Decoding
from kaggle_kit.data.layouts.files import read_files
from kaggle_kit.errors import DataError, InputError, KitError


def make(path, value=0, kind=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), value).save(path, kind)


def competition(train="train/{id}.png", test="test/{id}.png", labels=None, **images):
    layout = images.pop("layout", Layout.FILES)
    described = Images(layout, (4, 4), train=train, test=test, **images)
    labels = labels or Labels(file="labels.csv", id="id")
    return Competition("any", "Any", Kind.PHOTO, Metric.ACCURACY, described, labels)


def read(folder, described, *, labelled=True, ids=None, **decoding):
    how = Decoding(folder / "cache" / "images.npy", workers=1, **decoding)
    return read_files(folder, described, how, labelled=labelled, ids=ids)


def values(raw):
    return raw.images[:, 0, 0].tolist()


@pytest.fixture
def three(tmp_path):
    for number in (1, 2, 3):
        make(tmp_path / "train" / f"{number}.png", number)
    (tmp_path / "labels.csv").write_text("id,label\n2,cat\n1,dog\n3,cat\n")
    return tmp_path


def test_rows_follow_the_csv_with_the_labels(three):
    raw = read(three, competition())
    assert (raw.ids, raw.labels) == (("2", "1", "3"), ("cat", "dog", "cat"))
    assert values(raw) == [2, 1, 3]
    assert raw.images.shape == (3, 4, 4)
    assert (raw.place(0), raw.groups, raw.missing, raw.findings) == ("train/2.png", None, 0, ())


@pytest.mark.parametrize(
    ("resize", "how"),
    [
        (Resize.STRETCH, "scaled to"),
        (Resize.CROP, "scaled and cropped to"),
        (Resize.PAD, "scaled and padded to"),
    ],
)
def test_it_is_told_how_images_of_other_sizes_get_the_size(three, resize, how):
    Image.new("L", (8, 6)).save(three / "train" / "1.png")
    assert read(three, competition(resize=resize)).findings == (
        f"1 image of 6 × 8 pixels {how} 4 × 4",
    )
    Image.new("L", (3, 20)).save(three / "train" / "3.png")
    assert read(three, competition(resize=resize)).findings == (
        f"2 images of 6 × 8 to 20 × 3 pixels {how} 4 × 4",
    )


def test_images_may_lie_beside_the_labels(tmp_path):
    for name, value in (("a", 1), ("b", 2), ("c", 3), ("d", 4)):
        make(tmp_path / f"{name}.png", value)
    make(tmp_path / "other" / "e.png", 5)
    (tmp_path / "labels.csv").write_text("id,label\nb,cat\na,dog\n")
    described = competition("{id}.png", "{id}.png")
    train = read(tmp_path, described)
    assert (train.ids, values(train), train.findings) == (("b", "a"), [2, 1], ())
    test = read(tmp_path, described, labelled=False)
    assert (test.ids, values(test)) == (("c", "d"), [3, 4])
    assert test.findings == (
        "2 training images in the folder of the test images left out",
        "1 other file left out: other/e.png",
    )


def test_colours_have_a_last_axis(three):
    assert read(three, competition(channels=3)).images.shape == (3, 4, 4, 3)


@pytest.mark.parametrize(
    "text",
    [
        '\ufeffid,label\r\n"2","cat"\r\n1,dog\r\n3,cat\r\n',
        "extra,label,id\nx, cat ,2\n\ny,dog,1\nz,cat,3\n",
        'id,label,note\n2,cat,"two\nlines"\n1,dog,\n3,cat,\n',
    ],
)
def test_a_csv_of_any_make_is_read(three, text):
    (three / "labels.csv").write_text(text, encoding="utf-8", newline="")
    raw = read(three, competition())
    assert (raw.ids, raw.labels) == (("2", "1", "3"), ("cat", "dog", "cat"))


def test_names_in_braces_are_columns(tmp_path):
    make(tmp_path / "train_images" / "blast" / "1.png", 1)
    make(tmp_path / "train_images" / "tungro" / "1 b.png", 2)
    (tmp_path / "train.csv").write_text(
        "image_id,label,variety\n1.png,blast,ADT45\n1 b.png,tungro,X\n"
    )
    labels = Labels(file="train.csv", group="variety")
    raw = read(tmp_path, competition("train_images/{label}/{image_id}", labels=labels))
    assert values(raw) == [1, 2]
    assert (raw.ids, raw.groups) == (("1.png", "1 b.png"), ("ADT45", "X"))


def test_labels_stand_in_paths(tmp_path):
    for name, value in (("dog.10", 3), ("dog.9", 2), ("cat.0", 1)):
        make(tmp_path / "train" / f"{name}.png", value)
    (tmp_path / "train" / "notes.txt").write_text("no image")
    (tmp_path / "train" / ".DS_Store").write_text("hidden")
    described = competition("train/{label}.{number}.png", labels=Labels())
    raw = read(tmp_path, described)
    assert raw.labels == ("cat", "dog", "dog")
    assert raw.ids == ("cat.0.png", "dog.9.png", "dog.10.png")
    assert values(raw) == [1, 2, 3]
    assert raw.findings == ("1 other file left out: train/notes.txt",)


def test_folders_are_classes(tmp_path):
    make(tmp_path / "train" / "Scentless Mayweed" / "a.png", 1)
    make(tmp_path / "train" / "ক" / "deep" / "b.BMP", 2)
    make(tmp_path / "train" / "stray.png", 3)
    raw = read(tmp_path, competition("train", labels=Labels(), layout=Layout.FOLDERS))
    assert raw.labels == ("Scentless Mayweed", "ক")
    assert raw.place(1) == "train/ক/deep/b.BMP"
    assert raw.findings == ("1 other file left out: train/stray.png",)


def test_one_hot_columns_are_labels(three):
    (three / "labels.csv").write_text("id,cat,dog\n1,0,1\n2,1,0\n")
    labels = Labels(file="labels.csv", id="id", columns=("cat", "dog"))
    assert read(three, competition(labels=labels)).labels == ("dog", "cat")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1,1,1",
            "line 2: expected 1 in exactly one of the columns cat, dog, found it in cat, dog",
        ),
        ("1,0,0", "line 2: expected 1 in exactly one of the columns cat, dog, found it in none"),
        ("1,0,0.5", "line 2, column dog: expected 0 or 1, found '0.5'"),
    ],
)
def test_wrong_one_hot_columns_are_told(three, row, said):
    (three / "labels.csv").write_text(f"id,cat,dog\n{row}\n")
    labels = Labels(file="labels.csv", id="id", columns=("cat", "dog"))
    with pytest.raises(DataError, match=said):
        read(three, competition(labels=labels))


def test_an_id_finds_its_file_whatever_its_ending(tmp_path):
    for name in ("1.jpg", "2.PNG", "3.tif", "e\u0301.png"):
        make(tmp_path / "train" / name)
    (tmp_path / "labels.csv").write_text("id,label\n1,a\n2.png,b\n3.jpg,b\n\u00e9,a\n", "utf-8")
    raw = read(tmp_path, competition())
    assert [raw.place(i) for i in range(3)] == ["train/1.jpg", "train/2.PNG", "train/3.tif"]
    assert raw.ids == ("1", "2.png", "3.jpg", "é")
    (finding,) = raw.findings
    assert finding.startswith("4 images found by another name: 1 is train/1.jpg, 2.png is train/2")


def test_an_id_of_two_files_is_an_error(tmp_path):
    make(tmp_path / "train" / "1.jpg")
    make(tmp_path / "train" / "1.bmp")
    (tmp_path / "labels.csv").write_text("id,label\n1,a\n")
    with pytest.raises(DataError, match=r"1 can be train/1\.bmp or train/1\.jpg"):
        read(tmp_path, competition())


def test_test_images_are_in_the_order_of_the_ids(tmp_path):
    for number in (1, 2, 10):
        make(tmp_path / "test" / f"{number}.png", number)
    raw = read(tmp_path, competition(), labelled=False, ids=["10", "1"])
    assert (raw.ids, raw.labels, values(raw)) == (("10", "1"), None, [10, 1])


def test_without_ids_test_images_are_in_natural_order(tmp_path):
    for number in (1, 2, 10):
        make(tmp_path / "test" / f"{number}.png", number)
    assert read(tmp_path, competition(), labelled=False).ids == ("1", "2", "10")
    assert read(tmp_path, competition(test="test/{id}"), labelled=False).ids[0] == "1.png"


def test_all_files_that_cannot_be_read_are_told_at_once(three):
    (three / "train" / "1.png").write_bytes(b"")
    (three / "train" / "2.png").unlink()
    (three / "train" / "3.png").write_text("no image")
    make(three / "train" / "4.png")
    with (three / "labels.csv").open("a") as file:
        file.write("4,cat\n5,cat\n")
    said = (
        r"4 of 5 training images cannot be read: train/2.png \(it does not exist\), "
        r"train/1.png \(it is empty\), train/3.png \(it is no image\), … \(4 in all\)"
    )
    with pytest.raises(DataError, match=said) as error:
        read(three, competition())
    assert "--skip-unreadable" in error.value.hint
    raw = read(three, competition(), skip_unreadable=True)
    assert (raw.ids, raw.labels, raw.place(0)) == (("4",), ("cat",), "train/4.png")
    assert raw.findings == (
        "4 unreadable images left out: train/2.png, train/1.png, train/3.png, … (4 in all)",
    )


def test_test_images_are_never_skipped(tmp_path):
    make(tmp_path / "test" / "1.png")
    with pytest.raises(DataError, match="1 of 2 test images") as error:
        read(tmp_path, competition(), labelled=False, ids=["1", "2"], skip_unreadable=True)
    assert "skip" not in error.value.hint


def test_a_set_without_any_readable_image_is_an_error(tmp_path):
    (tmp_path / "labels.csv").write_text("id,label\n1,a\n")
    with pytest.raises(DataError, match="1 of 1 training images"):
        read(tmp_path, competition(), skip_unreadable=True)


def test_values_outside_the_range_are_told_and_never_skipped(three):
    with pytest.raises(DataError, match=r"train/2.png \(expected values from 0 to 1, found 2") as e:
        read(three, competition(range=(0, 1)), skip_unreadable=True)
    assert "images.range" in e.value.hint


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../secret", "..\\secret"])
def test_an_id_does_not_lead_out_of_the_folder(tmp_path, name):
    make(tmp_path / "secret.png")
    folder = tmp_path / "data"
    make(folder / "train" / "a" / "1.png")
    (folder / "labels.csv").write_text(f"id,label\n{name},a\ntrain/a/1,a\n")
    with pytest.raises(DataError, match=r"1 of 2 training .*leads out of the folder"):
        read(folder, competition("{id}.png"))
    with pytest.raises(DataError, match=r"1 of 1 test .*(leads out|does not exist)"):
        read(folder, competition(test="{id}.png"), labelled=False, ids=[name])


def test_a_link_does_not_lead_out_of_the_folder(tmp_path):
    make(tmp_path / "secret" / "1.png")
    folder = tmp_path / "data"
    make(folder / "train" / "1.png")
    (folder / "train" / "2.png").symlink_to(tmp_path / "secret" / "1.png")
    (folder / "train" / "round").symlink_to(folder)
    (folder / "labels.csv").write_text("id,label\n1,a\n2,a\n")
    with pytest.raises(DataError, match=r"train/2.png \(it leads out of the folder"):
        read(folder, competition())
    (folder / "test").symlink_to(tmp_path / "secret")
    with pytest.raises(DataError, match="leads out of the folder"):
        read(folder, competition(), labelled=False, ids=["1"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "labels.csv is empty"),
        ("id,label\n", "labels.csv has no rows"),
        ("image,label\n1,a\n", "line 1: expected the columns id, label; missing: id; found: image"),
        ("id label\n1 a\n", "missing: id, label; found: id label"),
        ("id,label,label\n1,a,a\n", "line 1: there twice: label"),
        ("id,label\n1,a\n2\n", "line 3: expected 2 fields, found 1"),
        ("id,label\n1,a\n2,\n", "line 3, column label: expected a value, found nothing"),
        ("id,label\n,a\n", "line 2, column id: expected a value, found nothing"),
        ('id,label\n1,a\n2,"a\n', "line 3: it cannot be read as CSV"),
        ("id,label\n1,a\n2,\udc81\n", "line 3: expected UTF-8 text"),
        ("id,label\n1,a\n2,b\n1,c\n", "lines 2 and 4: 1 is labelled a and c"),
    ],
)
def test_a_wrong_csv_is_told_by_line_and_column(three, text, said):
    (three / "labels.csv").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DataError, match=said):
        read(three, competition())


def test_a_repeated_row_counts_once(three):
    (three / "labels.csv").write_text("id,label\n1,a\n1,a\n")
    raw = read(three, competition())
    assert (raw.ids, raw.findings) == (("1",), ("1 repeated row of labels.csv dropped",))


def test_a_missing_csv_or_folder_is_told(tmp_path):
    with pytest.raises(DataError, match=r"labels.csv does not exist"):
        read(tmp_path, competition())
    make(tmp_path / "train" / "train" / "cat.1.png")
    described = competition("train/{label}.{number}.png", labels=Labels())
    with pytest.raises(DataError, match=r"no image matches .*; found: train/train/cat\.1\.png"):
        read(tmp_path, described)


@pytest.mark.parametrize("train", ["train/{id.png", "train/{id:03}.png", "train/{number}.png"])
def test_a_wrong_template_is_told(three, train):
    with pytest.raises(InputError, match=r"images\.train is 'train/\{"):
        read(three, competition(train, labels=Labels()))


def test_groups_may_stand_in_paths(tmp_path):
    make(tmp_path / "train" / "p1" / "cat" / "a.png")
    labels = Labels(group="patient")
    raw = read(tmp_path, competition("train/{patient}/{label}/{id}.png", labels=labels))
    assert (raw.ids, raw.labels, raw.groups) == (("a",), ("cat",), ("p1",))
    with pytest.raises(InputError, match=r"expected \{patient\} in it for labels\.group"):
        read(tmp_path, competition("train/p1/{label}/{id}.png", labels=labels))


def test_the_hash_tells_content_names_and_labels(three):
    seen = {read(three, competition()).sha256}
    (three / "labels.csv").write_text("id,label\n2,cat\n1,dog\n3,dog\n")
    seen.add(read(three, competition()).sha256)
    make(three / "train" / "1.png", 9)
    seen.add(read(three, competition()).sha256)
    assert len(seen) == 3
    assert read(three, competition()).sha256 in seen


def test_mutated_data_are_read_or_told(three):
    """Damage to the CSV, to the template and to files never shows a traceback."""
    random.seed(0)
    whole = {path: path.read_bytes() for path in sorted(three.rglob("*.*")) if path.is_file()}
    outcomes, told = {"read": 0, "told": 0}, []
    for _ in range(150):
        path = random.choice([three / "labels.csv", three / "train" / "1.png"])
        content = bytearray(whole[path])
        for _ in range(random.randint(1, 3)):
            content[random.randrange(len(content))] = random.randrange(256)
        path.write_bytes(content[: random.choice([None, random.randrange(len(content))])])
        try:
            raw = read(three, competition(), skip_unreadable=random.random() < 0.5)
        except KitError as error:
            outcomes["told"] += 1
            told.append(error)
        else:
            outcomes["read"] += 1
            assert raw.images.shape == (len(raw.labels), 4, 4)
        path.write_bytes(whole[path])
    assert min(outcomes.values()) > 10
    assert all(error.hint and str(error).isprintable() for error in told)


def test_equal_data_are_equal_in_another_folder(three, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    for number in (1, 2, 3):
        make(other / "train" / f"{number}.png", number)
    (other / "labels.csv").write_bytes((three / "labels.csv").read_bytes())
    first, second = read(three, competition()), read(other, competition())
    assert first.sha256 == second.sha256
    assert np.array_equal(first.images, second.images)
    assert dataclasses.replace(first, images=second.images).ids == second.ids


def test_training_images_in_the_folder_of_the_test_images_are_no_test_images(tmp_path):
    for number in (1, 2, 3):
        make(tmp_path / "images" / f"{number}.png", number)
    (tmp_path / "labels.csv").write_text("id,label\n1,cat\n3,dog\n")
    described = competition("images/{id}.png", "images/{id}.png")
    test = read(tmp_path, described, labelled=False)
    assert (test.ids, values(test)) == (("2",), [2])
    assert test.findings == ("2 training images in the folder of the test images left out",)
