"""Tests with real processes.

`tests/system/test_deaths.py` kills workers and their driver while networks are trained.
"""

import os
import platform
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import remote
from remote import (
    fail,
    fail_after_a_while,
    kill_yourself,
    read_environment,
    sleep_long,
    tell_and_return,
)

from kaggle_kit.errors import TrainingError
from kaggle_kit.training.executors import process_pool as workers_module
from kaggle_kit.training.executors.array_pickling import LARGE
from kaggle_kit.training.executors.base import InlineExecutor, run_tasks
from kaggle_kit.training.executors.memory import GIB
from kaggle_kit.training.executors.process_pool import (
    WorkerPool,
    _Slots,
    default_workers,
    make_executor,
    memory_used,
)


def are_running(pids):
    """Whether one of the processes exists and is not a zombie."""
    stats = [Path(f"/proc/{pid}/stat") for pid in pids]
    return any(s.read_text().rpartition(")")[2].split()[0] != "Z" for s in stats if s.exists())


def pids_of(pool):
    return [worker.pid for worker in pool._every]


def run_both(calls, pids):
    """Run calls on two workers, whose process ids are added to `pids`."""
    with WorkerPool(2) as pool:
        pids += pids_of(pool)
        return list(run_tasks(pool, calls))


def test_results_and_news_arrive_and_the_workers_then_end():
    told = []
    with WorkerPool(2) as pool:
        pids = pids_of(pool)
        assert len(pids) == pool.workers == 2
        assert are_running(pids)
        calls = (partial(tell_and_return, number) for number in range(8))
        assert sorted(run_tasks(pool, calls, told.append)) == list(range(8))
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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others ignore the settings")
@pytest.mark.parametrize(
    ("of_user", "keeps"), [(None, True), ("glibc.malloc.check=0", False)], ids=["kit", "user"]
)
def test_workers_keep_the_memory_that_they_free_unless_the_user_sets_the_allocator(
    of_user, keeps, monkeypatch
):
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if of_user:
        monkeypatch.setenv("GLIBC_TUNABLES", of_user)
    with WorkerPool(2) as pool:
        (faults,) = run_tasks(pool, [remote.page_faults_of_memory_taken_again])
    assert (faults < 100) is keeps


def test_a_task_whose_worker_is_killed_begins_again_in_a_new_one(tmp_path):
    """The other task, in its own worker, is not affected."""
    notes, told, other = [], [], tmp_path / "other"
    with WorkerPool(2, notes.append) as pool:
        before = pids_of(pool)
        calls = [
            partial(remote.kill_yourself_until, 2, tmp_path / "log"),
            partial(remote.kill_yourself_until, 1, other),
        ]
        where = list(run_tasks(pool, calls, told.append))
        after = pids_of(pool)
    assert notes == ["a worker process died (killed by SIGKILL); its task starts again"]
    assert told == ["begun"] * 3
    assert other.read_text().count("attempt") == 1
    assert set(where) <= {*before, *after}
    assert len({*before, *after}) == 3
    assert not are_running({*before, *after})


def test_a_worker_that_was_killed_while_it_had_nothing_to_do_is_replaced():
    with WorkerPool(2) as pool:
        for pid in pids_of(pool):
            os.kill(pid, 9)
        calls = [partial(tell_and_return, number) for number in range(4)]
        assert sorted(run_tasks(pool, calls)) == [0, 1, 2, 3]


def test_a_worker_killed_in_the_middle_of_a_message_is_not_waited_for(tmp_path):
    with WorkerPool(2) as pool:
        call = partial(remote.die_in_the_middle_of_a_message, tmp_path / "log")
        assert list(run_tasks(pool, [call])) == ["whole"]


def test_a_task_that_kills_each_worker_ends_with_a_hint_and_nobody_waits_for_the_others(tmp_path):
    started, pids, log = time.monotonic(), [], tmp_path / "log"
    with pytest.raises(TrainingError, match=r"died 3 times at the same task.* SIGKILL") as caught:
        run_both([partial(remote.kill_yourself_until, 99, log), kill_yourself, sleep_long], pids)
    assert "--workers" in caught.value.hint
    assert log.read_text().count("attempt") in {1, 2, 3}  # the other one may fail first
    assert time.monotonic() - started < 60
    assert pids
    assert not are_running(pids)


def test_a_large_array_reaches_each_worker_once_and_its_successor_too():
    array = np.ones(2 * LARGE, dtype=np.uint8)
    array.flags.writeable = False
    with WorkerPool(2) as pool:
        for _ in range(2):
            sums = list(run_tasks(pool, [partial(remote.sum_of, array) for _ in range(4)]))
            assert {total for total, _ in sums} == {array.size}
            for pid in pids_of(pool):
                os.kill(pid, 9)


def test_who_wants_to_be_alone_waits_until_nobody_else_is_there():
    room, alone = _Slots(2), threading.Event()

    def be_alone():
        with room.alone():
            alone.set()

    waiting = threading.Thread(target=be_alone)
    with room.shared():
        waiting.start()
        assert not alone.wait(0.2)
    waiting.join()
    assert alone.is_set()


def test_a_task_that_fails_raises_what_it_raised_and_the_others_are_killed():
    started, pids = time.monotonic(), []
    with pytest.raises(ValueError, match="not this way") as caught:
        run_both([sleep_long, fail], pids)
    assert "remote.py" in caught.value.__notes__[0]
    assert time.monotonic() - started < 60
    assert pids
    assert not are_running(pids)


