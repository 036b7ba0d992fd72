"""Submissions by the official SDK to a fake Kaggle (see kaggle_server)."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from fake_kaggle import HANDLERS
from kaggle_server import SLOW

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import (
    CredentialsError,
    InputError,
    KaggleError,
    NetworkError,
    SubmissionError,
)
from kaggle_kit.kaggle.submissions import KaggleSubmissions

MNIST = COMPETITIONS["digit-recognizer"]
ALWAYS = 99
UNKNOWN = r"whether Kaggle took submission\.csv is not known"


@pytest.fixture
def lag(server, monkeypatch):
    """Let Kaggle's list show its old state for the next `looks` requests."""

    def start(looks):
        shown = server.kaggle.list_submissions({})
        stale = [shown] * looks
        late = {
            "ListSubmissions": lambda k, sent: stale.pop() if stale else k.list_submissions(sent)
        }
        monkeypatch.setattr("fake_kaggle.HANDLERS", HANDLERS | late)

    return start


class TestSubmit:
    def test_hands_over_file_and_message(self, server, client, file):
        ref = client.submit(file, "first try")
        (taken,) = server.kaggle.submissions
        assert (taken.ref, taken.content) == (ref, file.read_bytes())
        assert (taken.file_name, taken.message) == ("submission.csv", "first try")

    def test_of_a_missing_file_asks_kaggle_nothing(self, server, client, tmp_path):
        with pytest.raises(InputError, match="no file"):
            client.submit(tmp_path / "none.csv", "first")
        assert server.requests == []

    @pytest.mark.parametrize("kind", ["StartSubmissionUpload", "upload"])
    @pytest.mark.parametrize("fault", [503, "drop"])
    def test_uploads_again_after_a_failed_upload(self, server, client, file, kind, fault):
        server.fail(kind, fault)
        client.submit(file, "first")
        (taken,) = server.kaggle.submissions
        assert taken.content == file.read_bytes()

    def test_does_not_submit_what_the_storage_refused(self, server, client, file):
        server.fail("upload", 400)
        with pytest.raises(KaggleError, match=r"storage refused submission.csv \(400"):
            client.submit(file, "first")
        assert server.kaggle.submissions == []

    def test_is_not_doubled_when_the_answer_is_lost(self, server, client, file):
        server.fail("CreateSubmission", "drop after")
        ref = client.submit(file, "first")
        assert [taken.ref for taken in server.kaggle.submissions] == [ref]
        assert server.count("CreateSubmission") == 1

    def test_is_not_repeated_while_kaggle_may_be_at_it(self, server, file):
        """Both the answer and the submission are late: the list shows nothing yet."""
        hasty = KaggleSubmissions(MNIST, timeout=0.3, attempts=3, pause=0.001)
        server.fail("CreateSubmission", "slow")
        with pytest.raises(NetworkError, match="did not answer within") as caught:
            hasty.submit(file, "first")
        assert "without --again" in caught.value.hint
        time.sleep(2 * SLOW)
        assert len(server.kaggle.submissions) == 1
        assert server.count("CreateSubmission") == 1

    def test_is_not_repeated_after_a_gateways_time_out(self, server, client, file):
        server.fail("CreateSubmission", 504, ALWAYS)
        with pytest.raises(NetworkError, match="504"):
            client.submit(file, "first")
        assert server.count("CreateSubmission") == 1

    def test_that_is_put_off_is_repeated_after_the_pause(self, server, client, file, monkeypatch):
        slept = []
        monkeypatch.setattr("time.sleep", slept.append)
        server.fail("CreateSubmission", 429, times=2, headers={"Retry-After": "30"})
        client.submit(file, "first")
        assert slept == [30, 30]
        assert server.count("ListSubmissions") == 1

    def test_that_is_always_put_off_did_nothing(self, server, client, file):
        server.fail("CreateSubmission", 429, ALWAYS)
        with pytest.raises(NetworkError, match="429") as caught:
            client.submit(file, "first")
        assert "not known" not in str(caught.value)
        assert "wait a few minutes" in caught.value.hint
        assert server.count("ListSubmissions") == 1

    @pytest.mark.parametrize("looks", [1, 2, 3])
    def test_is_found_in_a_list_that_is_late(self, server, client, file, lag, looks):
        lag(looks)
        server.fail("CreateSubmission", "drop after")
        ref = client.submit(file, "first")
        assert [taken.ref for taken in server.kaggle.submissions] == [ref]
        assert server.count("ListSubmissions") == looks + 1

    def test_is_never_repeated_because_the_list_is_late(self, server, client, file, lag):
        lag(ALWAYS)
        server.fail("CreateSubmission", "drop after")
        with pytest.raises(NetworkError, match=UNKNOWN):
            client.submit(file, "first")
        assert len(server.kaggle.submissions) == 1

    @pytest.mark.parametrize("fault", ["drop", 500, 503])
    def test_that_the_list_never_shows_is_of_unknown_fate(
        self, server, client, file, fault, monkeypatch
    ):
        """An earlier submission of the same file and message is not mistaken for this one."""
        client.submit(file, "again")
        server.fail("CreateSubmission", fault)
        slept = []
        monkeypatch.setattr("time.sleep", slept.append)
        with pytest.raises(NetworkError, match=UNKNOWN) as caught:
            client.submit(file, "again")
        assert "run the command again later, without --again" in caught.value.hint
        assert f"look at {MNIST.url}/submissions" in caught.value.hint
        assert slept == pytest.approx([0.005, 0.01, 0.02])
        assert server.count("CreateSubmission") == 2

    def test_of_unknown_fate_is_not_repeated(self, server, client, file, monkeypatch):
        """The answer is lost, and then the list cannot be fetched."""
        server.fail("CreateSubmission", "drop after")
        listing = client.newest
        answers = [listing()]
        monkeypatch.setattr(client, "newest", lambda: answers.pop() if answers else listing())
        server.fail("ListSubmissions", 503, ALWAYS)
        with pytest.raises(NetworkError, match=UNKNOWN):
            client.submit(file, "first")
        assert len(server.kaggle.submissions) == 1

    def test_is_found_once_the_list_can_be_had_again(self, server, client, file, monkeypatch):
        create = server.kaggle.create_submission

        def create_and_be_busy(_, sent):
            server.fail("ListSubmissions", 503, times=4)  # more than the attempts of one look
            return create(sent)

        busy = {"CreateSubmission": create_and_be_busy}
        monkeypatch.setattr("fake_kaggle.HANDLERS", HANDLERS | busy)
        server.fail("CreateSubmission", "drop after")
        ref = client.submit(file, "first")
        assert [taken.ref for taken in server.kaggle.submissions] == [ref]

    @pytest.mark.parametrize("body", [{"ref": "abc"}, ["no", "object"]])
    def test_with_an_unreadable_answer_is_never_sent_again(self, server, client, file, body):
        """Kaggle may have taken the file: the list decides, and here it shows nothing new."""
        server.fail("CreateSubmission", 200, ALWAYS, body=body)
        with pytest.raises(KaggleError, match="not what its client expects") as caught:
            client.submit(file, "first")
        assert f"look at {MNIST.url}/submissions" in caught.value.hint
        assert server.count("CreateSubmission") == 1

    def test_with_an_unreadable_answer_is_found_in_the_list(
        self, server, client, file, monkeypatch
    ):
        take = server.kaggle.create_submission
        garbled = {"CreateSubmission": lambda _, sent: take(sent) | {"ref": "abc"}}
        monkeypatch.setattr("fake_kaggle.HANDLERS", HANDLERS | garbled)
        ref = client.submit(file, "first")
        assert [taken.ref for taken in server.kaggle.submissions] == [ref]

    def test_without_a_ref_is_refused_with_kaggles_words(self, server, client, file):
        server.fail("CreateSubmission", 200, body={"message": "Daily limit reached"})
        with pytest.raises(SubmissionError, match="Daily limit reached"):
            client.submit(file, "first")


