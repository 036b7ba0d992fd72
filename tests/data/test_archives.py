import io
import zipfile

import pytest
from tiny_competition import texts, write_folder, write_zip

from kaggle_kit.data import archives
from kaggle_kit.data.archives import extract
from kaggle_kit.errors import DataError, InputError, KitError

NAMES = ["train.csv", "test.csv", "sample_submission.csv"]


@pytest.fixture
def target(tmp_path):
    target = tmp_path / "outer" / "target"
    target.mkdir(parents=True)
    return target


def content(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def zipped(name, text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def prefixed(prefix):
    return {prefix + name: text for name, text in texts().items()}


def packed_singly():
    return {f"{name}.zip": zipped(name, text) for name, text in texts().items()}


@pytest.mark.parametrize(
    "members",
    [
        texts(),
        prefixed("digit-recognizer/"),
        prefixed("digit-recognizer\\"),
        packed_singly(),
        texts() | {"README.md": "more", "extra/other.csv": "a,b\n"},
        texts() | prefixed("backup/"),
        texts() | {"train.csv.zip": b"never looked at"},
    ],
    ids=["top", "subfolder", "backslash", "singly", "more", "top wins", "unpacked wins"],
)
def test_the_csvs_are_found_in_a_zip(tmp_path, target, members):
    extract(write_zip(tmp_path / "some.zip", members), NAMES, target)

    assert content(target) == texts()


@pytest.mark.parametrize("subfolder", ["", "digit-recognizer"])
def test_the_csvs_are_found_in_a_folder(tmp_path, target, subfolder):
    write_folder(tmp_path / "some" / subfolder)

    extract(tmp_path / "some", NAMES, target)

    assert content(target) == texts()


def test_a_folder_may_hold_some_of_them_packed(tmp_path, target):
    write_folder(tmp_path / "some")
    (tmp_path / "some" / "train.csv").unlink()
    write_zip(tmp_path / "some" / "train.csv.zip", {"train.csv": texts()["train.csv"]})

    extract(tmp_path / "some", NAMES, target)

    assert content(target) == texts()


@pytest.mark.parametrize("prefix", ["../", "a/../../", "/", "/outer/", "..\\", "a/b/"])
def test_files_elsewhere_than_they_should_be_are_neither_taken_nor_written(
    tmp_path, target, prefix
):
    path = write_zip(tmp_path / "zips" / "some.zip", prefixed(prefix))
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(
        InputError, match=r"lacks train\.csv, test\.csv, sample_submission\.csv; found"
    ):
        extract(path, NAMES, target)

    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_that_is_missing_is_named_with_what_was_found(tmp_path, target):
    members = {"data/test.csv": "", "data/sample_submission.csv": "", "notes.txt": ""}
    path = write_zip(tmp_path / "some.zip", members)

    with pytest.raises(InputError) as raised:
        extract(path, NAMES, target)

    assert str(raised.value) == (
        f"{path} lacks train.csv; found: data/sample_submission.csv, data/test.csv, notes.txt"
    )
    assert "train.csv, test.csv, sample_submission.csv" in raised.value.hint


def test_an_empty_folder_holds_nothing(tmp_path, target):
    (tmp_path / "some").mkdir()

    with pytest.raises(InputError, match=r"found: nothing$"):
        extract(tmp_path / "some", NAMES, target)


def test_a_long_listing_is_cut(tmp_path, target):
    path = write_zip(tmp_path / "some.zip", {f"{number:02}.txt": "" for number in range(50)})

    with pytest.raises(InputError, match=r"06\.txt, 07\.txt, … \(50 files\)$"):
        extract(path, NAMES, target)


def test_two_sets_of_data_are_one_too_many(tmp_path, target):
    write_folder(tmp_path / "some" / "january")
    write_folder(tmp_path / "some" / "june")

    with pytest.raises(InputError, match=r"twice: .*january/.* and june/"):
        extract(tmp_path / "some", NAMES, target)


def test_what_is_no_zip_is_shown_by_its_start(tmp_path, target):
    path = tmp_path / "train.csv"
    path.write_text("label,pixel0")

    with pytest.raises(
        InputError, match=r"train\.csv is not a zip: it starts with b'labe'"
    ) as raised:
        extract(path, NAMES, target)

    assert "folder" in raised.value.hint


@pytest.mark.parametrize("keep", [4, 0.2, 0.5, 0.9, -1])
def test_a_zip_that_was_cut_short_is_called_damaged(tmp_path, target, keep):
    path = write_zip(tmp_path / "some.zip", texts())
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(len(whole) * keep)])

    with pytest.raises(DataError, match=r"some\.zip is damaged or was cut short"):
        extract(path, NAMES, target)


