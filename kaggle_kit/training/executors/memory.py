"""The memory that is available now, within the limits of Linux' control groups."""

import contextlib
from pathlib import Path

from kaggle_kit.system import free_memory

UNLIMITED = float("inf")
GIB = 2**30


def available_memory(root: Path = Path("/")) -> float:
    """Bytes that processes can still take from this machine and from this control group.

    `root` is the folder that holds `proc` and `sys`; other systems have no control groups.
    """
    return min([free_memory(), *(_left_in(group) for group in _groups(root))])


def _groups(root: Path) -> list[Path]:
    """The folders of the control groups (versions 1 and 2) that limit this process' memory."""
    mounts = {"": root / "sys/fs/cgroup", "memory": root / "sys/fs/cgroup/memory"}
    found = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in mounts:
            mount = mounts[controllers]
            # In a container, its own group is often mounted as if it were the top group.
            own = mount / path.strip("/")
            found += [group for group in {own, *own.parents} if group.is_relative_to(mount)]
    return found


def _left_in(group: Path) -> float:
    limits = [("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")]
    for limit, used in limits:
        with contextlib.suppress(ValueError):  # no such file, or "max"
            cached = _numbers(group / "memory.stat")
            reclaimable = cached.get("inactive_file", cached.get("total_inactive_file", 0))
            return int(_text(group / limit)) - int(_text(group / used)) + reclaimable
    return UNLIMITED


def _numbers(path: Path) -> dict[str, float]:
    """The first word of each line, and the number after it."""
    words = [line.split() for line in _text(path).splitlines()]
    return {line[0]: float(line[1]) for line in words if len(line) > 1 and line[1].isdecimal()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
