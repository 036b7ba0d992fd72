"""Submissions with their ledger, by the real client, to a fake Kaggle."""

import dataclasses
import subprocess
import sys
import time

import pytest
from fake_kaggle import HANDLERS
from fake_kaggle import Entry as Taken

from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import NetworkError, RunError, SubmissionError
from kaggle_kit.kaggle.uploader import Outgoing, Uploader
from kaggle_kit.workspace import ledger
from kaggle_kit.workspace.paths import Home

MNIST = COMPETITIONS["digit-recognizer"]
CONTENT = b"ImageId,Label\n1,7\n2,1\n3,0\n4,9\n"
SEND = """
import sys, pathlib
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.kaggle.submissions import KaggleSubmissions
from kaggle_kit.workspace.paths import Home
from kaggle_kit.kaggle.uploader import Outgoing, Uploader
home = Home(pathlib.Path(sys.argv[1]))
uploader = Uploader(KaggleSubmissions(COMPETITIONS["digit-recognizer"]), home, print)
entry, is_new = uploader.send(Outgoing("default", b"ImageId,Label\\n1,7\\n", 0.9, 0.0), "m")
print("sent" if is_new else "not sent")
"""


@pytest.fixture
def notes():
    return []


@pytest.fixture
def uploader(client, tmp_path, notes):
    return Uploader(client, Home(tmp_path), notes.append)


@pytest.fixture
def outgoing():
    return Outgoing("default", CONTENT, 0.99, 0.001)


def rows(uploader):
    return ledger.entries(uploader.home.ledger, MNIST.slug)


def test_the_name_at_kaggle_tells_the_run_and_the_content(server, uploader, outgoing):
    entry, is_new = uploader.send(outgoing, "first")
    assert is_new
    (taken,) = server.kaggle.submissions
    assert taken.file_name == f"default-{entry.file_sha256[:12]}.csv"
    assert (taken.message, taken.content) == ("first", CONTENT)


def test_the_same_file_goes_once_unless_told_again(server, uploader, outgoing):
    first, _ = uploader.send(outgoing, "first")
    assert uploader.send(outgoing, "second") == (first, False)
    assert len(server.kaggle.submissions) == 1
    again, is_new = uploader.send(outgoing, "second", again=True)
    assert is_new
    assert again.ref != first.ref
    assert [entry.message for entry in rows(uploader)] == ["first", "second"]


def test_a_file_sent_from_another_machine_is_not_sent_again(server, uploader, outgoing):
    """The ledger of that machine is not here, but Kaggle's list has the file."""
    first, _ = uploader.send(outgoing, "first")
    uploader.home.ledger.unlink()
    found, is_new = uploader.send(outgoing, "second")
    assert not is_new
    assert found == dataclasses.replace(first, time=found.time)
    assert rows(uploader) == [found]
    assert len(server.kaggle.submissions) == 1


def test_the_same_content_under_another_runs_name_is_not_sent_again(server, uploader, outgoing):
    uploader.send(outgoing, "first")
    uploader.home.ledger.unlink()
    assert not uploader.send(dataclasses.replace(outgoing, run="other"), "second")[1]
    assert len(server.kaggle.submissions) == 1


class TestFileThatKaggleCouldNotScore:
    @pytest.fixture(autouse=True)
    def _refused(self, server, uploader, outgoing):
        server.kaggle.solution = {"1": "0"}
        entry, _ = uploader.send(outgoing, "first")
        with pytest.raises(SubmissionError, match="must have 1 rows"):
            uploader.wait(entry, lambda _: None)
        assert [row.status for row in rows(uploader)] == ["error"]

    @pytest.mark.parametrize("noted", [True, False])
    def test_is_sent_again_only_when_told(self, server, uploader, outgoing, noted):
        if not noted:
            uploader.home.ledger.unlink()
        with pytest.raises(SubmissionError, match=r"as number 1001: .* must have 1") as caught:
            uploader.send(outgoing, "second")
        assert "once more with --again" in caught.value.hint
        assert [row.status for row in rows(uploader)] == ["error"]
        assert len(server.kaggle.submissions) == 1
        assert uploader.send(outgoing, "second", again=True)[1]

    def test_is_refused_without_kaggles_words_too(self, server, uploader, outgoing):
        server.fail("GetSubmission", 404)
        with pytest.raises(SubmissionError, match=r"as number 1001$"):
            uploader.send(outgoing, "second")

    @pytest.mark.parametrize("noted", [True, False])
    def test_counts_as_sent_once_it_was_scored_after_all(self, server, uploader, outgoing, noted):
        server.kaggle.solution = {"1": "7", "2": "1", "3": "0", "4": "4"}
        again, _ = uploader.send(outgoing, "second", again=True)
        uploader.wait(again, lambda _: None)
        server.kaggle.submissions[0].content = b""
        if not noted:
            uploader.home.ledger.unlink()
        entry, is_new = uploader.send(outgoing, "third")
        assert (entry.ref, entry.public_score, is_new) == (again.ref, 0.75, False)


