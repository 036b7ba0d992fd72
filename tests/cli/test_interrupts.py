"""Real processes and real signals; `test_main` presses Ctrl-C while networks are trained."""

import signal
import subprocess
import sys
import threading

import pytest

from kaggle_kit.cli.interrupts import handling_interrupts
from kaggle_kit.training.interrupts import raising_interrupts

# The hash is compiled code that takes longer than anyone waits. Meanwhile, no line of Python runs
# that could react to the signal. A KeyboardInterrupt before the hash is suppressed, as Python
# does in a destructor.
STUCK = """
import contextlib, hashlib
from kaggle_kit.cli.interrupts import handling_interrupts
with handling_interrupts():
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            print("begun", flush=True)
            hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""


def test_ctrl_c_twice_stops_now_even_in_the_middle_of_compiled_code():
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", STUCK], **pipes) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            process.send_signal(signal.SIGINT)
            assert process.stderr.readline() == "\n"
            assert process.stderr.readline() == "stopping; Ctrl-C again stops at once\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 130
            assert process.stderr.read() == "stopped\n"
        finally:
            process.kill()


def test_ctrl_c_once_is_raised_and_raised_again_where_it_was_dropped(capfd):
    class Careless:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with handling_interrupts() as check:
        check()
        Careless()
        with pytest.raises(KeyboardInterrupt):
            check()
    assert signal.getsignal(signal.SIGINT) is before
    assert "Traceback" not in capfd.readouterr().err


def test_who_watched_for_signals_before_does_so_again():
    with handling_interrupts():
        pass
    assert signal.set_wakeup_fd(-1) == -1


def test_in_another_thread_there_is_nothing_to_check():
    """Signals arrive in the main thread; a notebook may train in another."""
    checked = []

    def work():
        with raising_interrupts() as check:
            checked.append(check())

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert checked == [None]
    assert signal.getsignal(signal.SIGINT) is before
