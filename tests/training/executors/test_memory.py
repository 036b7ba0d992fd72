import psutil
import pytest

from kaggle_kit.training.executors.memory import GIB, available_memory

KIB = {"MemTotal": 2**23, "MemAvailable": 2**22}
OTHERS = dict.fromkeys(["MemFree", "Buffers", "Cached", "Shmem", "Active", "Inactive"], 2**20)
FREE = "".join(f"{name}: {size} kB\n" for name, size in (KIB | OTHERS).items())


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Write files as Linux has them, and a meminfo file with 4 GiB available."""
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))

    def write(**files):
        for name, text in {"proc/meminfo": FREE, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def test_without_a_limit_it_is_what_the_machine_has(machine):
    assert available_memory(machine()) == 4 * GIB
    group = {"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}
    assert available_memory(machine(**group)) == 4 * GIB


def test_where_there_are_no_control_groups_the_machine_is_the_limit(tmp_path):
    assert 0 < available_memory(tmp_path) < psutil.virtual_memory().total


@pytest.mark.parametrize("where", ["", "/user", "/user/job"])
def test_a_limit_of_a_control_group_or_one_above_it_counts(machine, where):
    """Memory that only caches files counts as available."""
    group = f"sys/fs/cgroup{where}"
    files = {
        "proc/self/cgroup": "0::/user/job\n",
        f"{group}/memory.max": f"{2 * GIB}\n",
        f"{group}/memory.current": f"{GIB}\n",
        f"{group}/memory.stat": f"anon 5\ninactive_file {GIB // 2}\n",
    }
    assert available_memory(machine(**files)) == 1.5 * GIB


def test_a_limit_of_the_first_version_of_control_groups_counts(machine):
    files = {
        "proc/self/cgroup": "3:cpu:/\n4:memory:/job\n0::/\n",
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": f"{2 * GIB}\n",
        "sys/fs/cgroup/memory/job/memory.usage_in_bytes": f"{GIB}\n",
    }
    assert available_memory(machine(**files)) == GIB
