"""The versions of other packages that the kit needs, declared once, in pyproject.toml."""

import importlib.metadata
import re

DISTRIBUTION = "kaggle-kit"


def requirement(package: str) -> str:
    """The requirement to pass to pip, for example "gradio>=6.7".

    It is the bare name if the kit is not installed, as in a notebook that carries its sources.
    """
    try:
        asked = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return package
    plain = (text.partition(";")[0].strip() for text in asked)
    found = (text for text in plain if re.split(r"[^A-Za-z0-9._-]", text)[0] == package)
    return next(found, package)
