"""Functions that tests run in worker processes, which import this module; it imports little."""

import os
import resource
import signal
import time
from pathlib import Path

from kaggle_kit.training.executors import worker_process


def tell_and_return(value, notify):
    notify(("begun", value))
    return value


def read_environment(names, _notify):
    return {name: os.environ.get(name) for name in names}


def page_faults_of_memory_taken_again(_notify):
    """How many pages the system hands out when 64 MB are freed and taken again."""
    import resource

    def fill():
        assert len(b"x" * 2**26) == 2**26

    fill()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    fill()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def sleep_long(*_):
    time.sleep(600)


def kill_yourself(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def fail(_notify):
    raise ValueError("not this way")


def fail_after_a_while(notify):
    time.sleep(0.5)
    fail(notify)


class Unloadable:
    """An object that can be pickled, but not loaded again."""

    def __reduce__(self):
        return fail, (None,)


def total(array, _notify):
    return int(array.sum())


def tell_until_stopped(notify):
    while True:
        notify(os.getpid())
        time.sleep(0.05)


def train_slowly(task, digits, folds, notify):
    from kaggle_kit.training.train_fold import train_fold

    def told(event):
        notify((os.getpid(), event))
        time.sleep(0.5)

    return train_fold(task, digits, folds, told)


def read_file(path, _notify):
    return Path(path).read_text()


def kill_yourself_until(attempt, log, notify):
    """Note each attempt in the file `log`, and die in every attempt before the given one."""
    with log.open("a") as file:
        file.write("attempt\n")
    notify("begun")
    if log.read_text().count("attempt") < attempt:
        kill_yourself()
    return os.getpid()


def die_in_the_middle_of_a_message(log, _notify):
    """Die once: the message announces a thousand bytes, but only a few of them are sent."""
    if log.exists():
        return "whole"
    log.touch()
    os.write(worker_process._pipe.fileno(), (1000).to_bytes(4) + b"half of")
    kill_yourself()
    return "never"


def ask_for_too_much(_notify):
    """Ask for more memory than a limit that is set only here, after the process has started."""
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + 2**26, resource.RLIM_INFINITY))
    return len(bytearray(2**30))


def outgrow(group, _notify):
    """Join the control group `group`, and take more memory than it has."""
    (group / "cgroup.procs").write_text(str(os.getpid()))
    return sum(bytearray(os.urandom(2**20) * 256))


class AwkwardError(Exception):
    """An error that can be pickled, but not unpickled."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def fail_awkwardly(_notify):
    raise AwkwardError("this", "that")


def sum_of(array, _notify):
    return int(array.sum()), os.getpid()


def end_yourself(_notify):
    os._exit(3)


def get_on(_notify):
    return 1
