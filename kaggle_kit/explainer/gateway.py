"""What stands between the network and Gradio: only what the page needs comes through.

Middleware(Gateway, inbox=inbox, is_local=True)

The gateway refuses other sites' pages and unused routes, receives files and drawings itself (so
that Gradio neither stores nor fetches one), limits the calls of a client, and adds the headers that
bind the browser.
"""

import contextlib
import json
import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from kaggle_kit.explainer.inbox import SENT, Inbox, read_body, receive_drawing, receive_files

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LARGEST_CALL = 100_000  # bytes of JSON; files are not in it
EACH = 8  # calls of one client that wait; further ones are refused
# With this policy a browser requests nothing from other hosts, whatever the page contains.
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'self'; form-action 'self'; object-src 'none'; "
    "frame-ancestors "
)
# A Space is shown in a frame of this site.
SPACES = "https://huggingface.co"
ROUTES = {
    "GET": r"/|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt)/?"
    r"|/(assets|static|svelte)/.+|/gradio_api/(info/?|theme\.css|startup-events|app_id/?"
    r"|queue/data|upload_progress|heartbeat/[\w-]+|file=.+|call/\w+/\w+)",
    "POST": r"/gradio_api/(upload|component_server/?|queue/join|run/predict|cancel|reset/?"
    r"|call/\w+/?)",
}
ROUTES["HEAD"] = ROUTES["GET"]
API = "/gradio_api/"
CALLS = (f"{API}call/", f"{API}queue/join", f"{API}run/predict")


