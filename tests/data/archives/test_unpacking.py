import pytest
from packing import PACKERS, content, extract, in_bytes, pack, seven_zipped, tarred, zipped

from kaggle_kit.data.archives import Tree, Wanted, unpack
from kaggle_kit.data.archives.seven_zips import SevenZip
from kaggle_kit.data.archives.tars import Tar
from kaggle_kit.errors import InputError

NAMES = ["train.csv", "test.csv", "sample_submission.csv"]
TEXTS = {name: f"text of {name}\n" * 9 for name in NAMES}
CACTUS = Wanted(
    ("train.csv", "sample_submission.csv"),
    (Tree("train", ".jpg"), Tree("test", ".jpg")),
    frozenset({"sample_submission.csv"}),
)
IMAGES = {
    "train.csv": "id,label\n",
    "sample_submission.csv": "id,label\n",
    "train/01.jpg": b"\xff\xd801",
    "train/sub/02.jpg": b"\xff\xd802",
    "test/01.jpg": b"\xff\xd803",
}


@pytest.fixture
def target(tmp_path):
    target = tmp_path / "outer" / "target"
    target.mkdir(parents=True)
    return target


def prefixed(prefix, members=TEXTS):
    return {prefix + name: text for name, text in members.items()}


def below(folder, members=IMAGES):
    """The members in `folder`, by their paths below it."""
    start = f"{folder}/"
    return {name.removeprefix(start): m for name, m in members.items() if name.startswith(start)}


def rest():
    return {name: text for name, text in IMAGES.items() if name.endswith(".csv")}


@pytest.mark.parametrize("ending", ["", *PACKERS])
@pytest.mark.parametrize("prefix", ["", "a/", "a/b/c/"])
def test_the_csvs_are_found_in_any_archive_at_any_depth(tmp_path, target, ending, prefix):
    extract(pack(tmp_path / f"some{ending}", prefixed(prefix)), NAMES, target)

    assert content(target) == in_bytes(TEXTS)


@pytest.mark.parametrize("ending", ["", *PACKERS])
def test_images_keep_their_paths_below_the_folder_that_the_description_names(
    tmp_path, target, ending
):
    more = {"notes/readme.txt": "", "train/notes.txt": "", "__MACOSX/train/._01.jpg": b"junk"}

    unpacked = unpack(pack(tmp_path / f"some{ending}", IMAGES | more), CACTUS, target)

    assert content(target) == in_bytes(IMAGES)
    assert unpacked.missing == ()
    assert unpacked.found == {
        "train.csv": 1,
        "sample_submission.csv": 1,
        "train/": 2,
        "test/": 1,
    }


@pytest.mark.parametrize(
    "members",
    [
        TEXTS,
        {f"{name}.zip": zipped({name: text}) for name, text in TEXTS.items()},
        {f"{name}.7z": seven_zipped({name: text}) for name, text in TEXTS.items()},
        prefixed("digit-recognizer\\"),
        TEXTS | {"README.md": "more", "extra/other.csv": "a,b\n"},
        TEXTS | prefixed("backup/"),
        TEXTS | {"train.csv.zip": b"never looked at"},
        prefixed("june/") | {"may/train.csv": "", "may/test.csv": ""},
        {"Train.csv": TEXTS["train.csv"], "TEST.CSV": TEXTS["test.csv"]}
        | {"sample_submission.csv": TEXTS["sample_submission.csv"]},
        TEXTS | {"Train.csv": "another", "__MACOSX/._train.csv": "junk"},
        {"inner.zip": zipped(TEXTS)},
        {"inner.zip": zipped({"more.7z": seven_zipped({"train.csv.zip": zipped(TEXTS)})})},
        {"a/b/one.tar.gz": tarred(TEXTS, "gz"), "a/other.zip": zipped({"x.csv": ""})},
        {"a/train.csv": TEXTS["train.csv"], "b/test.csv": TEXTS["test.csv"]}
        | {"c/d/sample_submission.csv": TEXTS["sample_submission.csv"]},
    ],
    ids=[
        *("top", "zips", "7zs", "backslash", "more", "top wins", "unpacked wins", "complete wins"),
        *("case", "exact case wins", "zip in zip", "three deep", "tar in a zip", "scattered"),
    ],
)
def test_the_csvs_are_found_where_it_is_clear_which_are_meant(tmp_path, target, members):
    extract(pack(tmp_path / "some.zip", members), NAMES, target)

    assert content(target) == in_bytes(TEXTS)