def test_after_an_unclear_failure_the_same_command_finds_what_kaggle_took(
    server, uploader, outgoing, monkeypatch
):
    late = [{"submissions": []}] * 5  # two looks before it is sent, and three after
    listing = {
        "ListSubmissions": lambda kaggle, sent: (
            late.pop() if late else kaggle.list_submissions(sent)
        )
    }
    monkeypatch.setattr("fake_kaggle.HANDLERS", HANDLERS | listing)
    server.fail("CreateSubmission", "drop after")
    with pytest.raises(NetworkError, match="is not known"):
        uploader.send(outgoing, "first")
    entry, is_new = uploader.send(outgoing, "first")
    assert (entry.ref, is_new) == (server.kaggle.submissions[0].ref, False)
    assert len(server.kaggle.submissions) == 1


def test_what_is_left_today_is_said(uploader, outgoing, notes, server):
    uploader.send(outgoing, "first")
    assert notes == []  # without a submission there is no team, and Kaggle answers zeros
    uploader.send(outgoing, "second", again=True)
    assert notes == ["submissions left today (UTC), before this one: 4"]
    assert server.count("GetSubmissionLimits") == 2


def test_nothing_is_sent_when_none_is_left_today(server, uploader, outgoing):
    uploader.send(outgoing, "first")
    server.kaggle.daily_limit = 1
    with pytest.raises(
        SubmissionError, match=r"no more submissions .* today: 1 were made"
    ) as caught:
        uploader.send(outgoing, "second", again=True)
    assert "nothing was sent; run the command again in" in caught.value.hint
    assert server.count("upload") == 1


def test_nothing_is_sent_when_the_competition_takes_no_more(server, uploader, outgoing):
    uploader.send(outgoing, "first")
    server.kaggle.daily_limit, server.kaggle.limited_by_total = 0, True
    with pytest.raises(SubmissionError, match=r"no more submissions .* from this team"):
        uploader.send(outgoing, "second", again=True)
    assert server.count("upload") == 1


def test_a_damaged_ledger_costs_no_submission(server, uploader, outgoing):
    uploader.home.ledger.parent.mkdir()
    uploader.home.ledger.write_text("time,ref\n")
    with pytest.raises(RunError, match="damaged"):
        uploader.send(outgoing, "first", again=True)
    assert server.requests == []


def test_two_processes_that_submit_one_file_send_it_once(server, uploader):
    server.fail("upload", 503, headers={"Retry-After": "1"})  # so that both run at the same time
    command = [sys.executable, "-c", SEND, str(uploader.home.folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[0].split("\n")[-2] for process in processes)
    assert said == ["not sent", "sent"]
    assert len(server.kaggle.submissions) == 1
    assert len(rows(uploader)) == 1


class TestSynchronise:
    def test_lists_what_was_submitted_in_the_browser(self, server, uploader, outgoing):
        entry, _ = uploader.send(outgoing, "first")
        by_hand = Taken(77, "mine.csv", b"ImageId,Label\n1,7\n2,1\n3,0\n4,4\n", "by hand", looks=9)
        server.kaggle.submissions.append(by_hand)
        server.kaggle.largest_page = 1
        for taken in server.kaggle.submissions:
            taken.looks = 9
        assert uploader.synchronise() == 2
        assert {row.ref for row in rows(uploader)} == {entry.ref, 77}
        ours, theirs = sorted(rows(uploader), key=lambda row: -row.ref)
        assert (ours.public_score, ours.cv_mean, ours.run) == (0.75, 0.99, "default")
        assert (theirs.public_score, theirs.cv_mean, theirs.run) == (1.0, None, "")
        assert theirs.message == "by hand"
        assert uploader.synchronise() == 0

    @pytest.mark.usefixtures("server")
    def test_shows_a_message_of_two_lines_in_one(self, uploader, outgoing, capsys):
        uploader.send(outgoing, "two\n\tlines")
        assert main(["submit", "--sync", "--home", str(uploader.home.folder)]) == 0
        assert capsys.readouterr().out.splitlines()[-1].endswith("  two lines")

    @pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
    def test_has_the_same_times_east_and_west(self, server, uploader, outgoing, zone, kit_in_zone):
        entry, _ = uploader.send(outgoing, "first")
        server.kaggle.submissions[0].date = server.kaggle.submissions[0].date.replace(
            year=2026, month=1, day=2, hour=23, minute=30
        )
        uploader.home.ledger.unlink()
        kit_in_zone(zone, uploader.synchronise)
        assert rows(uploader)[0].time.startswith("2026-01-02T23:30")
        assert rows(uploader)[0].ref == entry.ref

    def test_with_nothing_submitted_makes_no_ledger(self, server, uploader):
        assert uploader.synchronise() == 0
        assert server.count("ListSubmissions") == 1
        assert not uploader.home.ledger.exists()


@pytest.fixture
def kit_in_zone(monkeypatch):
    def call(zone, function):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            return function()
        finally:
            monkeypatch.delenv("TZ")
            time.tzset()

    return call


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_limits_that_kaggle_does_not_tell_keep_nothing_back(
    server, uploader, outgoing, notes, status
):
    server.fail("GetSubmissionLimits", status, 99)
    assert uploader.send(outgoing, "first").is_new
    assert any("submissions left today is not known" in note for note in notes)
