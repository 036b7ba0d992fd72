import dataclasses

from kaggle_kit.ledger import Entry, read, record

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