def test_what_was_run_beside_a_task_that_failed_is_killed_and_tells_no_more():
    """Other tasks follow within the same `with` block."""
    with WorkerPool(2) as pool:
        pids, told = pids_of(pool), []
        with pytest.raises(ValueError, match="not this way"):
            list(run_tasks(pool, [remote.tell_until_stopped, fail_after_a_while]))
        calls = [partial(tell_and_return, number) for number in range(4)]
        assert sorted(run_tasks(pool, calls, told.append)) == [0, 1, 2, 3]
        assert sorted(told) == [("begun", number) for number in range(4)]
        deadline = time.monotonic() + 60
        while set(pids_of(pool)) == set(pids):  # the other worker may have done all four
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_task_that_cannot_be_unpacked_leaves_its_worker_whole():
    """Arrays that came after the failing object can also be sent again."""
    array = np.ones(2 * LARGE, dtype=np.uint8)
    array.flags.writeable = False
    with WorkerPool(1) as pool:
        with pytest.raises(ValueError, match="not this way"):
            list(run_tasks(pool, [partial(remote.sum_of, remote.Unloadable(), array)]))
        ((total, _),) = run_tasks(pool, [partial(remote.sum_of, array)])
    assert total == array.size


def test_an_error_that_cannot_be_sent_is_told_in_words():
    with pytest.raises(RuntimeError, match="AwkwardError: this and that"):
        run_both([remote.fail_awkwardly], [])


def test_a_worker_that_asks_for_too_much_memory_fails_its_task_and_lives_on():
    with WorkerPool(2) as pool:
        pids = pids_of(pool)
        with pytest.raises(MemoryError):
            list(run_tasks(pool, [remote.ask_for_too_much]))
        assert are_running(pids)
        assert list(run_tasks(pool, [partial(tell_and_return, 1)])) == [1]


@pytest.fixture
def small_group():
    """A control group of 64 MiB, version 1 or 2."""
    for parent, limits in [
        ("/sys/fs/cgroup/memory", {"memory.limit_in_bytes": 2**26, "memory.swappiness": 0}),
        ("/sys/fs/cgroup", {"memory.max": 2**26, "memory.swap.max": 0}),
    ]:
        group = Path(parent) / f"kaggle-kit-{os.getpid()}"
        with suppress(OSError):
            group.mkdir()
            try:
                for name, value in limits.items():
                    (group / name).write_text(str(value))
                join = ["sh", "-c", f"echo $$ > {group}/cgroup.procs"]
                subprocess.run(join, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError):
                continue
            else:
                yield group
                return
            finally:
                group.rmdir()
    pytest.skip("no control group can be made here, as only root may, and not in every container")


def test_a_worker_that_the_kernel_kills_for_its_memory_is_replaced_and_the_task_fails(small_group):
    notes = []
    with WorkerPool(2, notes.append) as pool:
        with pytest.raises(TrainingError, match="SIGKILL") as caught:
            list(run_tasks(pool, [partial(remote.outgrow, small_group)]))
        assert "memory may have run out" in caught.value.hint
        assert len(notes) == 2
        assert list(run_tasks(pool, [partial(tell_and_return, 1)])) == [1]


def test_the_kernel_is_asked_to_take_a_worker_before_its_driver():
    with WorkerPool(2) as pool:
        read = partial(remote.read_file, "/proc/self/oom_score_adj")
        (theirs,) = map(int, run_tasks(pool, [read]))
    ours = int(Path("/proc/self/oom_score_adj").read_text(encoding="utf-8"))
    assert theirs == min(1000, ours + 500)


def test_what_workers_took_is_told_in_words():
    assert "workers" not in memory_used(InlineExecutor())
    with WorkerPool(2) as pool:
        list(run_tasks(pool, [partial(tell_and_return, 1)]))
    assert 5 * 2**20 < pool.peak_memory < GIB
    assert memory_used(pool).endswith("GiB in each of 2 workers")


@pytest.mark.parametrize(("gib", "workers"), [(0.5, 1), (2.9, 1), (3.1, 2), (99, 4)])
def test_there_are_no_more_workers_than_memory_cores_and_tasks(monkeypatch, gib, workers):
    monkeypatch.setattr(workers_module, "available_memory", lambda: gib * GIB)
    monkeypatch.setattr(workers_module, "cores", lambda: 4)
    notes = []
    assert default_workers(10, notes.append) == workers
    assert [note.split(":")[0] for note in notes] == {
        1: ["1 worker instead of 4"],
        2: ["2 workers instead of 4"],
        4: [],
    }[workers]
    assert default_workers(1, pytest.fail) == 1


def test_one_worker_is_this_process_itself():
    assert isinstance(make_executor(1), InlineExecutor)
    with make_executor(2) as pool:
        assert isinstance(pool, WorkerPool)


def test_a_worker_that_ends_by_itself_is_not_said_to_lack_memory():
    with WorkerPool(2) as pool, pytest.raises(TrainingError, match="exit status 3") as caught:
        list(run_tasks(pool, [remote.end_yourself]))
    assert "memory" not in caught.value.hint


def test_a_worker_imports_no_module_of_the_current_folder(tmp_path):
    """Of the user's, which would be found before Python's."""
    (tmp_path / "signal.py").write_text("raise SystemExit(3)")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(
        "from kaggle_kit.training.executors.process_pool import WorkerPool\n"
        "from kaggle_kit.training.executors.base import run_tasks\n"
        "import remote\n"
        "if __name__ == '__main__':\n"
        "    with WorkerPool(2) as pool:\n"
        "        print(list(run_tasks(pool, [remote.get_on])))\n"
    )
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[1]\n", done.stderr
