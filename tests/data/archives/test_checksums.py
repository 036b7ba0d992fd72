import hashlib

import pytest

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.archives import checksums
from kaggle_kit.data.archives.checksums import Checksum, compare_archive, known_md5

CACTUS = "aerial-cactus-identification"


def test_the_checksums_that_come_with_the_kit_are_found():
    found = {slug: known_md5(slug) for slug in COMPETITIONS}
    assert found[CACTUS] == "72018554bfbb009f2145f56121380078"
    assert found["digit-recognizer"] == ""
    assert known_md5("no-such-competition") == ""


@pytest.mark.parametrize("is_equal", [True, False])
def test_an_archive_is_compared_with_kaggles_zip(tmp_path, monkeypatch, is_equal):
    path = tmp_path / "mine.zip"
    path.write_bytes(b"some bytes")
    md5 = hashlib.md5(b"some bytes").hexdigest()
    known = md5 if is_equal else known_md5(CACTUS)
    monkeypatch.setattr(checksums, "known_md5", lambda _: known)

    found = compare_archive(path, CACTUS)

    assert found == Checksum(md5, known)
    words = "is verified: its MD5 is that of Kaggle's zip" if is_equal else f"expected {known}"
    assert words in found.describe("mine.zip")


def test_a_folder_and_an_archive_of_unknown_checksum_are_not_compared(tmp_path):
    assert compare_archive(tmp_path, CACTUS) is None
    (tmp_path / "some.zip").write_bytes(b"")
    assert compare_archive(tmp_path / "some.zip", "digit-recognizer") is None
