"""Every error the kit raises on purpose, so that callers can catch as much as they mean to.

KitError
├── InputError         what the user gave: an option, a path
│   └── DataError      a data file that cannot be read as the competition's
├── RunError           a run folder that lacks a step, or was made with other settings
├── TrainingError      networks that could not be trained
│   └── ClusterError   a Dask cluster that is not there, or whose workers cannot train
├── ExportError        a file that cannot be made, or is not what the networks are
└── KaggleError        the Kaggle API said no, or something else
    ├── CredentialsError   no credentials, or wrong ones
    ├── RulesError         the competition's rules are not accepted
    ├── NetworkError       Kaggle cannot be reached, or is overloaded
    └── SubmissionError    Kaggle does not take the file, or could not score it
"""


class KitError(Exception):
    """A failure with a remedy.

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