@pytest.mark.parametrize("ending", [".zip", ".7z", ".tar.gz"])
@pytest.mark.parametrize("outer", ["", ".zip", ".7z"])
@pytest.mark.parametrize("wrapper", ["", "train/", "x/train/"])
def test_images_are_found_in_an_archive_of_their_own(tmp_path, target, ending, outer, wrapper):
    packer = PACKERS[ending]
    members = rest() | {
        f"train{ending}": packer(prefixed(wrapper, below("train"))),
        f"test{ending}": packer(prefixed(wrapper.replace("train", "test"), below("test"))),
    }

    unpack(pack(tmp_path / f"some{outer}", members), CACTUS, target)

    assert content(target) == in_bytes(IMAGES)


@pytest.mark.parametrize(
    "members",
    [
        {"train/" * 2 + name: image for name, image in below("train").items()},
        prefixed("train/", {"train/01.jpg": IMAGES["train/01.jpg"]})
        | {"train/train/sub/02.jpg": IMAGES["train/sub/02.jpg"]},
        {"data/train/01.JPG": IMAGES["train/01.jpg"]}
        | {"data/train/sub/02.jpg": IMAGES["train/sub/02.jpg"]},
        prefixed("Train/", below("train")),
        {"part1.zip": zipped({"train/01.jpg": IMAGES["train/01.jpg"]})}
        | {"part2.zip": zipped({"train/sub/02.jpg": IMAGES["train/sub/02.jpg"]})},
        prefixed("train/", below("train")) | {"train.zip": b"never looked at"},
    ],
    ids=["twice unpacked", "twice unpacked deep", "case", "folder's case", "parts", "both"],
)
def test_images_are_found_however_they_were_unpacked(tmp_path, target, members):
    members |= rest() | prefixed("test/", below("test"))

    unpack(pack(tmp_path / "some", members), CACTUS, target)

    assert content(target) == in_bytes(IMAGES)


def test_paths_of_a_description_are_found_from_inside_their_folder(tmp_path, target):
    wanted = Wanted(("fer2013/fer2013.csv",), (Tree("data/train", ".png"),))
    members = {"fer2013.csv": "emotion,pixels\n", "train/1.png": "image"}

    unpack(pack(tmp_path / "some", members), wanted, target)

    assert set(content(target)) == {"fer2013/fer2013.csv", "data/train/1.png"}


def test_paths_with_the_same_name_are_not_taken_for_each_other(tmp_path, target):
    wanted = Wanted((), (Tree("train/images"), Tree("test/images")))
    unpacked = unpack(pack(tmp_path / "some", {"test/images/1.png": ""}), wanted, target)

    assert unpacked.missing == ("train/images/",)
    assert set(content(target)) == {"test/images/1.png"}


@pytest.mark.parametrize("prefix", ["", "some/deep/"])
def test_images_without_a_folder_of_their_own_are_found(tmp_path, target, prefix):
    members = {f"{prefix}{name}": "" for name in ("labels.csv", "1.jpg", "2.jpeg", "x/3.jpg")}

    unpack(
        pack(tmp_path / "some.zip", members), Wanted(("labels.csv",), (Tree("", ".jpg"),)), target
    )

    assert set(content(target)) == {"labels.csv", "1.jpg", "2.jpeg"}


def test_without_an_ending_in_the_description_images_may_have_none(tmp_path, target):
    members = {"train/n01": "", "train/n02.png": "", "train/list.txt": ""}

    unpack(pack(tmp_path / "some.zip", members), Wanted((), (Tree("train"),)), target)

    assert set(content(target)) == {"train/n01", "train/n02.png"}


def test_what_is_missing_is_left_to_the_caller(tmp_path, target):
    members = {name: text for name, text in IMAGES.items() if "sample" not in name}

    unpacked = unpack(pack(tmp_path / "some.zip", members), CACTUS, target)

    assert unpacked.missing == ("sample_submission.csv",)
    assert content(target) == in_bytes(members)
    unpacked.require(["train.csv", "train/"])
    with pytest.raises(InputError, match=r"some\.zip lacks sample_submission\.csv; found: test/01"):
        unpacked.require(["train.csv", "sample_submission.csv"])


def test_a_file_that_is_missing_is_named_with_what_was_found(tmp_path, target):
    members = {"data/test.csv": "", "data/sample_submission.csv": "", "notes.txt": ""}
    path = pack(tmp_path / "some.zip", members)

    with pytest.raises(InputError) as raised:
        extract(path, NAMES, target)

    assert str(raised.value) == (
        f"{path} lacks train.csv; found: data/sample_submission.csv, data/test.csv, notes.txt"
    )
    assert "train.csv, test.csv, sample_submission.csv" in raised.value.hint


def test_an_archive_that_only_something_optional_could_be_in_is_not_opened(tmp_path, target):
    members = {name: text for name, text in IMAGES.items() if "sample" not in name}

    unpacked = unpack(
        pack(tmp_path / "some.zip", members | {"extra.zip": b"PK damaged"}), CACTUS, target
    )

    assert unpacked.missing == ("sample_submission.csv",)
    assert unpacked.problems == ()


