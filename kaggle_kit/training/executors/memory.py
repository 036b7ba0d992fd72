"""How much memory there is, here and now, and how much a process has taken; Linux tells."""

import contextlib
from pathlib import Path

UNLIMITED = float("inf")
GIB = 2**30


def available_memory(root: Path = Path("/")) -> float:
    """Bytes that processes may still ask for: of the machine's, and of this control group's.

    `root` is where `proc` and `sys` are; infinity where nothing is known.
    """
    machine = _numbers(root / "proc/meminfo").get("MemAvailable:", UNLIMITED) * 1024
    return min([machine, *(_left_in(group) for group in _groups(root))])


def peak_memory() -> int:
    """Bytes that this process had in memory at most; 0 where that is not known."""
    return int(_numbers(Path("/proc/self/status")).get("VmHWM:", 0) * 1024)


def _groups(root: Path) -> list[Path]:
    """The folders of the control groups, of both versions, that limit this process' memory."""
    mounts = {"": root / "sys/fs/cgroup", "memory": root / "sys/fs/cgroup/memory"}
    found = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in mounts:
            mount = mounts[controllers]
            # In a container, its own group is often mounted as if it were the topmost.
            own = mount / path.strip("/")
            found += [group for group in {own, *own.parents} if group.is_relative_to(mount)]
    return found


def _left_in(group: Path) -> float:
    limits = [("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")]
    for limit, used in limits:
        with contextlib.suppress(ValueError):  # not there, or "max"
            cached = _numbers(group / "memory.stat")
            reclaimable = cached.get("inactive_file", cached.get("total_inactive_file", 0))
            return int(_text(group / limit)) - int(_text(group / used)) + reclaimable
    return UNLIMITED


def _numbers(path: Path) -> dict[str, float]:
    """The first word of each line and the number behind it."""
    words = [line.split() for line in _text(path).splitlines()]
    return {line[0]: float(line[1]) for line in words if len(line) > 1 and line[1].isdecimal()}


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
