"""Damaged and hostile archives: an error that says why, or no harm."""

import contextlib
import gzip
import io
import os
import random
import shutil
import stat
import tarfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace

import py7zr
import pytest
from packing import PACKERS, content, extract, in_bytes, pack, tarred, zipped

from kaggle_kit.data.archives import Tree, Wanted, members, unpack
from kaggle_kit.errors import DataError, InputError, KitError

NAMES = ["train.csv", "test.csv"]
TEXTS = {name: "".join(f"{row},{row**3}\n" for row in range(300)) for name in NAMES}
WANTED = Wanted(tuple(NAMES), (Tree("train"),))
FILES = TEXTS | {f"train/{number}.png": os.urandom(40) for number in range(5)}


@pytest.fixture
def target(tmp_path):
    target = tmp_path / "outer" / "target"
    target.mkdir(parents=True)
    return target


@pytest.mark.parametrize("ending", [".zip", ".7z", ".tar"])
@pytest.mark.parametrize(
    "prefix", ["../", "a/../../", "/", "/outer/", "..\\", "C:/", "c:\\", "./../"]
)
def test_members_that_lead_out_are_neither_taken_nor_written(tmp_path, target, ending, prefix):
    if ending == ".7z":
        archive = _seven_zipped_as(prefix)
    else:
        archive = PACKERS[ending]({prefix + name: text for name, text in FILES.items()})
    path = pack(tmp_path / "a" / "b", {}) / f"some{ending}"
    path.write_bytes(archive)
    before = sorted(tmp_path.rglob("*"))

    unpacked = unpack(path, WANTED, target)

    assert sorted(tmp_path.rglob("*")) == before
    assert set(unpacked.missing) == {"train.csv", "test.csv", "train/"}
    with pytest.raises(InputError, match=r"lacks train\.csv; .* lead out of it: .*train\.csv"):
        unpacked.require(["train.csv"])


def _seven_zipped_as(prefix):
    """A .7z with names that py7zr does not write."""
    buffer = io.BytesIO()
    archive = py7zr.SevenZipFile(buffer, "w")
    for name, text in FILES.items():
        archive.writestr(text, name)
    for info in archive.header.files_info.files:
        info["filename"] = prefix + info["filename"]
    archive.close()
    return buffer.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, b"3"])
def test_links_and_devices_in_a_tar_are_refused(tmp_path, target, kind):
    with tarfile.open(tmp_path / "some.tar", "w") as archive:
        info = tarfile.TarInfo("train.csv")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)

    with pytest.raises(InputError, match=r"links or lead out of it: train\.csv"):
        extract(tmp_path / "some.tar", ["train.csv"], target)

    assert content(target) == {}


def test_a_link_in_a_zip_is_refused(tmp_path, target):
    info = zipfile.ZipInfo("train.csv")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")

    with pytest.raises(InputError, match=r"links or lead out of it: train\.csv"):
        extract(tmp_path / "some.zip", ["train.csv"], target)


def test_a_link_in_a_7z_is_refused(tmp_path, target):
    (tmp_path / "train.csv").symlink_to("test.csv")
    (tmp_path / "test.csv").touch()
    with py7zr.SevenZipFile(tmp_path / "some.7z", "w") as archive:
        archive.write(tmp_path / "train.csv", "train.csv")

    with pytest.raises(InputError, match=r"links or lead out of it: train\.csv"):
        extract(tmp_path / "some.7z", ["train.csv"], target)