@pytest.mark.parametrize("name", ["some", "some.zip", "some.tar.gz", "some.7z"])
def test_nothing_is_found_in_an_empty_archive(tmp_path, target, name):
    with pytest.raises(InputError, match=r"found: nothing$"):
        extract(pack(tmp_path / name, {}), NAMES, target)


def test_a_long_listing_is_cut(tmp_path, target):
    path = pack(tmp_path / "some.zip", {f"{number:02}.txt": "" for number in range(50)})

    with pytest.raises(InputError, match=r"06\.txt, 07\.txt, … \(50 files\)$"):
        extract(path, NAMES, target)


@pytest.mark.parametrize(
    ("members", "one", "other"),
    [
        (prefixed("may/") | prefixed("june/"), "june/train.csv", "may/train.csv"),
        (dict.fromkeys(["TRAIN.csv", "Train.csv", *NAMES[1:]], ""), "TRAIN.csv", "Train.csv"),
        ({"a.zip": zipped(TEXTS), "b.zip": zipped(TEXTS)}, "a/train.csv", "b/train.csv"),
    ],
    ids=["folders", "case", "archives"],
)
def test_two_sets_of_data_are_one_too_many(tmp_path, target, members, one, other):
    with pytest.raises(InputError, match=f"data twice: {one} and {other}"):
        extract(pack(tmp_path / "some.zip", members), NAMES, target)


def test_an_image_in_two_archives_is_one_too_many(tmp_path, target):
    members = IMAGES | {"a.zip": zipped({"valid/1.png": ""}), "b.zip": zipped({"valid/1.png": ""})}

    with pytest.raises(InputError, match=r"twice: a/valid/1\.png and b/valid/1\.png"):
        unpack(pack(tmp_path / "some", members), Wanted((), (Tree("valid"),)), target)


@pytest.mark.parametrize("kind", [Tar, SevenZip])
def test_a_solid_archive_is_copied_from_in_one_pass(tmp_path, target, monkeypatch, kind):
    calls = []
    copy = kind.copy
    monkeypatch.setattr(
        kind, "copy", lambda self, *args: (calls.append(self.label), copy(self, *args))
    )
    ending = {Tar: ".tar.gz", SevenZip: ".7z"}[kind]

    unpack(pack(tmp_path / f"some{ending}", IMAGES), CACTUS, target)

    assert len(calls) == 1
    assert content(target) == in_bytes(IMAGES)


@pytest.mark.parametrize("ending", ["", ".zip", ".7z", ".tar.gz"])
def test_progress_is_told_in_bytes(tmp_path, target, ending):
    calls = []

    unpack(
        pack(tmp_path / f"some{ending}", IMAGES),
        CACTUS,
        target,
        progress=lambda *call: calls.append(call),
    )

    size = sum(len(text) for text in IMAGES.values())
    assert calls[-1] == (size, size)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_nothing_but_what_is_wanted_is_left_behind(tmp_path, target):
    members = rest() | {"train.zip": zipped(below("train")), "test.zip": zipped(below("test"))}

    unpack(pack(tmp_path / "some.zip", members), CACTUS, target)

    assert sorted(path.name for path in target.iterdir()) == [
        "sample_submission.csv",
        "test",
        "train",
        "train.csv",
    ]


def test_links_in_the_users_own_folder_are_followed_but_not_in_circles(tmp_path, target):
    elsewhere = pack(tmp_path / "elsewhere", below("train"))
    folder = pack(tmp_path / "some", rest() | prefixed("test/", below("test")))
    (folder / "train").symlink_to(elsewhere)
    (elsewhere / "up").symlink_to(folder)

    unpack(folder, CACTUS, target)

    assert content(target) == in_bytes(IMAGES)


@pytest.mark.parametrize("ending", list(PACKERS))
def test_names_in_any_script_are_kept(tmp_path, target, ending):
    members = {f"train/{name}.png": name for name in ("Blüte", "汉字", "हिन्दी", "a b'c", "x" * 200)}

    unpack(pack(tmp_path / f"some{ending}", members), Wanted((), (Tree("train"),)), target)

    assert content(target) == in_bytes(members)


def test_a_name_in_utf_8_that_a_zip_does_not_declare_is_read_as_that(tmp_path, target):
    archive = zipped({"train/Blüte.png": ""}).replace(b"\x00\x08\x00\x00", b"\x00\x00\x00\x00")
    (tmp_path / "some.zip").write_bytes(archive)

    unpack(tmp_path / "some.zip", Wanted((), (Tree("train"),)), target)

    assert set(content(target)) == {"train/Blüte.png"}