def test_a_member_whose_checksum_is_wrong_is_named(tmp_path, target):
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, text in texts().items():
            archive.writestr(name, text)
    path.write_bytes(path.read_bytes().replace(b"\n0,0,1,2,3,4,5\n", b"\n0,0,1,2,3,4,6\n"))

    with pytest.raises(DataError, match=r"train\.csv in .*some\.zip is damaged: Bad CRC-32"):
        extract(path, NAMES, target)


def test_damage_in_the_compressed_bytes_is_an_error(tmp_path, target):
    path = write_zip(tmp_path / "some.zip", texts())
    damaged = bytearray(path.read_bytes())
    damaged[45:60] = b"\xff" * 15
    path.write_bytes(damaged)

    with pytest.raises(DataError, match=r"some\.zip is damaged"):
        extract(path, NAMES, target)


def test_a_damaged_zip_in_the_zip_is_named(tmp_path, target):
    members = packed_singly() | {"test.csv.zip": b"PK\x03\x04 and no more"}

    with pytest.raises(DataError, match=r"test\.csv\.zip in .*some\.zip is damaged"):
        extract(write_zip(tmp_path / "some.zip", members), NAMES, target)


def test_zips_are_unpacked_one_deep_only(tmp_path, target):
    deep = zipped("train.csv.zip", zipped("train.csv", "text"))

    with pytest.raises(
        InputError, match=r"train\.csv\.zip in .* lacks train\.csv; found: train\.cs"
    ):
        extract(
            write_zip(tmp_path / "s.zip", packed_singly() | {"train.csv.zip": deep}), NAMES, target
        )


def test_a_zip_bomb_is_not_unpacked(tmp_path, target, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST", 1_000_000)
    path = write_zip(tmp_path / "some.zip", texts(train="0" * 2_000_000))

    with pytest.raises(
        InputError, match="claims to unpack to 2,000,000 bytes, where at most 1,000"
    ):
        extract(path, NAMES, target)

    assert "train.csv" not in content(target)


def test_an_encrypted_zip_is_called_that(tmp_path, target):
    path = write_zip(tmp_path / "some.zip", texts())
    marked = bytearray(path.read_bytes())
    start = 0
    while (start := marked.find(b"PK\x01\x02", start) + 1) > 0:
        marked[start + 7] |= 1
    path.write_bytes(marked)

    with pytest.raises(InputError, match=r"\.csv in .*some\.zip is encrypted"):
        extract(path, NAMES, target)


def test_an_empty_zip_file_is_called_empty(tmp_path, target):
    (tmp_path / "some.zip").touch()

    with pytest.raises(DataError, match=r"some\.zip is empty$"):
        extract(tmp_path / "some.zip", NAMES, target)


def test_a_way_of_packing_that_is_unknown_here_is_named(tmp_path, target):
    path = write_zip(tmp_path / "some.zip", texts())
    changed = bytearray(path.read_bytes())
    start = changed.find(b"PK\x01\x02")
    changed[start + 10] = changed[8] = 97
    path.write_bytes(changed)

    with pytest.raises(DataError, match=r"train\.csv in .*some\.zip is packed by method 97"):
        extract(path, NAMES, target)


def test_whatever_byte_is_damaged_there_is_a_clear_error_or_no_harm(tmp_path, target):
    """Fuzz: set each byte of the directory, and some other bytes, to values that break offsets."""
    path = write_zip(tmp_path / "some.zip", texts())
    whole = path.read_bytes()
    directory = whole.find(b"PK\x01\x02")
    refused = 0
    for place in [*range(0, directory, 3), *range(directory, len(whole))]:
        for value in (0x00, 0x7F, 0xFF, whole[place] ^ 1):
            path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            try:
                extract(path, NAMES, target)
            except KitError as error:
                refused += 1
                assert error.hint  # noqa: PT017  any KitError is accepted
            else:
                assert content(target) == texts()
    assert refused > 500


@pytest.mark.parametrize("error", [OSError(28, "No space left"), PermissionError(13, "Denied")])
def test_a_full_disk_is_not_taken_for_a_damaged_zip(tmp_path, target, monkeypatch, error):
    def fail(*_args):
        raise error

    monkeypatch.setattr(archives.shutil, "copyfileobj", fail)

    with pytest.raises(type(error)):
        extract(write_zip(tmp_path / "some.zip", texts()), NAMES, target)