class TestWait:
    def test_returns_the_score_after_it_was_pending(self, server, client, file):
        server.kaggle.pending_looks = 2
        ref, waited = client.submit(file, "first"), []
        submission = client.wait(ref, on_poll=waited.append, interval=0.01)
        assert (submission.status, submission.public_score) == ("complete", 0.75)
        assert len(waited) == 3
        assert waited == sorted(waited)

    @pytest.mark.usefixtures("server")
    def test_raises_kaggles_text_for_a_malformed_file(self, client, file):
        file.write_text("id,digit\n1,7\n")
        ref = client.submit(file, "first")
        with pytest.raises(SubmissionError, match="found id, digit") as caught:
            client.wait(ref, interval=0.01)
        assert f"{MNIST.url}/submissions" in caught.value.hint

    def test_gives_up_and_says_where_to_look_later(self, server, client, file):
        server.kaggle.pending_looks = ALWAYS
        ref = client.submit(file, "first")
        with pytest.raises(NetworkError, match=r"no score yet after 0\.05 s") as caught:
            client.wait(ref, timeout=0.05, interval=0.01)
        assert f"look later at {MNIST.url}/submissions" in caught.value.hint

    @pytest.mark.parametrize("fault", [429, 503, "drop"])
    def test_outlasts_a_network_that_goes_away(self, server, client, file, fault):
        ref = client.submit(file, "first")
        server.fail("GetSubmission", fault, times=7)  # more than the attempts of two looks
        assert client.wait(ref, interval=0.01).status == "complete"

    def test_gives_up_on_a_network_that_stays_away(self, server, client, file):
        ref = client.submit(file, "first")
        server.fail("GetSubmission", "drop", ALWAYS**2)
        with pytest.raises(NetworkError, match="no score yet") as caught:
            client.wait(ref, timeout=0.05, interval=0.01)
        assert f"look later at {MNIST.url}/submissions" in caught.value.hint

    @pytest.mark.parametrize(
        ("status", "error"), [(200, KaggleError), (400, KaggleError), (401, CredentialsError)]
    )
    def test_after_any_failure_warns_against_submitting_again(
        self, server, client, file, status, error
    ):
        ref = client.submit(file, "first")
        server.fail("GetSubmission", status, ALWAYS, body={"message": "as scripted"})
        with pytest.raises(error) as caught:
            client.wait(ref)
        assert f"submission {ref} was made" in caught.value.hint
        assert "instead of submitting again" in caught.value.hint

    def test_looks_again_for_what_is_not_listed_yet(self, server, client, file):
        server.kaggle.pending_looks = 0
        ref = client.submit(file, "first")
        server.fail("GetSubmission", 404, times=2)
        assert client.wait(ref, interval=0.01).status == "complete"

    def test_ends_if_the_submission_is_never_listed(self, server, client, file):
        ref = client.submit(file, "first")
        server.fail("GetSubmission", 404, ALWAYS)
        with pytest.raises(KaggleError, match="404") as caught:
            client.wait(ref, interval=0.01)
        assert "instead of submitting again" in caught.value.hint


@pytest.mark.usefixtures("server")
def test_submissions_are_listed_newest_first_with_utc_dates(client, file):
    first = client.submit(file, "first")
    second = client.submit(file, "second")
    newest, oldest = client.newest()
    assert (newest.ref, newest.message, oldest.ref) == (second, "second", first)
    assert newest.status == "pending"
    assert newest.public_score is None
    assert abs(datetime.now(UTC) - newest.date) < timedelta(minutes=1)