@pytest.mark.parametrize("ending", [".zip", ".7z", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_whatever_bytes_are_damaged_there_is_a_clear_error_or_no_harm(tmp_path, target, ending):
    path = pack(tmp_path / f"some{ending}", FILES)
    whole, dice = path.read_bytes(), random.Random(ending)
    refused = 0
    for _ in range(200):
        damaged = bytearray(whole)
        for place in dice.choices(range(len(whole)), k=dice.choice([1, 1, 3, 20])):
            damaged[place] = dice.choice([0, 0x7F, 0xFF, damaged[place] ^ 1])
        if damaged != whole:
            refused += _is_refused(path, damaged, target, is_checked=ending != ".tar")
    assert refused > 60


@pytest.mark.parametrize("ending", [".zip", ".7z", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_wherever_an_archive_was_cut_short_it_is_called_damaged(tmp_path, target, ending):
    path = pack(tmp_path / f"some{ending}", FILES)
    whole = path.read_bytes()
    for end in {*range(1, len(whole), max(1, len(whole) // 150)), *range(512, len(whole), 512)}:
        if ending != ".tar" or end < len(whole.rstrip(b"\0")):  # after that are zeros alone
            assert _is_refused(path, whole[:end], target), end


def _is_refused(path, archive, target, *, is_checked=True):
    path.write_bytes(archive)
    shutil.rmtree(target)
    target.mkdir()
    try:
        unpack(path, WANTED, target).require(["train.csv", "test.csv", "train/"])
    except KitError as error:
        told = f"{error} {error.hint}"
    else:
        told = ""
        assert not is_checked or content(target).items() <= in_bytes(FILES).items()
    assert "\n" not in told
    return bool(told)


def test_a_bad_checksum_is_told_with_the_member(tmp_path, target):
    path = tmp_path / "some.zip"
    path.write_bytes(zipped(TEXTS, zipfile.ZIP_STORED).replace(b"\n7,343\n", b"\n7,344\n"))

    with pytest.raises(DataError, match=r"train\.csv in .*some\.zip is damaged.*: Bad CRC-32"):
        extract(path, NAMES, target)


@pytest.mark.parametrize("inner", [b"PK\x03\x04 and no more", b"7z\xbc\xaf\x27\x1c no", b""])
def test_a_damaged_archive_in_an_archive_is_named(tmp_path, target, inner):
    path = pack(tmp_path / "some.zip", {"train.csv": "", "test.csv.zip": inner})

    with pytest.raises(DataError, match=r"test\.csv\.zip in .*some\.zip is (damaged|empty)"):
        extract(path, NAMES, target)


def test_a_file_that_is_larger_than_any_is_not_unpacked(tmp_path, target, monkeypatch):
    monkeypatch.setattr(members, "LARGEST", 1_000_000)
    path = pack(tmp_path / "some.zip", TEXTS | {"train.csv": "0" * 2_000_000})

    with pytest.raises(
        InputError, match="claims to unpack to 2,000,000 bytes, where at most 1,000"
    ):
        extract(path, NAMES, target)

    assert content(target) == {}


@pytest.mark.parametrize("ending", [".zip", ".7z", ".tar.gz", ".tar.xz"])
@pytest.mark.parametrize("is_inside", [False, True])
def test_a_bomb_is_not_unpacked(tmp_path, target, monkeypatch, ending, is_inside):
    monkeypatch.setattr(members, "HARMLESS", 1_000_000)
    bomb = {"train.csv": bytes(4_000_000), "test.csv": ""}
    if is_inside:
        bomb = {f"train{ending}": PACKERS[ending](bomb)}
    path = pack(tmp_path / f"some{'' if is_inside else ending}", bomb)

    with pytest.raises(InputError, match=r"bytes and claims to unpack to 4,0"):
        extract(path, NAMES, target)

    assert content(target) == {}


def test_nothing_is_copied_if_the_disk_has_no_place_for_all(tmp_path, target, monkeypatch):
    monkeypatch.setattr(members.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    path = pack(tmp_path / "some.zip", TEXTS)

    with pytest.raises(KitError, match=r"disk is full: the files need 6,\d+ bytes, and 10 are"):
        extract(path, NAMES, target)

    assert content(target) == {}


@pytest.mark.parametrize("error", [OSError(28, "No space left"), PermissionError(13, "Denied")])
def test_a_full_disk_is_not_taken_for_a_damaged_archive(tmp_path, target, monkeypatch, error):
    def fail(*_args):
        raise error

    monkeypatch.setattr(members.shutil, "copyfileobj", fail)

    with pytest.raises(type(error)):
        extract(pack(tmp_path / "some.zip", TEXTS), NAMES, target)


def test_an_encrypted_zip_is_called_that(tmp_path, target):
    path = pack(tmp_path / "some.zip", TEXTS)
    marked = bytearray(path.read_bytes())
    start = 0
    while (start := marked.find(b"PK\x01\x02", start) + 1) > 0:
        marked[start + 7] |= 1
    path.write_bytes(marked)

    with pytest.raises(InputError, match=r"\.csv in .*some\.zip is encrypted"):
        extract(path, NAMES, target)


@pytest.mark.parametrize("hides_names", [False, True])
def test_an_encrypted_7z_is_called_that(tmp_path, target, hides_names):
    path = tmp_path / "some.7z"
    with py7zr.SevenZipFile(path, "w", password="x", header_encryption=hides_names) as archive:
        archive.writestr("text", "train.csv")

    with pytest.raises(InputError, match=r"some\.7z is encrypted"):
        extract(path, ["train.csv"], target)


def test_a_way_of_packing_that_is_unknown_here_is_named(tmp_path, target):
    path = pack(tmp_path / "some.zip", TEXTS)
    changed = bytearray(path.read_bytes())
    start = changed.find(b"PK\x01\x02")
    changed[start + 10] = changed[8] = 97
    path.write_bytes(changed)

    with pytest.raises(DataError, match=r"train\.csv in .*some\.zip is packed by method 97"):
        extract(path, NAMES, target)


@pytest.mark.parametrize(
    ("name", "start", "cause"),
    [
        ("some.zip", b"", "is empty$"),
        ("train.csv", b"label,pixel0", "is not a zip, a .7z or a tar: it starts with b'labe'"),
        ("some.rar", b"Rar!\x1a\x07", "is a RAR archive, which cannot be unpacked here"),
        ("some.tar.zst", b"\x28\xb5\x2f\xfd\x04", "is a zstd archive"),
        ("some.zip.001", b"PK\x03\x04", "is one part of a split archive"),
        ("some.z01", b"PK\x07\x08PK\x03\x04", "is one part of a split archive"),
        ("some.7z.002", b"text", "is one part of a split archive"),
        ("some.zip", b"PK\x05\x06\x01\x00\x01" + bytes(20), "is one part of a split archive"),
        ("some.zip", b"<html>", "is not a zip, a .7z or a tar: it starts with b'<htm'"),
    ],
)
def test_what_cannot_be_opened_is_told(tmp_path, target, name, start, cause):
    (tmp_path / name).write_bytes(start)

    with pytest.raises(InputError, match=cause) as raised:
        extract(tmp_path / name, NAMES, target)

    assert raised.value.hint


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("a b.7z.001", "cat 'a b.7z'.* > 'whole-a b.7z'"),
        ("some.z01", "zip -s 0 some.zip --out whole-some.zip"),
    ],
)
def test_the_command_that_joins_the_parts_of_an_archive_is_told(tmp_path, target, name, command):
    (tmp_path / name).write_bytes(b"PK")

    with pytest.raises(InputError) as raised:
        extract(tmp_path / name, NAMES, target)

    assert raised.value.hint == f"join the parts first: {command}"


def test_a_gzip_that_is_no_tar_is_told(tmp_path, target):
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(b"label,pixel0\n"))

    with pytest.raises(InputError, match="is compressed with gzip, and what is in it is no tar"):
        extract(tmp_path / "train.csv.gz", NAMES, target)


def test_a_split_archive_in_a_folder_is_the_cause_of_what_is_missing(tmp_path, target):
    folder = pack(tmp_path / "some", TEXTS | {"train.zip.001": b"PK\x03\x04 text"})

    with pytest.raises(InputError, match=r"train\.zip\.001 in .*some is one part of a split"):
        unpack(folder, WANTED, target).require(["train/"])


def test_a_pipe_is_not_waited_for(tmp_path, target):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InputError, match="pipe is a pipe or a device"):
        extract(tmp_path / "pipe", NAMES, target)


def test_a_pipe_of_a_shell_is_told(target):
    read, write = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, read)
        threading.Thread(target=os.close, args=[write]).start()
        with pytest.raises(InputError, match=r"/dev/fd/\d+ is a pipe"):
            extract(Path(f"/dev/fd/{read}"), NAMES, target)


def test_an_origin_that_is_not_there_or_not_readable_is_told(tmp_path, target, monkeypatch):
    with pytest.raises(InputError, match="does not exist"):
        extract(tmp_path / "none.zip", NAMES, target)
    path = pack(tmp_path / "some.zip", TEXTS)

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(InputError, match=r"some\.zip cannot be read: Permission denied"):
        extract(path, NAMES, target)


def test_names_that_no_terminal_can_print_are_escaped(tmp_path, target):
    with tarfile.open(
        tmp_path / "some.tar", "w", format=tarfile.GNU_FORMAT, encoding="latin-1"
    ) as archive:
        archive.addfile(tarfile.TarInfo("r\xe4t\nsel.csv"))

    with pytest.raises(InputError, match=r"found: r\\udce4t\\nsel\.csv"):
        extract(tmp_path / "some.tar", NAMES, target)


@pytest.mark.parametrize("cut", [512, 1024])
def test_a_tar_that_ends_between_two_members_is_called_damaged(tmp_path, target, cut):
    whole = tarred({"train.csv": "x" * cut, "test.csv": "y"})
    (tmp_path / "some.tar").write_bytes(whole[: 512 + cut])

    with pytest.raises(DataError, match="its end is missing"):
        extract(tmp_path / "some.tar", ["train.csv"], target)


def test_members_that_a_disk_cannot_keep_apart_are_told(tmp_path, target, monkeypatch):
    path = pack(tmp_path / "some.zip", {"train/a.png": "", "train/A.png": ""})
    wanted = Wanted((), (Tree("train"),))
    unpack(path, wanted, target)
    assert set(content(target)) == {"train/a.png", "train/A.png"}

    monkeypatch.setattr("kaggle_kit.data.archives.unpacking._ignores_case", lambda _: True)
    with pytest.raises(DataError, match=r"train/a\.png and train/A\.png differ in upper and"):
        unpack(path, wanted, target)
