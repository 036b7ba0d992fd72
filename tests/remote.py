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


def total(array, _notify):
    return int(array.sum())


def tell_until_stopped(notify):
    while True:
        notify(os.getpid())
        time.sleep(0.05)


def train_slowly(task, digits, folds, notify):
    from kaggle_kit.training import train_fold

    def told(event):
        notify((os.getpid(), event))
        time.sleep(0.5)

    return train_fold(task, digits, folds, told)
