"""Real processes; `test_cli` kills the driver, and presses Ctrl-C, while a pool trains."""

import os
import time
from functools import partial
from pathlib import Path

import pytest
from remote import fail, kill_yourself, read_environment, sleep_long, tell_and_return

from kaggle_kit.errors import TrainingError
from kaggle_kit.executor import InlineExecutor, run_tasks, workers_of
from kaggle_kit.workers import WorkerPool, cores, make_executor


def are_running(pids):
    """Whether one of the processes is there, and no zombie."""
    stats = [Path(f"/proc/{pid}/stat") for pid in pids]
    return any(s.read_text().rpartition(")")[2].split()[0] != "Z" for s in stats if s.exists())


def pids_of(pool):
    return list(pool._processes)


def run_both(calls, pids):
    """Run two calls side by side on workers whose ids are added to `pids`."""
    with WorkerPool(2) as pool:
        pids += pids_of(pool)
        return list(run_tasks(pool, calls))


def test_results_and_news_arrive_and_the_workers_then_end():
    told = []
    with WorkerPool(2) as pool:
        pids = pids_of(pool)
        assert len(pids) == workers_of(pool) == 2
        assert are_running(pids)
        calls = (partial(tell_and_return, number) for number in range(8))
        assert sorted(run_tasks(pool, calls, told.append)) == list(range(8))
        deadline = time.monotonic() + 30
        while len(told) < 8 and time.monotonic() < deadline:  # the last may be under way still
            told += pool.news()
    assert sorted(told) == [("begun", number) for number in range(8)]
    assert not are_running(pids)


def test_workers_have_one_thread_and_what_their_driver_had_is_as_before(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_of_the_user=1")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NPROC", raising=False)
    before = dict(os.environ)
    with WorkerPool(2) as pool:
        assert dict(os.environ) == before
        expected = {
            "NPROC": "1",
            "OMP_NUM_THREADS": "1",
            "XLA_FLAGS": "--xla_of_the_user=1 --xla_cpu_multi_thread_eigen=false",
            "PATH": before["PATH"],
        }
        calls = [partial(read_environment, list(expected)) for _ in range(4)]
        assert list(run_tasks(pool, calls)) == [expected] * 4


def test_a_killed_worker_is_an_error_with_a_hint_and_nobody_waits_for_the_others():
    started, pids = time.monotonic(), []
    with pytest.raises(TrainingError, match="a worker process died") as caught:
        run_both([sleep_long, kill_yourself], pids)
    assert "--workers" in caught.value.hint
    assert time.monotonic() - started < 60
    assert pids
    assert not are_running(pids)


def test_a_task_that_fails_raises_what_it_raised_and_the_others_are_killed():
    started, pids = time.monotonic(), []
    with pytest.raises(ValueError, match="not this way"):
        run_both([sleep_long, fail], pids)
    assert time.monotonic() - started < 60
    assert pids
    assert not are_running(pids)


def test_one_worker_is_this_process_itself():
    assert isinstance(make_executor(1), InlineExecutor)
    with make_executor(2) as pool:
        assert isinstance(pool, WorkerPool)
    assert 1 <= cores() <= os.cpu_count()
