"""A kit for image classification: search, ensemble, explain, and submit to Kaggle.

import kaggle_kit as kk

data = kk.load("digit-recognizer.zip")
model = kk.ImageClassifier(preset="quick").fit(data)
model.score_, model.predict(data.test)
"""

from kaggle_kit._version import __version__

# The public names and their modules, which are imported when a name is first used. Their types are
# in __init__.pyi. No name may equal that of a room.
_PUBLIC = {
    "ImageClassifier": "kaggle_kit.api.classifier",
    "load_model": "kaggle_kit.api.classifier",
    "ImageData": "kaggle_kit.api.data",
    "download": "kaggle_kit.api.data",
    "load": "kaggle_kit.api.data",
    "gallery": "kaggle_kit.report.figures",
    "layers": "kaggle_kit.api.layers",
    "ArrayError": "kaggle_kit.errors",
    "DataError": "kaggle_kit.errors",
    "InputError": "kaggle_kit.errors",
    "KaggleError": "kaggle_kit.errors",
    "KitError": "kaggle_kit.errors",
    "RunError": "kaggle_kit.errors",
    "TrainingError": "kaggle_kit.errors",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604  they are texts


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    module = importlib.import_module(_PUBLIC[name])
    found = module if module.__name__.endswith(f".{name}") else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