class Gateway:
    """ASGI middleware in front of a Gradio app.

    Parameters
    ----------
    inbox : Inbox
        Where files and drawings are put.
    is_local : bool
        Whether requests must name this machine as their host. Otherwise a page of another site
        could get in by a host name that was made to resolve to this machine (DNS rebinding).
    is_space : bool
        Whether a page of huggingface.co may frame this one.
    """

    def __init__(self, app: Any, *, inbox: Inbox, is_local: bool, is_space: bool = False) -> None:
        self._app, self._inbox, self._is_local, self._is_space = app, inbox, is_local, is_space
        self._coming: Counter[str] = Counter()  # the calls of each client on the way to the queue
        self._headers = [
            (b"content-security-policy", (POLICY + (SPACES if is_space else "'none'")).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":  # the page uses none
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            # A client that left early needs no answer.
            with contextlib.suppress(ClientDisconnect):
                await self._answer(Request(scope, receive), self._with_headers(send))
        else:
            await self._app(scope, receive, send)

    def _with_headers(self, send: Any) -> Any:
        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        return send_with_headers

    async def _answer(self, request: Request, send: Any) -> None:
        path = request.scope["path"]
        is_call = request.method == "POST" and path.startswith(CALLS)
        try:
            self._check(request)
            if is_call:
                await self._call(request, send)
                return
            response = await self._own_answer(request, path)
        except HTTPException as error:
            answer, status = error.detail, error.status_code
            response = (
                JSONResponse({"detail": answer}, status)  # which the page shows
                if is_call
                else PlainTextResponse(answer, status)
            )
        await (response or self._app)(request.scope, request.receive, send)

    def _check(self, request: Request) -> None:
        if not self._is_welcome(request):
            raise HTTPException(403, "requests from other sites are refused")
        if not re.fullmatch(ROUTES.get(request.method, ""), request.scope["path"]):
            raise HTTPException(404, "there is nothing at this address")

    def _is_welcome(self, request: Request) -> bool:
        host, origin = (request.headers.get(name, "") for name in ("host", "origin"))
        try:
            if self._is_local and urlsplit(f"//{host}").hostname not in LOOPBACK:
                return False
            if origin and urlsplit(origin).netloc != host:
                return False
        except ValueError:  # not an address
            return False
        if request.headers.get("sec-fetch-site", "none") in {"none", "same-origin"}:
            return True
        # Another page may link to this one.
        target = [request.headers.get(f"sec-fetch-{name}") for name in ("mode", "dest")]
        wanted = [["navigate", "document"]] + [["navigate", "iframe"]] * self._is_space
        return request.method == "GET" and request.scope["path"] == "/" and target in wanted

    async def _own_answer(self, request: Request, path: str) -> Response | None:
        """The answer to a request that Gradio does not get to see; None if it does."""
        if path == f"{API}upload":
            return JSONResponse(await receive_files(request, self._inbox))
        if path.startswith(f"{API}component_server"):
            await receive_drawing(request, self._inbox)
            return JSONResponse(None)
        if path == f"{API}upload_progress":
            return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")
        if path.startswith(f"{API}file="):
            key = path.removeprefix(f"{API}file=")
            picture = self._inbox.pictures.get(key)
            if picture is not None:
                headers = {"cache-control": "no-store"}
                return Response(picture.content, headers=headers, media_type=picture.media_type)
            if not self._inbox.has_example(key):
                raise HTTPException(404, "this file is not here")
        if path.startswith((f"{API}call/", f"{API}queue/data")):
            queue = request.app.get_blocks()._queue  # noqa: SLF001
            wanted = request.query_params.get("session_hash") or path.rsplit("/", 1)[1]
            known = [queue.pending_messages_per_session, *queue.pending_event_ids_session.values()]
            if not any(wanted in names for names in known):
                raise HTTPException(404, "this call is not known, or its answer was fetched before")
        return None

    async def _call(self, request: Request, send: Any) -> None:
        """Pass a call on to Gradio, without what Gradio would take for a file."""
        blocks, path = request.app.get_blocks(), request.scope["path"].rstrip("/")
        body, sent = _parsed(await read_body(request, LARGEST_CALL))
        if path.startswith(f"{API}call/"):
            _check_call(blocks, path.rsplit("/", 1)[1], body)
        else:
            _check_event(blocks, body, waits=path.endswith("queue/join"))

        async def watch(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] != 200:
                self._forget(sent)
            await send(message)

        queue, client = blocks._queue, body.get("session_hash") or _address(request)  # noqa: SLF001
        waiting = [_client(event) for line in _lines(queue) for event in line]
        if waiting.count(client) + self._coming[client] >= EACH:
            self._forget(sent)
            raise HTTPException(503, f"{EACH} calls of yours wait for their answers; try again")
        self._coming[client] += 1
        try:
            await self._app(*_with_body(request, json.dumps(body).encode()), watch)
        finally:
            self._coming -= Counter([client])
        for line in _lines(queue):
            _take_turns(line)

    def _forget(self, keys: list[str]) -> None:
        """Delete what was sent for a call that is refused."""
        for key in keys:
            self._inbox.pictures.delete(key)


def _with_body(request: Request, body: bytes) -> tuple[dict[str, Any], Any]:
    """The scope of a request with another body, and the callable that receives it."""
    length = (b"content-length", str(len(body)).encode())
    headers = [pair for pair in request.scope["headers"] if pair[0] != b"content-length"]
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return messages.pop() if messages else await request.receive()

    return {**request.scope, "headers": [*headers, length]}, receive


def _parsed(body: bytes) -> tuple[dict[str, Any], list[str]]:
    """The JSON of a call without what Gradio would take for a file, and the paths of the files."""
    sent: list[str] = []
    try:
        parsed = json.loads(body)
        data = _without_files(parsed.get("data") or [], sent)
    except (ValueError, AttributeError, RecursionError):
        data = None
    if not isinstance(data, list):
        raise HTTPException(400, 'expected JSON as {"data": [...]}')
    if not isinstance(parsed.get("session_hash"), str | None):
        raise HTTPException(400, "expected a text as session_hash")
    return parsed | {"data": data}, sent


def _check_call(blocks: Any, name: str, body: dict[str, Any]) -> None:
    public = {
        fn.api_name: len(fn.inputs)
        for fn in blocks.fns.values()
        if getattr(fn, "api_visibility", "public") == "public"
    }
    if name not in public:
        names = " and ".join(f"/{known}" for known in sorted(public))
        raise HTTPException(404, f"there is no call /{name}; the calls are {names}")
    count = len(body["data"])
    if count != public[name]:
        raise HTTPException(
            400, f"expected as many values as inputs: {public[name]}, found {count}"
        )


def _check_event(blocks: Any, body: dict[str, Any], *, waits: bool) -> None:
    """Check an event of the page; only what needs no queue is answered without it."""
    index = body.get("fn_index")
    event = blocks.fns.get(index) if isinstance(index, int) else None
    if not body.get("session_hash") or event is None or event.queue != waits:
        raise HTTPException(400, "expected session_hash, and fn_index as in /config")


def _without_files(value: Any, sent: list[str]) -> Any:
    """A copy in which nothing is a file to Gradio, which would look for it, or fetch it.

    The paths of the files are added to `sent`.
    """
    if isinstance(value, list):
        return [_without_files(part, sent) for part in value]
    if not isinstance(value, dict):
        return value
    if "path" in value:
        sent.append(str(value["path"]))
        return {SENT: value["path"]}
    return {name: _without_files(part, sent) for name, part in value.items()}


def _lines(queue: Any) -> list[list[Any]]:
    """The calls that wait, in a line for each kind of work."""
    return [line.queue for line in queue.event_queue_per_concurrency_id.values()]


def _client(event: Any) -> str:
    """The session of a call, or the address that it came from if it named no session."""
    is_named = event.session_hash != event._id  # noqa: SLF001
    return str(event.session_hash) if is_named else _address(event.request)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _take_turns(line: list[Any]) -> None:
    """Let each client's first call go first, then each one's second, and so on."""
    before: Counter[str] = Counter()
    turns = []
    for place, event in enumerate(line):
        turns.append((before[_client(event)], place))
        before[_client(event)] += 1
    line[:] = [line[place] for _, place in sorted(turns)]
