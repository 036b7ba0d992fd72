"""A real Gradio server on this machine: who may send requests, and what it reveals."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
import requests
from gradio_client import Client, handle_file
from starlette.requests import ClientDisconnect, Request

import kaggle_kit.explainer.gradio_app  # noqa: F401  turns off Gradio's reports, before Gradio is imported
from kaggle_kit.errors import InputError
from kaggle_kit.explainer.server import Guard, serving

import gradio as gr  # isort: skip

SECRET = "known to the server alone"


def build():
    """A page that returns the content of a file that it receives."""
    with gr.Blocks(analytics_enabled=False) as demo:
        sent, text = gr.File(), gr.Textbox()
        gr.Button().click(lambda path: Path(path).read_text(), sent, text, api_name="tell")
    return demo


@pytest.fixture(scope="module")
def url():
    with serving(build, "127.0.0.1", None) as url:
        yield url


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


def upload(url, **options):
    files = {"files": ("note.txt", b"hello")}
    return requests.post(f"{url}/gradio_api/upload", files=files, timeout=10, **options)


def status(url, **headers):
    return requests.get(url, headers=headers, timeout=10).status_code


class TestGuard:
    def test_lets_the_page_itself_and_programs_in(self, url):
        assert upload(url).status_code == 200
        assert upload(url, headers={"Origin": url}).status_code == 200

    @pytest.mark.parametrize(
        "origin", ["http://evil.example", "http://127.0.0.1:1", "http://localhost", "null", "//["]
    )
    def test_refuses_the_page_of_another_site(self, url, origin):
        answer = upload(url, headers={"Origin": origin})
        assert (answer.status_code, answer.text) == (403, "requests from other sites are refused")

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.nip.io", "["])
    def test_refuses_a_name_that_was_made_to_lead_here(self, url, host):
        assert status(url, Host=host) == 403
        assert status(url, Host=host, Origin=f"http://{host}") == 403

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:7860", "127.0.0.1", "[::1]:7860"])
    def test_knows_this_machine_by_its_names(self, url, host):
        assert status(url, Host=host) == 200

    def test_lets_others_in_when_it_is_told_to_but_no_page_of_theirs(self):
        """Linux answers at all of 127.0.0.0/8, but the kit does not treat 127.0.0.2 as local."""
        with serving(build, "127.0.0.2", None) as url:
            assert status(url, Host="kit.example") == 200
            assert status(url, Host="kit.example", Origin="https://kit.example") == 200
            assert status(url, Host="kit.example", Origin="https://evil.example") == 403

    def test_closes_the_websocket_of_another_site(self):
        sent = []

        async def send(message):
            sent.append(message)

        headers = [(b"host", b"127.0.0.1"), (b"origin", b"http://evil.example")]
        guard = Guard(None, is_local=True)
        asyncio.run(guard({"type": "websocket", "headers": headers}, None, send))
        assert sent == [{"type": "websocket.close", "code": 1008}]

    def test_is_not_troubled_by_a_client_that_leaves_while_it_sends(self):
        """A browser does this when its page is closed; otherwise the server logs a traceback."""

        async def receive():
            return {"type": "http.disconnect"}

        async def app(scope, receive, send):
            await Request(scope, receive, send).body()

        scope = {"type": "http", "headers": [(b"host", b"127.0.0.1")]}
        with pytest.raises(ClientDisconnect):
            asyncio.run(app(scope, receive, None))
        asyncio.run(Guard(app, is_local=True)(scope, receive, None))

    @pytest.mark.parametrize("path", ["", "/config", "/gradio_api/file=/etc/passwd"])
    def test_forbids_the_browser_to_ask_anyone_else(self, url, path):
        headers = requests.get(url + path, timeout=10).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        sources = {source for part in policy.values() for source in part.split()}
        assert policy["default-src"].split() == ["'self'", "data:", "blob:"]
        assert not [source for source in sources if "*" in source or "/" in source]
        assert headers["X-Content-Type-Options"] == "nosniff"


class TestFiles:
    @pytest.mark.parametrize("route", ["file=", "file/"])
    @pytest.mark.parametrize(
        "name",
        [
            "{}",
            "..{}",
            "../../../../../..{}",
            "%2e%2e/%2e%2e/%2e%2e/%2e%2e{}",
            "..%2f..%2f..%2f..%2f{}",
            "{folder}/..{}",
            "{folder}/../../../..{}",
            "{folder}/%2e%2e/%2e%2e/%2e%2e/%2e%2e{}",
            "file://{}",
        ],
    )
    def test_of_the_server_are_not_given_out(self, url, secret, route, name):
        path = name.format(secret, folder=os.environ["GRADIO_TEMP_DIR"])
        request = requests.Request("GET", url).prepare()
        request.url = f"{url}/gradio_api/{route}{path}"  # unchanged, with its dots
        with requests.Session() as session:
            answer = session.send(request, timeout=10)
        assert answer.status_code in {400, 403, 404}
        assert SECRET not in answer.text

    @pytest.mark.parametrize("where", ["path", "url"])
    def test_of_the_server_are_not_read_for_a_program(self, url, secret, where):
        data = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
        if where == "url":
            data |= {"path": "x", "url": f"file://{secret}"}
        asked = requests.post(
            f"{url}/gradio_api/call/tell", json={"data": [data]}, timeout=10
        ).json()
        answer = requests.get(f"{url}/gradio_api/call/tell/{asked['event_id']}", timeout=10)
        assert answer.text.startswith("event: error")
        assert SECRET not in answer.text

    def test_that_were_sent_are_read(self, url, secret):
        """The refusals above are therefore not those of a server that reads no file at all."""
        assert Client(url, verbose=False).predict(handle_file(secret), api_name="/tell") == SECRET

    def test_that_are_too_large_are_refused(self, url):
        files = {"files": ("large", bytes(21_000_000))}
        answer = requests.post(f"{url}/gradio_api/upload", files=files, timeout=30)
        assert answer.status_code == 413


def test_nothing_is_left_afterwards():
    with serving(build, "127.0.0.1", None) as url:
        (path,) = map(Path, upload(url).json())
        folder = Path(os.environ["GRADIO_TEMP_DIR"])
        assert path.read_bytes() == b"hello"
        assert folder in path.parents
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        status(url)


def test_two_are_served_side_by_side(url):
    with serving(build, "127.0.0.1", None) as other:
        assert other != url
        assert (status(url), status(other)) == (200, 200)


def test_a_taken_port_is_an_error_that_tells_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(InputError, match=f"^port {port} is not free on 127.0.0.1$") as caught,
            serving(build, "127.0.0.1", port),
        ):
            pass
    assert "--port" in caught.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "::1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_not_called_a_taken_port(host):
    with (
        pytest.raises(InputError, match=f"^nothing can be served at {host}") as caught,
        serving(build, host, None),
    ):
        pass
    assert "--host" in caught.value.hint
