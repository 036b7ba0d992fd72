import random
import zipfile

import numpy as np
import pytest

from kaggle_kit.competition.description import Competition, Images, Kind, Labels, Layout, Metric
from kaggle_kit.data.layouts.npz import read_npz
from kaggle_kit.errors import DataError


def competition(train="x.npz", labels=None, channels=1, **more):
    images = Images(
        Layout.NPZ, (4, 5), train=train, test=more.pop("test", "t.npz"), channels=channels, **more
    )
    labels = labels or Labels(file="y.npz")
    return Competition("any", "Any", Kind.GLYPH, Metric.ACCURACY, images, labels)


def pixels(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.fixture
def folder(tmp_path):
    np.savez(tmp_path / "x.npz", pixels(3, 4, 5))
    np.savez(tmp_path / "y.npz", np.array([7, 0, 7]))
    np.savez(tmp_path / "t.npz", pixels(2, 4, 5))
    return tmp_path


def test_images_and_labels_are_read(folder):
    raw = read_npz(folder, competition(), labelled=True)
    assert (raw.images == pixels(3, 4, 5)).all()
    assert (raw.labels, raw.ids, raw.groups, raw.missing) == (("7", "0", "7"), (), None, 0)
    assert raw.place(2) == "x.npz[2]"
    test = read_npz(folder, competition(), labelled=False)
    assert (test.labels, test.images.shape) == (None, (2, 4, 5))
    assert test.sha256 != raw.sha256


@pytest.mark.parametrize(
    ("stored", "channels", "wanted"),
    [
        (pixels(3, 20), 1, pixels(3, 4, 5)),
        (pixels(3, 4, 5, 1), 1, pixels(3, 4, 5)),
        (pixels(3, 1, 4, 5), 1, pixels(3, 4, 5)),
        (pixels(3, 4, 5, 3), 3, pixels(3, 4, 5, 3)),
        (pixels(3, 60), 3, pixels(3, 4, 5, 3)),
        (pixels(3, 3, 4, 5), 3, np.moveaxis(pixels(3, 3, 4, 5), 1, -1)),
        (pixels(3, 4, 5).astype(np.int64), 1, pixels(3, 4, 5)),
        (pixels(3, 4, 5).astype(np.float32), 1, pixels(3, 4, 5)),
        (pixels(3, 4, 5) > 99, 1, np.where(pixels(3, 4, 5) > 99, 255, 0)),
    ],
)
def test_any_common_shape_and_type_is_read(folder, stored, channels, wanted):
    np.savez_compressed(folder / "x.npz", stored)
    raw = read_npz(folder, competition(channels=channels), labelled=True)
    assert raw.images.dtype == np.uint8
    assert (raw.images == wanted).all()


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["a", "é", "a"]), ("a", "é", "a")),
        (np.array([b"a", "é".encode(), b"a"]), ("a", "é", "a")),
        (np.array([[1], [2], [1]]), ("1", "2", "1")),
        (np.array([1.0, 2.0, 1.0]), ("1", "2", "1")),
        (np.array([[0, 1], [1, 0], [0, 1]]), ("1", "0", "1")),
    ],
)
def test_labels_are_numbers_texts_or_one_hot(folder, labels, names):
    np.save(folder / "y.npy", labels)
    raw = read_npz(folder, competition(labels=Labels(file="y.npy")), labelled=True)
    assert raw.labels == names


def test_one_file_can_hold_all(folder):
    np.savez(
        folder / "all.npz", a=pixels(3, 4, 5), b=np.array([1, 2, 3]), label=np.array([4, 5, 6])
    )
    described = competition("all.npz:a", Labels(file="all.npz:b"))
    assert read_npz(folder, described, labelled=True).labels == ("1", "2", "3")
    described = competition("all.npz:a", Labels())
    assert read_npz(folder, described, labelled=True).labels == ("4", "5", "6")


def test_labels_and_groups_may_be_in_a_csv(folder):
    (folder / "y.csv").write_text("label,who\na,1\nb,2\na,1\n")
    described = competition(labels=Labels(file="y.csv", group="who"))
    raw = read_npz(folder, described, labelled=True)
    assert (raw.labels, raw.groups) == (("a", "b", "a"), ("1", "2", "1"))


def test_a_range_maps_floats(folder):
    np.savez(folder / "x.npz", np.linspace(0, 1, 60).reshape(3, 4, 5))
    raw = read_npz(folder, competition(range=(0, 1)), labelled=True)
    assert (raw.images.min(), raw.images.max()) == (0, 255)
    with pytest.raises(DataError, match="found none above 1") as error:
        read_npz(folder, competition(), labelled=True)
    assert "images.range = [0, 1]" in error.value.hint


@pytest.mark.parametrize("value", [float("nan"), 300.0, -1.0])
def test_the_first_value_outside_the_range_is_named(folder, value):
    images = pixels(3, 4, 5).astype(float)
    images[2, 0, 4] = images[2, 3, 0] = value
    np.savez(folder / "x.npz", images)
    said = rf"x\.npz\[2, 0, 4\]: expected values from 0 to 255, found {value:g}"
    with pytest.raises(DataError, match=said):
        read_npz(folder, competition(), labelled=True)


class Trap:
    """An object that, if it were unpickled, would raise."""

    def __reduce__(self):
        return (pytest.fail, ("it was unpickled",))


