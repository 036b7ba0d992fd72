"""A network of the user's own as text: a line with its name, and the Python source that builds it.

Everything that knows a family by its name (plans, tasks, best.json) has this text instead. So a
network travels to worker processes, other machines, bundles and notebooks.
"""

import ast
import hashlib
from pathlib import Path

from kaggle_kit.errors import InputError, in_words

EXAMPLE = "a function build(hp) returns a Keras model, as KerasTuner wants it"


def own_text(file: str, function: str, source: str) -> str:
    """The text of an own family.

    Parameters
    ----------
    file : str
        What the source is called.
    function : str
        The function in it that builds the network.
    source : str
        Python source that imports and defines all that the function needs.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    return f"{file}:{function}@{digest}\n{source}"


def is_own(family: str) -> bool:
    return "\n" in family


def family_name(family: str) -> str:
    """What a family is called: `dense`, or `file.py:build@1f2e3d4c` for an own one."""
    return family.partition("\n")[0]


def parts_of(family: str) -> tuple[str, str, str]:
    """The file, the function and the source of an own family."""
    name, _, source = family.partition("\n")
    file, _, function = name.rpartition("@")[0].rpartition(":")
    return file, function, source


def read_own(named: str) -> str:
    """The text of the family in a file.

    Parameters
    ----------
    named : str
        `path/to/file.py:build`; without a function, it is `build`.

    Raises
    ------
    InputError
        The file cannot be read, is not Python, or has no such function.
    """
    before, colon, after = named.rpartition(":")
    path, function = (before, after) if colon and after.isidentifier() else (named, "build")
    try:
        source = Path(path).expanduser().read_text(encoding="utf-8-sig")
        tree = ast.parse(source)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {in_words(error)}", hint=EXAMPLE) from None
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise InputError(f"{path}{line} is not Python: {what}", hint=EXAMPLE) from None
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if function not in functions:
        found = f"it has {', '.join(functions)}" if functions else "it has no functions"
        raise InputError(f"{path} has no function {function}; {found}", hint=EXAMPLE)
    return own_text(Path(path).name, function, source)
