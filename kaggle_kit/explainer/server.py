"""Serve a Gradio page to this machine, or to others on request, and let it remember nothing.

with serving(build, "127.0.0.1", None) as url:
    ...
"""

import asyncio
import contextlib
import copy
import errno
import logging
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaggle_kit.errors import InputError
from kaggle_kit.explainer.inbox import LARGEST_FILE, SECONDS, Brief, Inbox

if TYPE_CHECKING:
    import gradio as gr

PORTS = range(7860, 7960)
SESSIONS = 1000


@contextlib.contextmanager
def serving(
    build: "Callable[[Inbox], gr.Blocks]", host: str, port: int | None, **appearance: Any
) -> Iterator[str]:
    """Serve a page until the block ends, and yield its address.

    Nothing that users send is written to a disk; an `Inbox` keeps it until it is answered.

    Parameters
    ----------
    build : callable
        Takes the inbox and makes the page. It is called after the environment was prepared, because
        Gradio reads it while it builds the page.
    port : int or None
        None takes the first free port from 7860.

    Raises
    ------
    InputError
        The port is in use, or the host is not this machine.
    """
    from starlette.middleware import Middleware

    from kaggle_kit.explainer.gateway import LOOPBACK, Gateway

    with _own_environment() as folder:
        inbox = Inbox(folder)
        demo = build(inbox)
        is_space = "SPACE_ID" in os.environ  # on Hugging Face
        gateway = Middleware(Gateway, inbox=inbox, is_local=host in LOOPBACK, is_space=is_space)
        hooks = {"middleware": [gateway], "lifespan": partial(_forgetting, inbox)}
        try:
            chosen = _launch(demo, host, port, app_kwargs=hooks, **appearance)
            yield f"http://{host}:{chosen}"
        finally:
            demo.close(verbose=False)


def _launch(demo: Any, host: str, port: int | None, **options: Any) -> int:
    """Launch a page and return its port."""
    for _ in range(5):
        chosen = free_port(host, port)
        try:
            demo.launch(
                server_name=host,
                server_port=chosen,
                prevent_thread_lock=True,
                quiet=True,
                share=False,
                ssr_mode=False,
                enable_monitoring=False,
                max_file_size=LARGEST_FILE,
                footer_links=[],
                **options,
            )
        except OSError:  # another program was faster; the next turn says so, or finds another port
            continue
        return chosen
    raise InputError(f"no port is free on {host}", hint="give another with --port")


@contextlib.contextmanager
def _own_environment() -> Iterator[Path]:
    """An environment in which no variable of the user's changes what Gradio does.

    Yields the temporary folder in which Gradio keeps the example pictures.
    """
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GRADIO_")}
    with tempfile.TemporaryDirectory(prefix="kaggle-kit-demo-") as folder:
        own = {
            "GRADIO_TEMP_DIR": folder,
            "GRADIO_EXAMPLES_CACHE": folder,
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_RUN_HISTORY": "False",  # otherwise the browser stores each call
        }
        os.environ.update(own)
        try:
            yield Path(folder)
        finally:
            for name in own:
                os.environ.pop(name, None)
            os.environ.update(before)


@contextlib.asynccontextmanager
async def _forgetting(inbox: Inbox, app: Any) -> AsyncIterator[None]:
    """Keep what Gradio and the inbox remember short, while the server runs."""
    blocks = app.get_blocks()
    app.state_holder = blocks.state_holder = sessions = _Sessions(blocks)
    since: dict[str, float] = {}

    async def tidy() -> None:
        while True:
            await asyncio.sleep(1)
            inbox.tidy()
            sessions.tidy()
            try:
                _forget_old_calls(blocks._queue, since)  # noqa: SLF001
            except Exception:  # another version of Gradio must not end the deletion
                logging.getLogger(__name__).exception("old calls are not forgotten")

    task = asyncio.create_task(tidy())
    try:
        yield
    finally:
        task.cancel()


class _Sessions:
    """What Gradio knows of each session: only the values of `gr.State`, and for a short time.

    Gradio's own holder would keep the last inputs and outputs of 10,000 sessions.
    """

    def __init__(self, blocks: Any) -> None:
        from gradio.state_holder import SessionState

        self._new = SessionState(blocks)
        self._values: Brief[dict[int, Any]] = Brief(SESSIONS)
        self.session_data: dict[str, Any] = {}

    def __getitem__(self, session: str) -> Any:
        state = copy.copy(self._new)
        state.blocks_config = copy.copy(self._new.blocks_config)
        state.config_values, state._state_ttl = {}, {}  # noqa: SLF001
        values = self._values.get(session)
        state.state_data = {} if values is None else values
        self._values.put(state.state_data, session)
        return state

    def __contains__(self, session: str) -> bool:
        return False

    def tidy(self) -> None:
        self._values.tidy()

    def delete_all_expired_state(self) -> None:
        """Do nothing: Gradio calls this, but `tidy` does it."""


def _forget_old_calls(queue: Any, since: dict[str, float]) -> None:
    """Let Gradio's queue forget the calls that are over.

    An answer that nobody fetches is kept for a short time; `since` holds when it was first seen.
    """
    lines = [line.queue for line in queue.event_queue_per_concurrency_id.values()]
    busy = {event._id for line in [*lines, *queue.active_jobs] for event in line or []}  # noqa: SLF001
    now, unfetched = time.monotonic(), set()
    for session, calls in list(queue.pending_event_ids_session.items()):
        calls -= {call for call in calls - busy if now - since.setdefault(call, now) > SECONDS}
        unfetched |= calls
        if not calls:
            del queue.pending_event_ids_session[session]
    for session in queue.pending_messages_per_session.keys() - queue.pending_event_ids_session:
        del queue.pending_messages_per_session[session]
    for call in queue.event_ids_to_events.keys() - unfetched - busy:
        del queue.event_ids_to_events[call]
    for call in [call for call, record in queue.event_analytics.items() if _is_over(record)]:
        del queue.event_analytics[call]
    for call in since.keys() - unfetched:
        del since[call]


def _is_over(record: dict[str, Any]) -> bool:
    return record["status"] not in {"queued", "processing"}


def free_port(host: str, port: int | None) -> int:
    """The port, or the first free one from 7860 for None; raise InputError if there is none."""
    if port is not None and not 1 <= port <= 65535:
        raise InputError(
            f"expected a port, 1 to 65535, found {port}", hint="give another with --port"
        )
    for candidate in PORTS if port is None else [port]:
        try:
            for name in {host, "127.0.0.1"}:  # Gradio needs both, whichever it serves
                _try_to_bind(name, candidate)
        except (OSError, UnicodeError) as error:
            if getattr(error, "errno", None) != errno.EADDRINUSE:
                why = getattr(error, "strerror", None) or "this is no name of a host"
                raise InputError(
                    f"nothing can be served at {host}, port {candidate}: {why}",
                    hint="give an IPv4 address of this machine with --host, or another --port",
                ) from None
        else:
            return candidate
    what = f"port {port} is" if port else f"ports {PORTS.start} to {PORTS.stop - 1} are"
    raise InputError(f"{what} not free on {host}", hint="give another with --port")


def _try_to_bind(host: str, port: int) -> None:
    with socket.socket() as attempt:
        # On Windows, SO_REUSEADDR takes a port that another program has.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        attempt.setsockopt(socket.SOL_SOCKET, option, 1)
        attempt.bind((host, port))