@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_objects_are_refused(folder, kind):
    save = {"npz": np.savez, "npy": np.save}[kind]
    save(folder / f"o.{kind}", np.array([Trap()], object), allow_pickle=True)
    with pytest.raises(DataError, match="holds Python objects, which can run any code"):
        read_npz(folder, competition(f"o.{kind}"), labelled=True)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (pixels(3, 5, 5), r"shape \(n, 4, 5\) or \(n, 20\), found shape \(3, 5, 5\)"),
        (pixels(4, 5), r"found shape \(4, 5\)"),
        (np.array(7), r"found shape \(\)"),
        (pixels(0, 4, 5), r"holds no images: its shape is \(0, 4, 5\)"),
        (np.zeros((3, 4, 5), complex), "expected numbers, found type complex128"),
        (np.zeros((3, 4, 5), "U1"), "expected numbers, found type <U1"),
    ],
)
def test_wrong_images_are_told(folder, images, said):
    np.savez(folder / "x.npz", images)
    with pytest.raises(DataError, match=said):
        read_npz(folder, competition(), labelled=True)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.array([1, 2]), "y.npz: expected 3 labels, one for each image in x.npz, found 2"),
        (np.array([1, 0.5, 2]), r"y.npz\[1\]: expected a whole number, found 0.5"),
        (np.array([1, np.nan, 2]), r"y.npz\[1\]: expected a whole number, found nan"),
        (np.array(["a", "", "b"]), r"y.npz\[1\]: expected a label, found nothing"),
        (np.array([b"a", b"\xff", b"b"]), r"y.npz\[1\]: expected UTF-8 text"),
        (np.array([[1, 0], [1, 1], [0, 1]]), r"y.npz\[1\]: expected 1 in exactly one column"),
        (np.zeros((3, 2, 2)), r"expected an array of shape \(n,\) .* found shape \(3, 2, 2\)"),
    ],
)
def test_wrong_labels_are_told(folder, labels, said):
    np.savez(folder / "y.npz", labels)
    with pytest.raises(DataError, match=said):
        read_npz(folder, competition(), labelled=True)


def test_one_hot_labels_have_the_names_of_the_description(folder):
    np.savez(folder / "y.npz", np.eye(3)[[2, 0, 1]])
    for names in ({"columns": ("a", "b", "c")}, {"classes": ("a", "b", "c")}):
        raw = read_npz(folder, competition(labels=Labels(file="y.npz", **names)), labelled=True)
        assert raw.labels == ("c", "a", "b")
    described = competition(labels=Labels(file="y.npz", classes=("a", "b")))
    with pytest.raises(DataError, match="a column for each of the 2 classes"):
        read_npz(folder, described, labelled=True)


def test_the_array_must_be_named_where_there_are_several(folder):
    np.savez(folder / "x.npz", train=pixels(3, 4, 5), other=pixels(3, 4, 5))
    with pytest.raises(DataError, match="not one array; found: train, other") as error:
        read_npz(folder, competition(), labelled=True)
    assert 'images.train = "x.npz:train"' in error.value.hint
    with pytest.raises(DataError, match="no array 'x'; found: train, other"):
        read_npz(folder, competition("x.npz:x"), labelled=True)
    np.save(folder / "x.npy", pixels(3, 4, 5))
    with pytest.raises(DataError, match="holds one array"):
        read_npz(folder, competition("x.npy:x"), labelled=True)


def test_a_file_that_is_missing_or_of_another_kind_is_told(folder):
    with pytest.raises(DataError, match=r"absent\.npz does not exist"):
        read_npz(folder, competition("absent.npz:x"), labelled=True)
    (folder / "x.npz").write_text("label,pixel0\n")
    with pytest.raises(DataError, match=r"no \.npz or \.npy file: it starts with b'label,'"):
        read_npz(folder, competition(), labelled=True)
    with zipfile.ZipFile(folder / "x.npz", "w") as archive:
        archive.writestr("readme.txt", "no array")
    with pytest.raises(DataError, match="is no array"):
        read_npz(folder, competition(), labelled=True)


def test_a_link_does_not_lead_out_of_the_folder(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("secret") / "x.npz"
    np.savez(secret, pixels(3, 4, 5))
    (folder / "link.npz").symlink_to(secret)
    with pytest.raises(DataError, match="leads out of the folder"):
        read_npz(folder, competition("link.npz"), labelled=True)


@pytest.mark.parametrize("kind", ["npz", "npy", "compressed"])
def test_a_damaged_file_is_read_or_told(folder, kind):
    random.seed(kind)
    path = folder / "x.npy" if kind == "npy" else folder / "x.npz"
    save = {"npz": np.savez, "npy": np.save, "compressed": np.savez_compressed}[kind]
    save(path, pixels(3, 4, 5))
    whole = path.read_bytes()
    told = []
    for _ in range(100):
        content = bytearray(whole)
        for _ in range(random.randint(1, 4)):
            content[random.randrange(len(content))] = random.randrange(256)
        path.write_bytes(content[: random.choice([None, random.randrange(len(content))])])
        try:
            raw = read_npz(folder, competition(path.name), labelled=True)
        except DataError as error:
            told.append(error)
        else:
            assert raw.images.shape == (3, 4, 5)
    assert told
    assert all(error.hint and str(error).isprintable() for error in told)
