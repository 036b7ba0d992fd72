"""The errors that the kit raises on purpose. Callers catch the level of the hierarchy they need.

KitError
├── InputError         invalid input from the user: an option or a path
│   └── DataError      a file that cannot be read as the competition's data
├── RunError           a run folder that lacks a step, or was made with other settings
├── TrainingError      networks that could not be trained
│   └── ClusterError   a Dask cluster that cannot be reached, or whose workers cannot train
├── ExportError        a file that cannot be written, or that does not match the networks
└── KaggleError        the Kaggle API refused a request, or gave an unexpected answer
    ├── CredentialsError   missing or wrong credentials
    ├── RulesError         the competition's rules are not accepted
    ├── NetworkError       Kaggle cannot be reached, or is overloaded
    └── SubmissionError    Kaggle rejects the file, or could not score it
"""


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


class InputError(KitError):
    pass


class DataError(InputError):
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
