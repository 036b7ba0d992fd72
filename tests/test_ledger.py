import dataclasses

import pytest

from kaggle_kit.errors import RunError
from kaggle_kit.ledger import Entry, find, read, record

ENTRY = Entry(
    time="2026-01-02T03:04:05Z",
    competition="digit-recognizer",
    run="default",
    file_sha256="a" * 64,
    revision="abc",
    cv_mean=0.99,
    cv_std=0.001,
    ref=7,
    status="pending",
    public_score=None,
    message='first, "honest"\ntry',
)


def test_no_ledger_is_an_empty_one(tmp_path):
    assert read(tmp_path / "ledger.csv") == []


def test_every_submission_has_a_row_in_order(tmp_path):
    path = tmp_path / "submissions" / "ledger.csv"
    for ref in (7, 3):
        record(path, dataclasses.replace(ENTRY, ref=ref))
    assert [row["ref"] for row in read(path)] == ["7", "3"]
    assert read(path)[0]["message"] == ENTRY.message
    assert read(path)[0]["public_score"] == ""


def test_a_score_that_came_later_takes_the_place_of_waiting_for_it(tmp_path):
    path = tmp_path / "ledger.csv"
    record(path, ENTRY)
    record(path, dataclasses.replace(ENTRY, status="complete", public_score=0.98))
    (row,) = read(path)
    assert (row["status"], row["public_score"]) == ("complete", "0.98")


def test_submissions_of_two_competitions_may_have_one_number(tmp_path):
    path = tmp_path / "ledger.csv"
    record(path, ENTRY)
    record(path, dataclasses.replace(ENTRY, competition="other"))
    assert len(read(path)) == 2


def test_a_ledger_edited_in_a_spreadsheet_is_read_and_its_columns_kept(tmp_path):
    path = tmp_path / "ledger.csv"
    record(path, ENTRY)
    header, row = path.read_text().split("\n", 1)
    edited = row.removesuffix("\n") + ",mine\n"
    path.write_bytes(b"\xef\xbb\xbf" + f"{header},note\n{edited}".encode())
    record(path, dataclasses.replace(ENTRY, ref=8))
    assert [row["note"] for row in read(path)] == ["mine", ""]
    assert [row["ref"] for row in read(path)] == ["7", "8"]


@pytest.mark.parametrize("content", ["", "time,ref\n", "\xff", "one,two\n1,2,3\n"])
def test_a_damaged_ledger_is_left_alone(content, tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(RunError, match=r"ledger.csv (is damaged|cannot be read)"):
        record(path, ENTRY)
    assert path.read_bytes() == content.encode("latin-1")


def test_a_file_that_was_sent_is_found_again_unless_kaggle_refused_it(tmp_path):
    path = tmp_path / "ledger.csv"
    refused = dataclasses.replace(ENTRY, ref=8, file_sha256="b" * 64, status="error")
    for entry in (ENTRY, refused):
        record(path, entry)
    assert find(path, "digit-recognizer", "a" * 64) == ENTRY
    assert find(path, "digit-recognizer", "b" * 64) is None
    assert find(path, "other", "a" * 64) is None
