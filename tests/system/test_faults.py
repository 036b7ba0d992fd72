"""Overload, cut connections and slowness in every call of the real client to the fake Kaggle."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import KaggleError, NetworkError
from kaggle_kit.kaggle.downloads import KaggleDownloads
from kaggle_kit.kaggle.kernel.metadata import make_metadata
from kaggle_kit.kaggle.kernels import KaggleKernels, Kernel
from kaggle_kit.kaggle.submissions import KaggleSubmissions

MNIST = COMPETITIONS["digit-recognizer"]
KERNEL = Kernel("tester/kaggle-kit-digit-recognizer")
PATIENCE = {"timeout": 5.0, "attempts": 3, "pause": 0.01}
DOWNLOADS, SUBMISSIONS, KERNELS = (
    service(MNIST, **PATIENCE) for service in (KaggleDownloads, KaggleSubmissions, KaggleKernels)
)
# The calls that may be made twice without harm, and the functions that make them.
CALLS = {
    "DownloadDataFiles": lambda place, _: DOWNLOADS.data(place),
    "fetch": lambda place, _: DOWNLOADS.data(place),
    "DownloadLeaderboard": lambda place, _: DOWNLOADS.leaderboard(place / "board.csv"),
    "StartSubmissionUpload": lambda _, file: SUBMISSIONS.submit(file, "m"),
    "upload": lambda _, file: SUBMISSIONS.submit(file, "m"),
    "ListSubmissions": lambda *_: SUBMISSIONS.every(),
    "GetSubmission": lambda *_: SUBMISSIONS.submission(1001),
    "GetSubmissionLimits": lambda *_: SUBMISSIONS.limits(),
    "GetCompetition": lambda *_: SUBMISSIONS.has_entered(),
    "IntrospectToken": lambda *_: SUBMISSIONS.whoami(),
    "GetKernel": lambda *_: KERNELS.push(make_metadata(MNIST, "tester", gpu=False), "{}"),
    "GetKernelSessionStatus": lambda *_: KERNELS.status(KERNEL),
    "ListKernelSessionOutput": lambda place, _: KERNELS.output(KERNEL, place),
}


@pytest.fixture
def pauses(monkeypatch):
    """The seconds that the code wanted to sleep; nothing really sleeps."""
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


@pytest.fixture
def call(server, folder, file):
    """Make the call that sends a kind of request; everything that it needs is prepared."""
    SUBMISSIONS.submit(file, "before")
    KERNELS.push(make_metadata(MNIST, "tester", gpu=False), "{}")
    server.kaggle.kernels[KERNEL.name].looks = 9
    server.requests.clear()
    return lambda kind: CALLS[kind](folder, file)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("kind", CALLS)
def test_overload_is_waited_out(server, call, pauses, kind, status):
    server.fail(kind, status, times=2)
    call(kind)
    assert pauses[:2] == [0.01, 0.02]


@pytest.mark.parametrize("kind", CALLS)
def test_a_pause_that_kaggle_asks_for_is_kept(server, call, pauses, kind):
    server.fail(kind, 429, headers={"Retry-After": "7"})
    call(kind)
    assert pauses[0] == 7


def test_a_push_that_is_put_off_is_made_later(server, call, pauses):
    server.fail("SaveKernel", 429, headers={"Retry-After": "7"})
    call("GetKernel")
    assert pauses == [7]
    assert server.count("SaveKernel") == 2


def test_a_pause_may_be_asked_for_as_a_date(server, call, pauses):
    soon = datetime.now(UTC) + timedelta(seconds=20)
    server.fail("ListSubmissions", 503, headers={"Retry-After": format_datetime(soon, usegmt=True)})
    call("ListSubmissions")
    assert 15 < pauses[0] <= 20


@pytest.mark.parametrize("asked", ["soon", "-5", "999999"])
def test_a_pause_without_sense_is_none_of_ours(server, call, pauses, asked):
    server.fail("ListSubmissions", 429, headers={"Retry-After": asked})
    call("ListSubmissions")
    assert pauses[0] <= 60


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("kind", CALLS)
def test_overload_that_lasts_is_one_clear_error(server, call, folder, pauses, kind, status):
    server.fail(kind, status, times=99)
    with pytest.raises(NetworkError, match=rf"too busy to .*\({status}"):
        call(kind)
    assert len(pauses) == 2
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", CALLS)
def test_a_dropped_connection_is_tried_again(server, call, kind):
    server.fail(kind, "drop")
    call(kind)


@pytest.mark.parametrize("kind", ["DownloadLeaderboard", "fetch"])
def test_a_download_that_stalls_ends(server, folder, kind):
    server.fail(kind, "stall", times=99)
    slow = KaggleDownloads(MNIST, timeout=0.3, attempts=1)
    started = time.monotonic()
    with pytest.raises(KaggleError, match=r"did not answer|dropped"):
        slow.data(folder) if kind == "fetch" else slow.leaderboard(folder / "b.csv")
    assert time.monotonic() - started < 5
    assert list(folder.iterdir()) == []


def test_an_upload_that_is_cut_in_the_middle_is_made_again(server, file):
    """The file is so large that the client is still sending when the connection is cut."""
    file.write_text("ImageId,Label\n" + "".join(f"{i},7\n" for i in range(1_000_000)))
    server.fail("upload", "cut")
    SUBMISSIONS.submit(file, "m")
    (taken,) = server.kaggle.submissions
    assert taken.content == file.read_bytes()
    assert server.count("upload") == 2


def test_an_upload_that_is_always_cut_is_never_submitted(server, file):
    file.write_text("ImageId,Label\n" + "".join(f"{i},7\n" for i in range(1_000_000)))
    server.fail("upload", "cut", times=99)
    with pytest.raises(NetworkError, match=r"cannot upload submission\.csv"):
        SUBMISSIONS.submit(file, "m")
    assert server.kaggle.submissions == []
