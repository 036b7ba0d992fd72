"""Export the explainer of a run as a folder and a zip that need no kit and no data.

    pip install -r requirements.txt && python app.py

The folder has the layout of a Hugging Face Space. Networks are stored as hyperparameters and
weights, so the folder contains no pickle.
"""

import importlib.metadata
import io
import json
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from string import Template

from kaggle_kit.errors import InputError
from kaggle_kit.explainer.reader import load_decision, settings
from kaggle_kit.explainer.subject.subject import FILE, Subject
from kaggle_kit.explainer.subject.words import Words
from kaggle_kit.networks.families import packages_of
from kaggle_kit.training.progress import silent
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.files import replacing, replacing_folder, write_json
from kaggle_kit.workspace.packaging import files_of, needed_by, pack
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.written import carry_over, note_all

# The packages that app.py imports, and packages that those need but do not declare. A test checks
# that the list is complete.
PACKAGES = (
    "filelock",
    "gradio",
    "h5py",
    "jax",
    "keras",
    "keras-tuner",
    "numpy",
    "pandas",
    "pillow",
    "psutil",
    "scikit-learn",
    "scipy",
    "shap",
    "six",
    "starlette",
)
APP = '''\
"""Serve the explainer: python app.py"""

from pathlib import Path

from kaggle_kit.explainer.demo import show_bundle

if __name__ == "__main__":
    show_bundle(Path(__file__).resolve().parent)
'''
README = Template("""\
---
title: $quoted
emoji: ✍️
colorFrom: red
colorTo: blue
sdk: gradio
sdk_version: $gradio
python_version: "$python"
app_file: app.py
license: mit
---

# $title

$what The networks and their limits are described in
[model_card.md](model_card.md).

    pip install -r requirements.txt
    python app.py

These commands serve the page on this machine only. Set `GRADIO_SERVER_NAME=0.0.0.0` to open it to
other machines, and `GRADIO_SERVER_PORT` to choose its port. What you draw or send stays in the
memory of the server, and is deleted within two minutes. Programs can call `/predict` and
`/explain`; the page shows how. The bundle was made with Python $python and the versions in
requirements.txt.
$more""")
DIGITS_READ = """\
Draw a digit or send a picture of one. $count networks say which digit they read, and the page shows
why, pixel by pixel."""
READ = """\
$send $count networks say which of $classes classes it is, and the page shows
why, $how."""
EXAMPLES = """
The pictures in examples/ are test images of the competition. Its rules say whether they may be
published.
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can store


def write_bundle(
    run: Run,
    subject: Subject,
    card: str,
    folder: Path,
    write_examples: Callable[[Path], list[Path]],
    *,
    note: Callable[[str], None] = silent,
) -> Path:
    """Write the bundle into `folder` and into a zip next to it; return the path of the zip.

    What the user added to an earlier bundle in `folder`, or edited there, stays.

    Parameters
    ----------
    card : str
        The model card, as Markdown.
    write_examples : callable
        Writes the example pictures into a folder, and returns their paths.
    note : callable
        Called with a text that says what stays.

    Raises
    ------
    InputError
        `folder` or the zip exists and is not a bundle: writing would destroy it. Or the package of
        the family cannot be carried.
    RunError
        The ensemble is incomplete.
    """
    archive = _archive_of(folder)
    check_free(folder)
    best = Best.read(run.best, "competition")
    others = packages_of(best.families)
    beside = files_of(others)
    needed = {f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES}
    needed |= set(needed_by(others))
    with replacing_folder(folder) as place:
        (place / "examples").mkdir()
        has_examples = bool(write_examples(place / "examples"))
        _copy_networks(run, subject, best.networks, Run(place / "run"))
        with tarfile.open(fileobj=io.BytesIO(pack(beside=beside))) as kit:
            # Before Python 3.11.4, extractall takes no filter and ignores this attribute.
            kit.extraction_filter = getattr(tarfile, "data_filter", None)
            kit.extractall(place)  # noqa: S202  the archive was packed just now
        lines = "".join(f"{one}\n" for one in sorted(needed))
        (place / "requirements.txt").write_text(lines, encoding="utf-8")
        (place / "model_card.md").write_text(card, encoding="utf-8")
        (place / "app.py").write_text(APP, encoding="utf-8")
        text = _readme(subject, len(best.networks), has_examples=has_examples)
        (place / "README.md").write_text(text, encoding="utf-8")
        note_all(place)
        kept = carry_over(folder, place)
    if kept:
        note(f"kept, because added to {folder} or edited there: {', '.join(kept)}")
    with replacing(archive) as part:
        _zip(folder, part)
    return archive


def _readme(subject: Subject, count: int, *, has_examples: bool) -> str:
    words = Words(subject)
    what = Template(DIGITS_READ if subject.is_digit else READ).substitute(
        count=count,
        send=words.send,
        classes=subject.problem.classes,
        how="pixel by pixel" if words.is_pixels else "patch by patch",
    )
    return README.substitute(
        title=words.title,
        quoted=words.title if subject.is_digit else json.dumps(words.title, ensure_ascii=False),
        what=what,
        gradio=importlib.metadata.version("gradio"),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        more=EXAMPLES if has_examples and not subject.is_digit else "",
    )


def check_free(folder: Path) -> None:
    """Raise InputError if the folder of a bundle, or its zip, exists and is no bundle."""
    for path in (folder, _archive_of(folder)):
        if path.exists() and not _is_bundle(path):
            raise InputError(
                f"{path} already exists and is not a bundle",
                hint="name a folder that does not exist yet, with --out",
            )


def _archive_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.zip")


def _is_bundle(path: Path) -> bool:
    """Whether a folder or a zip was written by `write_bundle`."""
    if path.is_dir():
        return (path / "run" / FILE).exists()
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith(f"/run/{FILE}") for name in archive.namelist())


def _copy_networks(run: Run, subject: Subject, every: list[NetworkId], copy: Run) -> None:
    copy.models.mkdir(parents=True)
    shutil.copyfile(run.best, copy.best)
    for network in every:
        shutil.copyfile(run.weights(*network), copy.weights(*network))
    if run.views.exists():
        shutil.copyfile(run.views, copy.views)
    if run.familiar.exists():
        shutil.copyfile(run.familiar, copy.familiar)
    decision = {"decision": load_decision(run).to_dict()}
    write_json(copy.folder / FILE, settings(run) | decision | subject.to_dict())


def _zip(folder: Path, archive: Path) -> None:
    """Zip a folder; the same files give the same bytes, whenever they were made."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and ".git" not in path.relative_to(folder).parts:
                member = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder)}", _EPOCH)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                file.writestr(member, path.read_bytes())
