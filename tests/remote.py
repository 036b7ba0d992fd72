"""What tests have worker processes do; imported there, so it imports little."""

import os
import signal
import time


def tell_and_return(value, notify):
    notify(("begun", value))
    return value


def read_environment(names, _notify):
    return {name: os.environ.get(name) for name in names}


def sleep_long(*_):
    time.sleep(600)


def kill_yourself(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def fail(_notify):
    raise ValueError("not this way")
