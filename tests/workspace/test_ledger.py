import csv
import dataclasses
import io
import os
import subprocess
import sys

import pytest
from ledger_entry import ENTRY

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.ledger import entries, read, record


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


def test_unknown_figures_are_none_and_the_difference_needs_both(tmp_path):
    path = tmp_path / "ledger.csv"
    scored = dataclasses.replace(ENTRY, status="complete", public_score=0.98)
    by_hand = dataclasses.replace(scored, ref=8, cv_mean=None, cv_std=None, run="")
    record(path, ENTRY, scored, by_hand)
    assert entries(path, "digit-recognizer") == [scored, by_hand]
    assert entries(path, "other") == []
    assert scored.difference == pytest.approx(-0.01)
    assert (ENTRY.difference, by_hand.difference) == (None, None)


def test_a_row_that_is_no_submission_is_an_error(tmp_path):
    path = tmp_path / "ledger.csv"
    record(path, ENTRY)
    path.write_text(path.read_text().replace(",7,", ",seven,"))
    with pytest.raises(RunError, match=r"ledger.csv is damaged: .*'seven'"):
        entries(path, "digit-recognizer")


def test_what_kaggle_lists_settles_status_and_score_and_adds_what_is_missing(tmp_path):
    path = tmp_path / "ledger.csv"
    same = dataclasses.replace(ENTRY, ref=9)
    record(path, ENTRY, same)
    scored = dataclasses.replace(
        ENTRY, run="", file_sha256="", cv_mean=None, status="complete", public_score=0.98
    )
    by_hand = dataclasses.replace(scored, ref=8)
    assert record(path, by_hand, scored, same) == 2
    assert {entry.ref: entry for entry in entries(path, "digit-recognizer")} == {
        7: dataclasses.replace(ENTRY, status="complete", public_score=0.98),
        8: by_hand,
        9: same,
    }
    assert record(path, by_hand, scored, same) == 0


def test_a_score_is_not_taken_back_by_a_list_that_is_older(tmp_path):
    path = tmp_path / "ledger.csv"
    scored = dataclasses.replace(ENTRY, status="complete", public_score=0.98)
    record(path, scored)
    assert record(path, dataclasses.replace(ENTRY, cv_mean=None)) == 0
    assert entries(path, "digit-recognizer") == [scored]


def test_what_was_not_known_is_filled_in(tmp_path):
    path = tmp_path / "ledger.csv"
    record(path, dataclasses.replace(ENTRY, cv_mean=None, cv_std=None, run=""))
    record(path, ENTRY)
    assert entries(path, "digit-recognizer") == [ENTRY]


def test_two_processes_lose_no_row(tmp_path):
    path = tmp_path / "ledger.csv"
    script = (
        "import sys, pathlib, dataclasses\n"
        "from kaggle_kit.workspace.ledger import record\n"
        "from ledger_entry import ENTRY\n"
        "for i in range(20):\n"
        "    entry = dataclasses.replace(ENTRY, ref=int(sys.argv[2]) + i)\n"
        "    record(pathlib.Path(sys.argv[1]), entry)\n"
    )
    here = {"PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path), str(start)], env=os.environ | here
        )
        for start in (100, 200)
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    refs = sorted(entry.ref for entry in entries(path, "digit-recognizer"))
    assert refs == [*range(100, 120), *range(200, 220)]


@pytest.mark.parametrize("ref", ["1001.0", " 1001", "1001."])
def test_a_number_that_a_spreadsheet_saved_is_the_same_submission(tmp_path, ref):
    path = tmp_path / "ledger.csv"
    record(path, dataclasses.replace(ENTRY, ref=1001))
    path.write_text(path.read_text().replace("1001", ref))
    assert record(path, dataclasses.replace(ENTRY, ref=1001)) <= 1
    assert [entry.ref for entry in entries(path, ENTRY.competition)] == [1001]


def test_a_number_that_is_none_is_told_before_a_row_is_added(tmp_path):
    path = tmp_path / "ledger.csv"
    record(path, ENTRY)
    path.write_text(path.read_text().replace(str(ENTRY.ref), "n/a"))
    before = path.read_bytes()
    with pytest.raises(RunError, match="expected a whole number as ref, found 'n/a'"):
        record(path, dataclasses.replace(ENTRY, ref=7))
    assert path.read_bytes() == before


def test_a_score_is_not_taken_back_by_a_later_error(tmp_path):
    path = tmp_path / "ledger.csv"
    record(path, dataclasses.replace(ENTRY, status="complete", public_score=0.99))
    record(path, dataclasses.replace(ENTRY, status="error", public_score=None))
    assert read(path)[0]["public_score"] == "0.99"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_ledger_that_a_spreadsheet_saved_is_read_and_written_as_before(
    tmp_path, encoding, separator
):
    path = tmp_path / "ledger.csv"
    entry = dataclasses.replace(
        ENTRY, status="complete", public_score=0.99571, message="für 0,5 mehr"
    )
    record(path, entry)
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    cells = text.getvalue().replace("0.99571", "0,99571").replace(str(entry.cv_mean), "0,99")
    path.write_bytes(cells.encode(encoding))
    (found,) = entries(path, ENTRY.competition)
    assert found == entry
    assert record(path, dataclasses.replace(ENTRY, ref=8)) == 1
    assert entries(path, ENTRY.competition)[0] == entry
    assert path.read_text(encoding="utf-8").startswith("time,competition,")


def test_a_ledger_without_a_column_says_what_it_has(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("time#ref\n")
    with pytest.raises(RunError, match="no column time, found 'time#ref'"):
        read(path)
