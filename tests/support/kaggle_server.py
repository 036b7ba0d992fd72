"""A fake Kaggle on 127.0.0.1, for the unchanged official client.

    with KaggleServer(data_zip) as server:
        os.environ.update(server.environment)
        server.fail("DownloadDataFiles", 503, times=2)

The environment names this server as the proxy, so that every request of the client is sent here,
whatever its host. Start it by hand for the commands of a shell:

    python tests/support/kaggle_server.py --zip PATH [--solution CSV]
"""

import argparse
import contextlib
import json
import shlex
import signal
import sys
import tempfile
import threading
from base64 import b64encode
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from fake_kaggle import FakeKaggle, Refusal

SLOW = 0.6  # seconds


@dataclass
class Fault:
    """The fault of the next `times` requests of one kind.

    `what` is an HTTP status, which is sent with `body` and `headers`, or one of these words:

        drop         there is no answer
        drop after   the work is done, but there is no answer
        cut          half of an upload is read, and there is no answer
        hang         the connection stays open without an answer
        slow         the work is done late and then answered
        stall        half of the bytes are sent, and then nothing
        truncate     half of the bytes are sent
        corrupt      one byte is wrong
    """

    what: int | str
    times: int
    body: dict
    headers: dict


class KaggleServer:
    """A context manager that runs the server; the parameters are those of FakeKaggle.

    Attributes
    ----------
    kaggle : FakeKaggle
    requests : list of (str, object)
        The kind and the content of every request so far, including refused requests. The kinds
        are those of `fake_kaggle.HANDLERS`, "fetch" and "upload" for the storage, and "leave" for
        a request to another machine.
    authorizations : list of (str, str or None)
        The kind of every request, and the header by which it identified its user.
    """

    def __init__(self, *args, **kwargs):
        self.kaggle = FakeKaggle(*args, **kwargs)
        self.requests = []
        self.authorizations = []
        self.closing = threading.Event()
        self._faults = {}

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        self._home = self._stack.enter_context(tempfile.TemporaryDirectory())
        self._http = self._stack.enter_context(_HTTPServer(("127.0.0.1", 0), _Handler))
        self._http.owner = self
        thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(self._http.shutdown)
        self._stack.callback(self.closing.set)
        return self

    def __exit__(self, *_):
        self._stack.close()

    @property
    def environment(self):
        """The variables that direct a client to this server, with only its credentials."""
        proxy = f"http://127.0.0.1:{self._http.server_port}"
        proxies = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]
        return {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            "KAGGLE_API_TOKEN": self.kaggle.token,
            "KAGGLE_API_V1_TOKEN": "",
            "KAGGLE_USERNAME": self.kaggle.username,
            "KAGGLE_KEY": self.kaggle.key,
            "KAGGLE_CONFIG_DIR": self._home,
            **dict.fromkeys(proxies, proxy),
            **dict.fromkeys(["no_proxy", "NO_PROXY"], ""),
        }

    def fail(self, kind, what, times=1, body=None, headers=None):
        """Make the next requests of a kind fail; see Fault."""
        body = body or {"code": what, "message": "as scripted"}
        self._faults[kind] = Fault(what, times, body, headers or {})

    def count(self, kind):
        return sum(seen == kind for seen, _ in self.requests)

    def will(self, kind):
        """Return the fault of the next request of a kind, or None if there will be none."""
        fault = self._faults.get(kind)
        return fault.what if fault and fault.times else None

    def begin(self, kind, sent):
        """Record a request; return the fault to answer it with, or None."""
        self.requests.append((kind, sent))
        fault = self._faults.get(kind)
        if fault is None or fault.times == 0:
            return None
        fault.times -= 1
        return fault

    def admits(self, authorization):
        pair = b64encode(f"{self.kaggle.username}:{self.kaggle.key}".encode()).decode()
        return authorization in {f"Bearer {self.kaggle.token}", f"Basic {pair}"}


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):  # the client only disconnected
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        kind = self._name.rpartition("/")[2]
        sent = json.loads(self._body() or b"{}")
        self._serve(kind, sent, lambda: self._api(kind, sent))

    def do_GET(self):
        self._serve("fetch", self._name, self._fetch)

    def do_PUT(self):
        content = self._body(half=self.server.owner.will("upload") == "cut")
        self._serve("upload", content, lambda: self._store(content))

    def do_CONNECT(self):
        self._serve("leave", self.path, lambda: _json(403, {"message": "nothing leaves"}))

    def _serve(self, kind, sent, work):
        """Do the work and answer, or apply the fault; a return without an answer hangs up."""
        owner = self.server.owner
        owner.authorizations.append((kind, self.headers.get("Authorization")))
        fault = owner.begin(kind, sent)
        what = fault.what if fault else ""
        if what == "hang":
            owner.closing.wait(60)
        if what in {"hang", "drop", "cut"}:
            return
        if what == "slow":
            owner.closing.wait(SLOW)
        if isinstance(what, int):
            status, headers, content = _json(what, fault.body, fault.headers)
        else:
            status, headers, content = work()
        if what != "drop after":
            self._send(status, headers, content, what)

    def _send(self, status, headers, content, what):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        half = len(content) // 2
        if what == "corrupt":
            content = content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
        self.wfile.write(content[:half] if what in {"truncate", "stall"} else content)
        if what == "stall":
            self.server.owner.closing.wait(60)

    def _api(self, kind, sent):
        owner = self.server.owner
        if not owner.admits(self.headers["Authorization"]):
            return _json(401, {"code": 401, "message": "Unauthenticated"})
        answer = owner.kaggle.answer(kind, sent)
        if answer is None:
            return _json(404, {"code": 404, "message": f"{kind}: not found"})
        if isinstance(answer, Refusal):
            return _json(answer.status, {"code": answer.status, "message": answer.message})
        if isinstance(answer, bytes):
            return 200, {"Content-Type": "application/zip"}, answer
        if isinstance(answer, str):
            return 302, {"Location": answer}, b""
        return _json(200, answer)

    def _fetch(self):
        if self.headers["Authorization"]:
            return _json(400, {"error": "the storage wants no credentials"})
        dated = {"Last-Modified": formatdate(0, usegmt=True)}
        return 200, dated, self.server.owner.kaggle.read_file(self._name)

    def _store(self, content):
        self.server.owner.kaggle.uploads[self._name][1] = content
        return _json(200, {})

    def _body(self, *, half=False):
        length = int(self.headers["Content-Length"] or 0)
        return self.rfile.read(length // 2 if half else length)

    @property
    def _name(self):
        return urlsplit(self.path).path.lstrip("/")

    def log_message(self, *_):
        """Print nothing: `requests` has everything."""


def _json(status, body, headers=None):
    kind = {"Content-Type": "application/json"}
    return status, kind | (headers or {}), json.dumps(body).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--zip", type=Path, required=True, help="the competition's data")
    parser.add_argument("--solution", type=Path, help="ImageId,Label of the test rows")
    args = parser.parse_args()
    # A process that a shell starts in the background ignores Ctrl-C by default.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    solution = args.solution.read_bytes() if args.solution else None
    with KaggleServer(args.zip.read_bytes(), solution) as server:
        for name, value in server.environment.items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
