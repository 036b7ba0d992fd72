"""The errors that the kit raises on purpose. Callers catch the level of the hierarchy they need.

KitError
├── InputError         invalid input from the user: an option or a path
│   ├── ArrayError     an array that cannot be used; also a ValueError, as scikit-learn expects
│   ├── DataError      a file that cannot be read as the competition's data
│   └── NotInstalledError  a package whose family or competition is needed, and is not there
├── RunError           a run folder that lacks a step, or was made with other settings
├── TrainingError      networks that could not be trained
│   └── ClusterError   a Dask cluster that cannot be reached, or whose workers cannot train
├── ExplanationError   an explanation that does not add up, in evaluation/shapley
├── ExportError        a file that cannot be written, or that does not match the networks
└── KaggleError        the Kaggle API refused a request, or gave an unexpected answer
    ├── CredentialsError   missing or wrong credentials
    ├── RulesError         the competition's rules are not accepted
    ├── NetworkError       Kaggle cannot be reached, or is overloaded
    └── SubmissionError    Kaggle rejects the file, or could not score it
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager


def in_words(error: object) -> str:
    """What an error of Python or of a library says, in words that need neither to be known."""
    text = " ".join(str(error).split())
    if isinstance(error, UnicodeDecodeError):
        return f"it is not {error.encoding.upper()} text: byte {error.start + 1} cannot be read"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, KeyError):
        return f"it has no {text}"
    for found, words in _KNOWN:
        match = re.search(found, text)
        if match:
            return match.expand(words)
    return text or "it is not as expected"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 row, 2 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# From json, int, float, NumPy, zipfile and pandas; the groups are what the words repeat.
_KNOWN = (
    (
        r"^(?!.*CSV).*: line (\d+) column (\d+) \(char \d+\)$",
        r"it is not JSON at line \1, column \2",
    ),
    (r"^invalid literal for int\(\) with base 10: (.*)", r"\1 is not a whole number"),
    (r"^could not convert string to float: ?(.*)", r"\1 is not a number"),
    (r"allow_pickle|^Failed to interpret file|^File is not a zip file", "it is no file of arrays"),
    (r"^Not a gzipped file", "it is not a gzip file"),
    (r"object (is not|has no|cannot)|not supported between", "a value in it is of another kind"),
    (r"^No data left in file|^No columns to parse from file", "it is empty"),
    (r"^Error tokenizing data\. C error: (.*)", r"\1"),
)


class KitError(Exception):
    """An error with a hint: the base class of all errors of the kit.

    Parameters
    ----------
    message : str
        What was expected and what was found, in one line.
    hint : str, optional
        What to do next, in one line.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@contextmanager
def hints_in_tracebacks() -> Iterator[None]:
    """Let a traceback show the hint of a KitError, which commands show by themselves.

    It is a decorator, too.
    """
    try:
        yield
    except KitError as error:
        note = f"hint: {error.hint}"
        if error.hint and note not in getattr(error, "__notes__", []):
            error.add_note(note)
        raise


class InputError(KitError):
    pass


class ArrayError(InputError, ValueError):
    pass


class DataError(InputError):
    pass


class NotInstalledError(InputError):
    pass


class RunError(KitError):
    pass


class TrainingError(KitError):
    pass


class ClusterError(TrainingError):
    pass


class ExportError(KitError):
    pass


class KaggleError(KitError):
    pass


class CredentialsError(KaggleError):
    pass


class RulesError(KaggleError):
    pass


class NetworkError(KaggleError):
    pass


class SubmissionError(KaggleError):
    pass
