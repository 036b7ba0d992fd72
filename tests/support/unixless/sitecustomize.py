"""Hide from the modules of the kit what only Unix has, in this process and in those it starts.

Python imports this module by itself at its start, wherever its folder is in PYTHONPATH. Other
packages and the standard library see the real modules, because on Linux they need them. The names
are those of `scripts/portability`.
"""

import builtins
import importlib.util
import io
import os
import sys
import types
from importlib.machinery import SourceFileLoader
from pathlib import Path

loader = SourceFileLoader("portability", os.environ["PORTABILITY"])
portability = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("portability", loader)
)
sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
loader.exec_module(portability)
sys.dont_write_bytecode = before

HIDDEN = {
    name: portability.unix_names(name)
    for name in ("os", "signal", "socket", "select", "mmap", "time")
}
HIDDEN["multiprocessing.resource_tracker"] = frozenset({"ensure_running"})  # it fails on Windows
real_import = builtins.__import__


class Partly(types.ModuleType):
    """A module without some of its names; a name that is asked for is written down."""

    def __init__(self, module):
        super().__init__(module.__name__)
        object.__setattr__(self, "module", module)

    def __getattribute__(self, name):
        module = object.__getattribute__(self, "module")
        if name in HIDDEN[module.__name__]:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r} on Windows")
        return getattr(module, name)

    def __dir__(self):
        return sorted(set(dir(object.__getattribute__(self, "module"))) - HIDDEN[self.__name__])


shown = {}


def is_kit(frame_globals):
    return str((frame_globals or {}).get("__name__", "")).partition(".")[0] == "kaggle_kit"


def partly(module):
    name = getattr(module, "__name__", "")
    if type(module) is types.ModuleType and name in HIDDEN:
        return shown.setdefault(name, Partly(module))
    return module


def hiding_import(name, globals=None, locals=None, fromlist=(), level=0):  # noqa: A002  as its own
    if not is_kit(globals) or level:
        return real_import(name, globals, locals, fromlist, level)
    if name.partition(".")[0] in portability.MISSING:
        raise ModuleNotFoundError(f"No module named {name!r} on Windows", name=name)
    module = real_import(name, globals, locals, fromlist, level)
    if name == "multiprocessing" and "resource_tracker" in (fromlist or ()):
        tracker = types.ModuleType("multiprocessing")
        tracker.__dict__.update(vars(module), resource_tracker=partly(module.resource_tracker))
        return tracker
    return partly(module)


def unseen(path):
    """Whether a path is of what only Unix has, if the caller is a module of the kit."""
    return str(path).startswith(("/proc/", "/sys/", "/dev/")) and any(
        is_kit(sys._getframe(depth).f_globals) for depth in (2, 3)
    )


def hiding(method, answer):
    def hidden(self, *arguments, **options):
        return answer(self) if unseen(self) else method(self, *arguments, **options)

    return hidden


def missing(path):
    raise FileNotFoundError(2, "No such file or directory", str(path))


for name in ("open", "read_text", "read_bytes", "write_text", "write_bytes", "stat", "iterdir"):
    setattr(Path, name, hiding(getattr(Path, name), missing))
for name in ("exists", "is_file", "is_dir"):
    setattr(Path, name, hiding(getattr(Path, name), lambda _: False))
builtins.open = io.open = hiding(builtins.open, missing)
builtins.__import__ = hiding_import
