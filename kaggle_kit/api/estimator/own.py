"""A user's function `build(hp)` as the text of a family: its source, and that of what it uses.

The function may stand in a notebook or in the script that runs, which a worker process cannot
import. So its source is taken, with the imports, functions, classes and plain values that it uses.
"""

from __future__ import annotations

import inspect
import symtable
import textwrap
import types
from typing import TYPE_CHECKING, Any

from kaggle_kit.errors import ArrayError, InputError
from kaggle_kit.networks.families import full_name
from kaggle_kit.networks.families.own_text import own_text, read_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLAIN = (bool, int, float, complex, str, bytes, type(None))
ELSEWHERE = 'put build and all that it uses into a file, and give build="path/to/file.py:build"'


def family_of(build: Callable[..., Any] | str | None) -> str | None:
    """The text of the family that `build` stands for; None if there is none.

    Parameters
    ----------
    build : callable or str, optional
        `build(hp)`, "path/to/file.py:build", or the name of a family of the kit or a package.

    Raises
    ------
    ArrayError
        It is neither, its source cannot be found, or it uses what no source can say.
    """
    if build is None:
        return None
    try:
        if isinstance(build, str):
            return read_own(build) if ".py" in build else full_name(build)
        return _text_of(build)
    except InputError as error:
        raise ArrayError(str(error), error.hint) from None


def _text_of(build: Any) -> str:
    if not isinstance(build, types.FunctionType):
        raise ArrayError(
            f"build is {type(build).__name__}, expected a function build(hp)", ELSEWHERE
        )
    if build.__name__ == "<lambda>":
        raise ArrayError("build is a lambda, expected a function made with def", ELSEWHERE)
    pieces: dict[str, str] = {}
    _collect(build, pieces)
    imports = [piece for piece in pieces.values() if piece.startswith(("import ", "from "))]
    others = [piece for piece in pieces.values() if not piece.startswith(("import ", "from "))]
    return own_text("build", build.__name__, "\n\n".join(["\n".join(imports), *others]) + "\n")


def _collect(one: Any, pieces: dict[str, str]) -> None:
    """Add the source of a function or class, after the sources of all that it uses."""
    try:
        source = textwrap.dedent(inspect.getsource(one))
        table = symtable.symtable(source, one.__name__, "exec")
    except (OSError, TypeError, SyntaxError):
        raise ArrayError(f"the source of {one.__name__} cannot be found", ELSEWHERE) from None
    pieces[one.__name__] = ""  # it may use itself
    for name, value in _used(one, table):
        if name not in pieces:
            _add(name, value, one, pieces)
    del pieces[one.__name__]
    pieces[one.__name__] = source.rstrip()


def _used(one: Any, table: symtable.SymbolTable) -> Iterator[tuple[str, Any]]:
    """The names that the source takes from outside, but not from Python itself; with values."""
    functions = [one] if inspect.isfunction(one) else []
    functions += [f for f in vars(one).values() if inspect.isfunction(f)] if not functions else []
    known: dict[str, Any] = {}
    for function in functions:
        known |= function.__globals__
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            try:
                known[name] = cell.cell_contents
            except ValueError:  # it is not bound yet
                continue
    if not functions:
        known = vars(inspect.getmodule(one) or types.ModuleType(""))
    for name in dict.fromkeys(_from_outside(table)):
        if name in known:
            yield name, known[name]


def _from_outside(table: symtable.SymbolTable) -> Iterator[str]:
    """The names that a piece of source reads and does not set by itself."""
    outermost = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or outermost):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _from_outside(inner)


def _add(name: str, value: Any, user: Any, pieces: dict[str, str]) -> None:
    """Add a line or a source that defines `name`."""
    if isinstance(value, types.ModuleType):
        pieces[name] = f"import {value.__name__} as {name}"
    elif is_plain(value):
        pieces[name] = f"{name} = {value!r}"
    elif inspect.isfunction(value) or inspect.isclass(value):
        if value.__module__ == user.__module__ and value.__name__ == name:
            _collect(value, pieces)
        else:
            pieces[name] = _import(name, value)
    elif getattr(value, "__module__", None) and hasattr(value, "__qualname__"):
        pieces[name] = _import(name, value)
    else:
        raise ArrayError(
            f"{user.__name__} uses {name}, a {type(value).__name__}, which no source can say",
            f"make it inside the function, or {ELSEWHERE}",
        )


def _import(name: str, value: Any) -> str:
    if value.__module__ == "__main__" or "." in value.__qualname__:
        raise ArrayError(f"{name} cannot be imported from {value.__module__}", ELSEWHERE)
    return f"from {value.__module__} import {value.__qualname__} as {name}"


def is_plain(value: Any) -> bool:
    """Whether a value can be written as Python: numbers, texts, and lists and dicts of them."""
    if type(value) in PLAIN:
        return True
    if type(value) in {list, tuple, set}:
        return all(map(is_plain, value))
    return type(value) is dict and all(map(is_plain, [*value, *value.values()]))
