import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kaggle_kit.competition.description import Images, Layout
from kaggle_kit.data.layouts import base, processes
from kaggle_kit.data.layouts import decoding as module
from kaggle_kit.data.layouts.decoding import Decoding, Sources, decode_files
from kaggle_kit.errors import DataError, KitError

STATM = Path("/proc/self/statm")
GREY = Images(Layout.FILES, (4, 4))


def make(folder, count):
    for i in range(count):
        Image.new("L", (4, 4), i % 256).save(folder / f"{i}.png")
    return Sources(folder, [f"{i}.png" for i in range(count)])


def nothing_is_wrong(problems):
    raise DataError(str(problems))


def ignored(_problems):
    pass


def start_processes_soon(monkeypatch):
    monkeypatch.setattr(module, "WORTH_A_POOL", -1)
    monkeypatch.setattr(module, "TRIAL", 0)


def test_processes_and_this_process_give_the_same(tmp_path, monkeypatch):
    sources = make(tmp_path, 100)
    one = decode_files(sources, GREY, Decoding(tmp_path / "1.npy", workers=1), nothing_is_wrong)
    start_processes_soon(monkeypatch)
    seen = []
    how = Decoding(tmp_path / "2.npy", workers=2, progress=lambda *done: seen.append(done))
    two = decode_files(sources, GREY, how, nothing_is_wrong)
    assert one.images[:, 0, 0].tolist() == list(range(100))
    assert (one.images == two.images).all()
    assert one.digests == two.digests
    assert (tmp_path / "1.npy").read_bytes() == (tmp_path / "2.npy").read_bytes()
    assert isinstance(two.images, np.memmap)
    assert len(seen) == 4
    assert (seen, seen[-1]) == (sorted(seen), (100, 100))


def test_files_that_are_left_out_leave_no_gap(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_BYTES", 5 * 16)
    sources = make(tmp_path, 50)
    for row in (0, 7, 8, 49):
        (tmp_path / f"{row}.png").write_bytes(b"no image")
    found = decode_files(sources, GREY, Decoding(tmp_path / "x.npy"), ignored)
    kept = [row for row in range(50) if row not in {0, 7, 8, 49}]
    assert found.rows == kept
    assert found.images[:, 3, 3].tolist() == kept
    assert sorted(found.problems) == [0, 7, 8, 49]
    assert np.load(tmp_path / "x.npy").shape == (46, 4, 4)


def test_an_error_leaves_the_file_as_it_was(tmp_path):
    sources = make(tmp_path, 5)
    (tmp_path / "3.png").unlink()
    out = tmp_path / "out" / "x.npy"
    out.parent.mkdir()
    out.write_bytes(b"before")
    with pytest.raises(DataError, match="it does not exist"):
        decode_files(sources, GREY, Decoding(out), nothing_is_wrong)
    assert out.read_bytes() == b"before"
    assert list(out.parent.iterdir()) == [out]


def test_a_killed_process_leaves_no_file(tmp_path, monkeypatch):
    start_processes_soon(monkeypatch)
    sources = make(tmp_path, 200)
    out = tmp_path / "out" / "x.npy"

    def kill(done, _total):
        if done > module.CHUNK:
            for child in multiprocessing.active_children():
                child.kill()

    with pytest.raises(KitError, match="was killed"):
        decode_files(sources, GREY, Decoding(out, 2, kill), nothing_is_wrong)
    assert list(out.parent.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    place = tmp_path / "no folder"
    place.write_text("a file")
    with pytest.raises(KitError, match="cannot be written"):
        decode_files(make(tmp_path, 1), GREY, Decoding(place / "x.npy"), nothing_is_wrong)


PROGRAM = """
import sys, time
from pathlib import Path
from kaggle_kit.competition.description import Images, Layout
from kaggle_kit.data.layouts import decoding as module
from kaggle_kit.data.layouts.decoding import Decoding, Sources, decode_files

def told(done, total):
    if done > 4 * module.CHUNK:  # of 7, so that the other process has done some
        print("decoding", flush=True)
        time.sleep(60)

if __name__ == "__main__":
    module.WORTH_A_POOL, module.TRIAL = -1, 0
    folder = Path(sys.argv[1])
    sources = Sources(folder, [f"{i}.png" for i in range(200)])
    images = Images(Layout.FILES, (4, 4))
    decode_files(sources, images, Decoding(folder / "out" / "x.npy", 2, told), print)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupt_leaves_no_processes_and_no_file_that_counts_as_whole(tmp_path, how):
    make(tmp_path, 200)
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, tmp_path / "program.py", tmp_path]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        assert program.stdout.readline() == "decoding\n"
        if how == signal.SIGINT:  # Ctrl-C reaches all processes of a terminal
            os.killpg(program.pid, how)
        else:
            program.kill()
        errors = program.stderr.read()  # ends when the last process has ended
    assert not (tmp_path / "out" / "x.npy").exists()
    assert errors.count("Traceback") == (how == signal.SIGINT)
    assert_group_ends(program.pid)


def assert_group_ends(group):
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a process still runs")


def test_only_few_pieces_wait_at_a_time():
    given = []

    def pieces():
        for i in range(30):
            given.append(i)
            yield i

    results = processes.run_in_processes(abs, pieces(), 2)
    first = next(results)
    assert len(given) <= processes.WAITING + 1
    assert sorted([first, *results]) == [(i, i) for i in range(30)]


def whose(_):
    time.sleep(0.05)
    return os.getpid()


def test_this_process_works_beside_the_others():
    pids = [pid for _, pid in processes.run_in_processes(whose, range(60), 2)]
    assert len(set(pids)) == 2
    assert os.getpid() in pids


def test_files_that_are_known_to_be_missing_are_not_tried(tmp_path):
    sources = make(tmp_path, 3)
    known = dataclasses.replace(sources, problems={1: module.Problem("it leads out")})
    found = decode_files(known, GREY, Decoding(tmp_path / "x.npy"), ignored)
    assert (found.rows, found.problems) == ([0, 2], known.problems)


def test_rows_are_kept_in_the_file_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_BYTES", 5 * 16)
    decoded = decode_files(make(tmp_path, 23), GREY, Decoding(tmp_path / "x.npy"), nothing_is_wrong)
    rows = np.array([0, 3, 4, 11, 22])
    assert module.keep_rows(decoded.images, rows)[:, 0, 0].tolist() == rows.tolist()
    assert np.load(tmp_path / "x.npy")[:, 3, 3].tolist() == rows.tolist()


def memory():
    """The memory of this process in bytes."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.mark.skipif(not STATM.exists(), reason="the memory is read there")
def test_of_a_mapped_array_one_block_is_in_memory_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(base, "BLOCK", 1 << 20)
    np.save(tmp_path / "x.npy", np.ones((64, 1 << 20), np.uint8))
    mapped = np.asarray(np.load(tmp_path / "x.npy", mmap_mode="r"))
    before = memory()
    total, peak = 0, 0
    for block in base.blocks(mapped):
        total += int(block.sum())
        peak = max(peak, memory() - before)
    assert total == mapped.size
    assert peak < 16 << 20
    assert [len(block) for block in base.blocks(np.ones((3, 1 << 20), np.uint8))] == [1, 1, 1]
