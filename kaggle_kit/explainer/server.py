"""Serve a Gradio page to this machine, or to others on request, and refuse other sites' pages.

with serving(build, "127.0.0.1", None) as url:
    ...
"""

import contextlib
import errno
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    import gradio as gr

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LARGEST_FILE = "20mb"
PORTS = range(7860, 7960)
# With this policy a browser requests nothing from other hosts, whatever the page contains.
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'self'; form-action 'self'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class Guard:
    """ASGI middleware that refuses requests of other sites' pages and adds the security headers.

    With `is_local`, requests must also name this machine as their host. Otherwise a page of another
    site could get in by a host name that was made to resolve to this machine (DNS rebinding).
    """

    def __init__(self, app: Any, *, is_local: bool) -> None:
        self._app, self._is_local = app, is_local

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in {"http", "websocket"} and not self._is_welcome(dict(scope["headers"])):
            await _refuse(scope["type"], send)
            return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        from starlette.requests import ClientDisconnect

        with contextlib.suppress(ClientDisconnect):  # a client that left early needs no answer
            await self._app(scope, receive, send_with_headers)

    def _is_welcome(self, headers: dict[bytes, bytes]) -> bool:
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        try:
            if self._is_local and urlsplit(f"//{host}").hostname not in LOOPBACK:
                return False
            return not origin or urlsplit(origin).netloc == host
        except ValueError:  # not an address
            return False


async def _refuse(kind: str, send: Any) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": b"requests from other sites are refused"})


@contextlib.contextmanager
def serving(
    build: "Callable[[], gr.Blocks]", host: str, port: int | None, **appearance: Any
) -> Iterator[str]:
    """Serve a page until the block ends, and yield its address.

    Files that users send are kept in a temporary folder, which is deleted at the end of the block.

    Parameters
    ----------
    build : callable
        Makes the page. It is called after the temporary folder was created, because Gradio
        stores the path of the folder while it builds the page.
    port : int or None
        None takes the first free port from 7860.

    Raises
    ------
    InputError
        The port is in use, or the host is not this machine.
    """
    from starlette.middleware import Middleware

    chosen = _free_port(host, port)
    with _temporary_folder():
        demo = build()
        try:
            demo.launch(
                server_name=host,
                server_port=chosen,
                prevent_thread_lock=True,
                quiet=True,
                share=False,
                ssr_mode=False,
                max_file_size=LARGEST_FILE,
                footer_links=[],
                app_kwargs={"middleware": [Middleware(Guard, is_local=host in LOOPBACK)]},
                **appearance,
            )
            yield f"http://{host}:{chosen}"
        finally:
            demo.close(verbose=False)


@contextlib.contextmanager
def _temporary_folder() -> Iterator[None]:
    """A temporary folder in which Gradio keeps the files that it receives."""
    name = "GRADIO_TEMP_DIR"
    before = os.environ.get(name)
    with tempfile.TemporaryDirectory(prefix="kaggle-kit-demo-") as folder:
        os.environ[name] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


def _free_port(host: str, port: int | None) -> int:
    for candidate in PORTS if port is None else [port]:
        try:
            for name in {host, "127.0.0.1"}:  # Gradio needs both, whichever it serves
                _try_to_bind(name, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise InputError(
                    f"nothing can be served at {host}, port {candidate}: {error.strerror}",
                    hint="give an IPv4 address of this machine with --host, or another --port",
                ) from None
        else:
            return candidate
    what = f"port {port} is" if port else f"ports {PORTS.start} to {PORTS.stop - 1} are"
    raise InputError(f"{what} not free on {host}", hint="give another with --port")


def _try_to_bind(host: str, port: int) -> None:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        attempt.bind((host, port))
