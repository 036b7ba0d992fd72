"""What a real Gradio server behind the gateway lets in, and what it reveals."""

import asyncio
import os
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import requests
from chromium import chromium
from echo_page import echo_page
from gradio_client import Client, handle_file
from starlette.requests import ClientDisconnect, Request

from kaggle_kit.explainer.gateway import EACH, ROUTES, Gateway
from kaggle_kit.explainer.inbox import Inbox
from kaggle_kit.explainer.server import serving

SECRET = "known to the server alone"
FILE = {"meta": {"_type": "gradio.FileData"}}
REFUSED = (403, "requests from other sites are refused")


@pytest.fixture(scope="module")
def inboxes():
    return []


@pytest.fixture(scope="module")
def url(inboxes):
    def build(inbox):
        inboxes.append(inbox)
        return echo_page(inbox)

    with serving(build, "127.0.0.1", None) as url:
        yield url


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def listener():
    """A server that must not be asked; yields its address and the list of requests."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>another site</title>")

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def upload(url, name="note.txt", content=b"hello", **options):
    files = {"files": (name, content)}
    return requests.post(f"{url}/gradio_api/upload", files=files, timeout=30, **options)


def call(url, data, **more):
    return requests.post(f"{url}/gradio_api/call/tell", json={"data": data} | more, timeout=60)


def answer(url, data):
    event = call(url, data).json()["event_id"]
    return requests.get(f"{url}/gradio_api/call/tell/{event}", timeout=60).text


def status(url, **headers):
    return requests.get(url, headers=headers, timeout=60).status_code


class TestOtherSites:
    def test_the_page_itself_and_programs_get_in(self, url):
        assert upload(url).status_code == 200
        own = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
        assert upload(url, headers=own).status_code == 200
        assert status(url, **{"Sec-Fetch-Site": "none"}) == 200

    @pytest.mark.parametrize(
        "origin", ["http://evil.example", "http://127.0.0.1:1", "http://localhost", "null", "//["]
    )
    def test_a_request_from_elsewhere_is_refused(self, url, origin):
        refused = upload(url, headers={"Origin": origin})
        assert (refused.status_code, refused.text) == REFUSED

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    @pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/file=http://x", "/theme.css"])
    def test_a_picture_or_a_script_for_elsewhere_is_refused(self, url, site, path):
        """A browser names no origin for these; a page on another port is of the same site."""
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        refused = requests.get(url + path, headers=headers, timeout=60)
        assert (refused.status_code, refused.text) == REFUSED
        assert status(url + path, **{"Sec-Fetch-Site": site}) == 403

    def test_a_link_leads_to_the_page_but_no_frame_shows_it(self, url):
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert status(url, **link, **{"Sec-Fetch-Dest": "document"}) == 200
        assert status(url, **link, **{"Sec-Fetch-Dest": "iframe"}) == 403
        assert status(f"{url}/config", **link, **{"Sec-Fetch-Dest": "document"}) == 403
        assert (
            "frame-ancestors 'none'"
            in requests.get(url, timeout=60).headers["Content-Security-Policy"]
        )

    def test_a_space_is_shown_in_the_frame_of_its_host(self, monkeypatch):
        monkeypatch.setenv("SPACE_ID", "tester/digits")
        frame = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        with serving(echo_page, "127.0.0.2", None) as url:
            page = requests.get(url, headers=frame | {"Sec-Fetch-Dest": "iframe"}, timeout=60)
        assert page.status_code == 200
        policy = page.headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors https://huggingface.co")

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.nip.io", "["])
    def test_a_name_that_was_made_to_lead_here_is_refused(self, url, host):
        assert status(url, Host=host) == 403
        assert status(url, Host=host, Origin=f"http://{host}") == 403

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:7860", "127.0.0.1", "[::1]:7860"])
    def test_this_machine_is_known_by_its_names(self, url, host):
        assert status(url, Host=host) == 200

    def test_others_get_in_when_they_are_let_but_no_page_of_theirs(self):
        """Linux answers at all of 127.0.0.0/8, but the kit does not treat 127.0.0.2 as local."""
        with serving(echo_page, "127.0.0.2", None) as url:
            assert status(url, Host="kit.example") == 200
            assert status(url, Host="kit.example", Origin="https://kit.example") == 200
            assert status(url, Host="kit.example", Origin="https://evil.example") == 403

    def test_websockets_are_closed(self, tmp_path):
        sent = []

        async def send(message):
            sent.append(message)

        gateway = Gateway(None, inbox=Inbox(tmp_path), is_local=True)
        asyncio.run(gateway({"type": "websocket", "headers": []}, None, send))
        assert sent == [{"type": "websocket.close", "code": 1008}]

    def test_a_real_page_on_another_port_gets_nothing(self, url, listener):
        elsewhere, _ = listener
        attempts = """async ([url, ws]) => {
          const settled = (target, good, bad) => new Promise(done => {
            target[good] = () => done("in");
            target[bad] = () => done("out");
            setTimeout(() => done("no answer"), 20000);
          });
          const loaded = (tag, more) => {
            const element = document.createElement(tag);
            const end = settled(element, "onload", "onerror");
            Object.assign(element, more);
            document.documentElement.append(element);
            return end;
          };
          const fetched = options => fetch(url + "/config", options)
            .then(answer => answer.ok ? "in" : "out", () => "out");
          return Promise.all([
            loaded("img", {src: url + "/favicon.ico"}),
            loaded("script", {src: url + "/config"}),
            loaded("link", {rel: "stylesheet", href: url + "/theme.css"}),
            fetched({}),
            fetched({mode: "no-cors"}),
            settled(new EventSource(url + "/gradio_api/heartbeat/x"), "onopen", "onerror"),
            settled(new WebSocket(ws), "onopen", "onerror"),
          ]);
        }"""
        with chromium() as browser:
            page = browser.new_page()
            page.goto(elsewhere)
            tried = page.evaluate(attempts, [url, url.replace("http", "ws")])
            page.evaluate(
                "url => { document.documentElement.append(document.createElement('iframe'));"
                " document.querySelector('iframe').src = url; }",
                url,
            )
            page.wait_for_timeout(500)
            framed = [frame.url for frame in page.frames if frame.url.startswith(url)]
            assert page.goto(url).ok
        assert tried == ["out"] * 7
        assert framed == []


@pytest.mark.parametrize("path", ["", "/config", "/gradio_api/file=/etc/passwd", "/nowhere"])
def test_the_browser_is_forbidden_to_ask_anyone_else(url, path):
    headers = requests.get(url + path, timeout=60).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    sources = {source for part in policy.values() for source in part.split()}
    assert policy["default-src"].split() == ["'self'", "data:", "blob:"]
    assert not [source for source in sources if "*" in source or "/" in source]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


class TestRoutes:
    @pytest.mark.parametrize(
        "path",
        [
            "/gradio_api/runs",
            "/gradio_api/run-history/records",
            "/gradio_api/deep_link?session_hash=x",
            "/gradio_api/openapi.json",
            "/gradio_api/proxy=https://x.hf.space/",
            "/gradio_api/vibe-code",
            "/gradio_api/custom_component/a/client/b/c",
            "/gradio_api/stream/a/b/1/playlist-file",
            "/gradio_api/dev/reload",
            "/gradio_api/file/etc/passwd",
            "/gradio_api/token",
            "/monitoring",
            "/monitoring/summary",
            "/logout",
            "/pwa_icon",
            "/docs",
        ],
    )
    def test_that_the_page_does_not_need_are_shut(self, url, path):
        shut = requests.get(url + path, timeout=60)
        assert (shut.status_code, shut.text) == (404, "there is nothing at this address")

    def test_that_are_open_are_those_of_the_list(self):
        """Whatever other routes this version of Gradio has."""
        import gradio as gr
        from gradio.routes import App

        with gr.Blocks(analytics_enabled=False) as demo:
            pass
        schema = App.create_app(demo).openapi()["paths"]
        open_ones = set()
        for path, methods in schema.items():
            for method in methods:
                example = re.sub(r"\{.*?\}", "x", path)
                if re.fullmatch(ROUTES.get(method.upper(), ""), example):
                    open_ones.add(example.removeprefix("/gradio_api").rstrip("/"))
        assert open_ones == {
            *["", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"],
            *["/assets/x", "/static/x", "/svelte/x", "/info", "/startup-events", "/app_id"],
            *["/queue/data", "/upload_progress", "/heartbeat/x", "/file=x", "/call/x/x"],
            *["/upload", "/component_server", "/queue/join", "/run/x", "/cancel", "/reset"],
            "/call/x",
        } - {"/run/x"}


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
            refused = session.send(request, timeout=60)
        assert refused.status_code == 404
        assert SECRET not in refused.text

    @pytest.mark.parametrize("where", ["path", "url"])
    def test_of_the_server_are_not_read_for_a_program(self, url, secret, where):
        data = FILE | ({"path": str(secret)} if where == "path" else {"path": "x"})
        if where == "url":
            data |= {"url": f"file://{secret}"}
        told = answer(url, [data])
        assert told.startswith("event: error")
        assert SECRET not in told

    def test_that_were_sent_are_read(self, url, secret):
        """The refusals above are therefore not those of a server that reads no file at all."""
        assert Client(url, verbose=False).predict(handle_file(secret), api_name="/tell") == SECRET

    @pytest.mark.parametrize(
        "name",
        [".hidden", "..\\x.png", "../../x.png", "a" * 300, "con.png", "/etc/passwd", "\u202e.png"],
    )
    def test_of_any_name_are_read(self, url, name):
        (path,) = upload(url, name).json()
        assert "/" not in path
        assert '["hello"]' in answer(url, [FILE | {"path": path}])

    def test_that_are_too_large_are_refused(self, url, inboxes):
        refused = upload(url, content=bytes(21_000_000))
        assert (refused.status_code, refused.text) == (413, "expected at most 21 MB, found more")
        assert upload(url, content=bytes(20_000_000)).status_code == 200
        inboxes[0].pictures.tidy()

    def test_are_shown_to_the_page_as_pictures_alone(self, url):
        files = [("files", ("a.png", b"a", "image/png")), ("files", ("b", b"<", "text/html"))]
        sent = requests.post(f"{url}/gradio_api/upload", files=files, timeout=60).json()
        answers = [requests.get(f"{url}/gradio_api/file={path}", timeout=60) for path in sent]
        kinds = [answer.headers["Content-Type"] for answer in answers]
        assert kinds == ["image/png", "application/octet-stream"]
        assert [answer.content for answer in answers] == [b"a", b"<"]

    def test_are_never_fetched_from_an_address(self, url, listener):
        elsewhere, asked = listener
        for data in [
            FILE | {"path": f"{elsewhere}/x.png"},
            FILE | {"path": "x", "url": f"{elsewhere}/x.png"},
            {"path": f"{elsewhere}/x.png", "meta": {"_type": "gradio.FileData"}, "is_stream": True},
            {"path": f"{elsewhere}/x.png"},
        ]:
            assert answer(url, [data]).startswith("event: error")
        for method in ("get", "head"):
            for route in ("file=", "proxy="):
                shut = requests.request(
                    method, f"{url}/gradio_api/{route}{elsewhere}/x.png", timeout=60
                )
                assert shut.status_code == 404
        assert asked == []

    def test_leave_nothing_behind_when_a_client_leaves_while_it_sends(self, url, inboxes):
        before = len(inboxes[0].pictures)
        place = urlsplit(url)
        for route in ("upload", "component_server"):
            with socket.create_connection((place.hostname, place.port)) as connection:
                connection.sendall(
                    f"POST /gradio_api/{route} HTTP/1.1\r\nHost: localhost\r\n"
                    "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999999\r\n"
                    '\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
                    f"{'half a picture' * 100_000}".encode()
                )
        time.sleep(0.5)
        assert len(inboxes[0].pictures) == before
        folder = os.environ["GRADIO_TEMP_DIR"]
        assert [path for path, _, files in os.walk(folder) if files] == []


def test_a_client_that_leaves_while_it_sends_is_no_trouble(tmp_path):
    """A browser does this when its page is closed; otherwise the server logs a traceback."""

    async def receive():
        return {"type": "http.disconnect"}

    async def app(scope, receive, send):
        await Request(scope, receive, send).body()

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"127.0.0.1")]}
    with pytest.raises(ClientDisconnect):
        asyncio.run(app(scope, receive, None))
    gateway = Gateway(app, inbox=Inbox(tmp_path), is_local=True)
    asyncio.run(gateway(scope, receive, None))


class TestBadCalls:
    @pytest.mark.parametrize(
        ("path", "body", "code", "message"),
        [
            ("call/nope", {"data": [1]}, 404, "there is no call /nope; the calls are /tell"),
            ("call/tell", {"data": []}, 400, "expected as many values as inputs: 1, found 0"),
            ("call/tell", {"data": [1, 2]}, 400, "expected as many values as inputs: 1, found 2"),
            ("call/tell", {}, 400, "expected as many values as inputs: 1, found 0"),
            ("call/tell", [], 400, 'expected JSON as {"data": [...]}'),
            ("call/tell", {"data": "x"}, 400, 'expected JSON as {"data": [...]}'),
            (
                "call/tell",
                {"data": [1], "session_hash": {}},
                400,
                "expected a text as session_hash",
            ),
            ("call/tell", {"data": ["x" * 200_000]}, 413, "expected at most 0.1 MB, found more"),
            *[
                ("queue/join", body, 400, "expected session_hash, and fn_index as in /config")
                for body in [
                    {"data": []},
                    {"data": [], "fn_index": 99, "session_hash": "x"},
                    {"data": [], "fn_index": [0], "session_hash": "x"},
                    {"data": [], "fn_index": 0},
                ]
            ],
            (
                "run/predict",  # it would be answered without the queue
                {"data": [None], "fn_index": 0, "session_hash": "x"},
                400,
                "expected session_hash, and fn_index as in /config",
            ),
        ],
    )
    def test_are_answered_with_a_sentence(self, url, path, body, code, message):
        refused = requests.post(f"{url}/gradio_api/{path}", json=body, timeout=60)
        assert (refused.status_code, refused.json()) == (code, {"detail": message})

    @pytest.mark.parametrize("body", ["{", "7", "[" * 90_000, '{"data": ' + "[" * 900 + "]" * 900])
    def test_that_are_no_json_are_answered_with_a_sentence(self, url, body):
        refused = requests.post(f"{url}/gradio_api/call/tell", data=body, timeout=60)
        assert refused.json() == {"detail": 'expected JSON as {"data": [...]}'}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"data": "x"}, "expected a file, as multipart/form-data"),
            ({"files": {"other": b"x"}}, "expected a file in the field 'files'"),
            (
                {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}},
                "Missing boundary in multipart.",
            ),
        ],
    )
    def test_to_send_a_file_are_answered_with_a_sentence(self, url, options, message):
        refused = requests.post(f"{url}/gradio_api/upload", timeout=60, **options)
        assert (refused.status_code, refused.text) == (400, message)

    @pytest.mark.parametrize("path", ["call/tell/x", "queue/data?session_hash=x", "queue/data"])
    def test_for_an_answer_that_is_not_here_are_told_so(self, url, path):
        refused = requests.get(f"{url}/gradio_api/{path}", timeout=60)
        assert refused.status_code == 404
        assert refused.text == "this call is not known, or its answer was fetched before"


def test_three_hundred_calls_of_one_client_let_another_in():
    """The calls of the first are refused after some, and the other's does not wait for all."""
    goes_on, done = threading.Event(), []

    def work(text):
        assert goes_on.wait(60)
        done.append(text)
        return text

    with serving(partial(echo_page, work=work), "127.0.0.1", None) as url:

        def send(text):
            (path,) = upload(url, content=text.encode()).json()
            return call(url, [FILE | {"path": path}], session_hash=text)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, ["greedy"] * 300))
        codes = [answer.status_code for answer in answers]
        assert codes.count(200) in {EACH, EACH + 1}  # one is being worked on
        assert {answer.json()["detail"] for answer in answers if not answer.ok} == {
            f"{EACH} calls of yours wait for their answers; try again"
        }
        assert send("modest").status_code == 200
        goes_on.set()
        deadline = time.monotonic() + 60
        while len(done) <= codes.count(200) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert done.index("modest") <= 2
    assert done.count("greedy") == codes.count(200)


def test_calls_without_a_session_are_counted_by_address():
    goes_on = threading.Event()
    with serving(partial(echo_page, work=lambda _: goes_on.wait(60)), "127.0.0.1", None) as url:
        codes = []
        for _ in range(EACH + 4):
            (path,) = upload(url).json()
            codes.append(call(url, [FILE | {"path": path}]).status_code)
        goes_on.set()
    assert codes[:EACH] == [200] * EACH
    assert codes[-2:] == [503, 503]
