"""A real Gradio server on this machine: where it is served, and what it keeps in memory."""

import gc
import os
import socket
import time
from pathlib import Path

import pytest
import requests
from echo_page import echo_page
from gradio.state_holder import SessionState

from kaggle_kit.errors import InputError
from kaggle_kit.explainer import server
from kaggle_kit.explainer.server import serving

FILE = {"meta": {"_type": "gradio.FileData"}}


@pytest.fixture(scope="module")
def url():
    with serving(echo_page, "127.0.0.1", None) as url:
        yield url


def status(url):
    return requests.get(url, timeout=60).status_code


def call(url, content):
    files = {"files": ("note.txt", content)}
    (path,) = requests.post(f"{url}/gradio_api/upload", files=files, timeout=60).json()
    body = {"data": [FILE | {"path": path}]}
    return requests.post(f"{url}/gradio_api/call/tell", json=body, timeout=60).json()["event_id"]


def fetch(url, event):
    return requests.get(f"{url}/gradio_api/call/tell/{event}", timeout=60).text


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def test_nothing_is_left_afterwards():
    with serving(echo_page, "127.0.0.1", None) as url:
        folder = Path(os.environ["GRADIO_TEMP_DIR"])
        assert folder.is_dir()
        assert "hello" in fetch(url, call(url, b"hello"))
        assert list(folder.iterdir()) == []
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        status(url)


class TestMemory:
    @pytest.fixture
    def pages(self):
        return []

    @pytest.fixture
    def page(self, pages):
        def build(inbox):
            page = echo_page(inbox)
            pages.extend([page, inbox])
            return page

        with serving(build, "127.0.0.1", None) as url:
            yield url

    def test_holds_nothing_of_the_calls_that_were_answered(self, page, pages):
        gradio, inbox = pages
        for number in range(20):
            assert f"note {number}" in fetch(page, call(page, b"note %d" % number))
        queue = gradio._queue
        kept = [
            *[queue.pending_event_ids_session, queue.pending_messages_per_session],
            *[queue.event_ids_to_events, queue.event_analytics],
        ]
        assert wait_until(lambda: not any(kept))
        assert len(inbox.pictures) == len(inbox.readings) == 0
        gc.collect()
        assert sum(isinstance(thing, SessionState) for thing in gc.get_objects()) < 10

    def test_holds_an_answer_that_nobody_fetches_for_a_short_time(self, page, pages, monkeypatch):
        queue = pages[0]._queue
        event = call(page, b"hello")
        time.sleep(2.5)
        assert event in queue.pending_messages_per_session
        monkeypatch.setattr(server, "SECONDS", 1)
        assert wait_until(lambda: not queue.pending_messages_per_session)
        assert requests.get(f"{page}/gradio_api/call/tell/{event}", timeout=9).status_code == 404

    def test_holds_a_file_that_nobody_asks_about_for_a_short_time(self, page, pages):
        inbox = pages[1]
        inbox.pictures._seconds = 1
        files = {"files": ("note.txt", b"hello")}
        requests.post(f"{page}/gradio_api/upload", files=files, timeout=60)
        assert len(inbox.pictures) == 1
        assert wait_until(lambda: not len(inbox.pictures))

    def test_is_tidied_whatever_gradio_looks_like_inside(self, page, pages, caplog):
        """A loop that has died would keep everything."""
        gradio, inbox = pages
        inbox.pictures._seconds = 2
        pending = gradio._queue.pending_event_ids_session
        gradio._queue.pending_event_ids_session = None
        assert wait_until(lambda: "old calls are not forgotten" in caplog.text)
        gradio._queue.pending_event_ids_session = pending
        inbox.pictures.put(b"hello")
        assert wait_until(lambda: not len(inbox.pictures))
        assert "hello" in fetch(page, call(page, b"hello"))


def test_no_variable_of_the_user_changes_what_gradio_does(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("secret")
    for name, value in [
        ("GRADIO_ALLOWED_PATHS", str(tmp_path)),
        ("GRADIO_ROOT_PATH", "/elsewhere"),
        ("GRADIO_NUM_WORKERS", "1"),
        ("GRADIO_SHARE", "True"),
        ("GRADIO_TEMP_DIR", str(tmp_path)),
        ("GRADIO_SSR_MODE", "True"),
    ]:
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with serving(echo_page, "127.0.0.1", None) as url:
        config = requests.get(f"{url}/config", timeout=60).json()
        assert config["root"] == url
        assert not config.get("run_history")
        assert (
            requests.get(f"{url}/gradio_api/file={tmp_path}/secret", timeout=60).status_code == 404
        )
    assert dict(os.environ) == before


def test_two_are_served_side_by_side(url):
    with serving(echo_page, "127.0.0.1", None) as other:
        assert other != url
        assert (status(url), status(other)) == (200, 200)


def test_a_taken_port_is_an_error_that_tells_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(InputError, match=f"^port {port} is not free on 127.0.0.1$") as caught,
            serving(echo_page, "127.0.0.1", port),
        ):
            pass
    assert "--port" in caught.value.hint


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_a_port_that_cannot_be_is_an_error_that_tells_what_to_do(port):
    with (
        pytest.raises(InputError, match=f"^expected a port, 1 to 65535, found {port}$") as caught,
        serving(echo_page, "127.0.0.1", port),
    ):
        pass
    assert "--port" in caught.value.hint


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "::1", "no.such.host.invalid", "a..b", "http://127.0.0.1"]
)
def test_an_address_of_another_machine_is_not_called_a_taken_port(host):
    with (
        pytest.raises(InputError, match=f"^nothing can be served at {host}") as caught,
        serving(echo_page, host, None),
    ):
        pass
    assert "--host" in caught.value.hint
