"""Serve the explainer of a run: first the page, then the networks as soon as they are loaded.

show(run, load_subject(run), examples, Address("127.0.0.1", None), print)
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kaggle_kit.errors import InputError, KitError
from kaggle_kit.explainer.reader import load_reader
from kaggle_kit.explainer.subject.subject import Subject, load_subject
from kaggle_kit.workspace.paths import Run

LOCAL = "127.0.0.1"
HOST, PORT = "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"


@dataclass(frozen=True)
class Address:
    """Where to serve; the first free port from 7860 if `port` is None."""

    host: str
    port: int | None


def show(
    run: Run,
    subject: Subject,
    examples: Sequence[Path],
    address: Address,
    tell: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Pictures are read as soon as the networks are loaded. `tell` is called with the address, and
    again when pictures are also explained without delay.

    Raises
    ------
    RunError
        The ensemble cannot be loaded.
    InputError
        The port is in use.
    """
    from kaggle_kit.explainer.server import free_port, serving

    free_port(address.host, address.port)  # told now, not after the networks are loaded
    with ThreadPoolExecutor(1) as pool, _until_told_to_end() as ended:
        reader = pool.submit(load_reader, run, subject)
        warm = pool.submit(lambda: reader.result().warm_up())
        from kaggle_kit.explainer.gradio_app import APPEARANCE, build_demo

        build = partial(build_demo, reader.result, examples, subject)
        with serving(build, address.host, address.port, **APPEARANCE) as url:
            tell(url)
            warm.result()
            tell("ready; Ctrl-C ends it")
            while not ended.wait(0.5):  # Windows lets no signal interrupt a longer wait
                pass


def show_bundle(folder: Path) -> None:
    """Serve a bundle at the address in GRADIO_SERVER_NAME and GRADIO_SERVER_PORT.

    An error is one line and a hint, and ends the program.
    """
    run = Run(folder / "run")
    try:
        address = _address(os.environ)
        examples = sorted((folder / "examples").glob("*.png"))
        show(run, load_subject(run), examples, address, partial(print, flush=True))
    except KitError as error:
        hint = error.hint.replace("--host", HOST).replace("--port", PORT)
        sys.exit(f"error: {error}" + (f"\nhint: {hint}" if hint else ""))


def _address(environment: Mapping[str, str]) -> Address:
    port = environment.get(PORT) or None
    if port is not None and not port.isdecimal():
        raise InputError(
            f"expected a port, 1 to 65535, in {PORT}, found {port!r}", hint=f"unset {PORT}"
        )
    return Address(environment.get(HOST) or LOCAL, int(port) if port else None)


@contextlib.contextmanager
def _until_told_to_end() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set, so that a server can shut down cleanly."""
    ended = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: ended.set()) for number in signals]
    try:
        yield ended
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
