"""The kit as one Kaggle notebook: build it, push it, follow it, fetch its output."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.job import Job, warn_of_exposed_key
from kaggle_kit.cli import console
from kaggle_kit.errors import DataError, InputError, KaggleError, NetworkError, RunError
from kaggle_kit.kaggle.failures import NotFoundError
from kaggle_kit.kaggle.kernel.metadata import (
    FILE,
    check_metadata,
    make_metadata,
    read_kernel,
    read_metadata,
)
from kaggle_kit.kaggle.kernel.notebook import TEMPLATE, Content, build
from kaggle_kit.kaggle.kernel.output import verify_output
from kaggle_kit.kaggle.kernel.runtime import SUMS
from kaggle_kit.kaggle.kernels import KaggleKernels, Kernel, KernelStatus
from kaggle_kit.search.presets import DEFAULT_PRESET
from kaggle_kit.workspace.files import (
    replacing_folder,
    scratch_folder,
    write_bytes,
    write_json,
)
from kaggle_kit.workspace.storage import read_json

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from kaggle_kit.competition.description import Competition
    from kaggle_kit.workspace.paths import Run

SECONDS_BETWEEN_LOOKS = 15.0
LOG_LINES = 25
LOOKS_MISSED = 20  # in a row, while the network is away, before one gives up
FETCHED = "-kaggle"  # after the name of a run that was made there
OWNER_HINT = "give --owner as the address of the profile at Kaggle has it"


def run(options: Namespace) -> None:
    job = Job.of(options)
    warn_of_exposed_key()
    {"build": _build, "push": _push, "status": _status, "output": _output}[options.action](
        job, options
    )


def _build(job: Job, options: Namespace) -> Path:
    """Write the notebook and its metadata; what the user changed in the latter stays."""
    folder = job.home.kernel(job.competition.slug)
    metadata = _metadata(job, options, folder / FILE)
    check_metadata(metadata, job.competition, folder / FILE, hint=OWNER_HINT)
    own = folder / TEMPLATE.name
    template = own if own.exists() else TEMPLATE
    content = Content(
        title=str(metadata["title"]),
        competition=job.competition.slug,
        run=job.run.folder.name + FETCHED,
        preset=options.preset or DEFAULT_PRESET,
        best=_text_of(options.best) if options.best else "",
    )
    notebook = folder / str(metadata["code_file"])
    write_bytes(notebook, build(content, template.read_text(encoding="utf-8")).encode())
    write_json(folder / FILE, metadata)
    does = f"fits {options.best}" if options.best else f"searches with the preset {content.preset}"
    where = "a GPU" if metadata["enable_gpu"] else "the CPU"
    console.result(f"written: {notebook}, {folder / FILE}; it {does}, on {where}")
    return folder


def _metadata(job: Job, options: Namespace, path: Path) -> dict[str, Any]:
    if not path.exists():
        return make_metadata(job.competition, _owner(job, options), gpu=options.gpu)
    there = read_metadata(path, job.competition)
    return there | {"enable_gpu": options.gpu, "id": _name(there, options)}


def _name(metadata: dict[str, Any], options: Namespace) -> str:
    """The notebook's owner/slug, by whichever owner was asked for."""
    owner, _, slug = metadata["id"].partition("/")
    return f"{options.owner.lower() if options.owner else owner}/{slug}"


def _push(job: Job, options: Namespace) -> None:
    metadata, notebook = read_kernel(_build(job, options), job.competition)
    _check_target(job.home.run(job.run.folder.name + FETCHED))
    kernel = KaggleKernels().push(job.competition, metadata, notebook)
    console.result(f"pushed: {kernel.page} (version {kernel.version})")
    if options.no_wait:
        console.note(_later(job))
        return
    with _hinting(NetworkError, _later(job)):
        _follow(job, kernel)
    over = f"the notebook is complete: `kaggle-kit kernel output{_home(job)}` fetches what it made"
    with _hinting(KaggleError, f"{over}; see {kernel.page}"):
        _fetch(job, kernel)


@contextlib.contextmanager
def _hinting(failure: type[KaggleError], hint: str) -> Iterator[None]:
    """After such a failure, or Ctrl-C, `hint` is what the user should know."""
    try:
        yield
    except failure as error:
        error.hint = hint
        raise
    except KeyboardInterrupt:
        raise KeyboardInterrupt(hint) from None


def _later(job: Job) -> str:
    return f"the notebook goes on at Kaggle: `kaggle-kit kernel status{_home(job)}`, then `output`"


def _home(job: Job) -> str:
    return "" if job.home.folder == Path() else f" --home {job.home.folder}"


def _status(job: Job, options: Namespace) -> None:
    kernel = _kernel(job, options)
    found = KaggleKernels().status(job.competition, kernel)
    console.result(f"{kernel.name}: {found.status}{f', {found.failure}' if found.failure else ''}")
    _check(job, kernel, found)


def _output(job: Job, options: Namespace) -> None:
    kernel = _kernel(job, options)
    found = KaggleKernels().status(job.competition, kernel)
    _check(job, kernel, found)
    if not found.is_over:
        raise KaggleError(
            f"{kernel.name} is {found.status}: there is no output yet",
            hint="`kaggle-kit kernel status` tells when",
        )
    _fetch(job, kernel)


def _owner(job: Job, options: Namespace) -> str:
    try:
        owner = options.owner or KaggleKernels().whoami(job.competition)
    except KaggleError as error:
        if options.action == "build":
            error.hint = f"give --owner USER, and Kaggle is not asked; or {error.hint}"
        raise
    if not owner:
        raise InputError("whose notebook it is is not known", hint="give --owner USER")
    return str(owner).lower()


def _kernel(job: Job, options: Namespace) -> Kernel:
    metadata = read_metadata(job.home.kernel(job.competition.slug) / FILE, job.competition)
    return Kernel(_name(metadata, options))


def _text_of(best: Path) -> str:
    from kaggle_kit.workspace.fit_status import MADE_OF

    try:
        read_json(best, *MADE_OF, "competition", "plan")
    except RunError as error:
        error.hint = "--best takes a best.json as `kaggle-kit tune` leaves it in a run"
        raise
    return best.read_text()


def _follow(job: Job, kernel: Kernel) -> None:
    """Show what the notebook prints until it is over; raise KaggleError if it failed."""
    client, shown, missed = KaggleKernels(), 0, 0
    while True:
        try:
            found = client.status(job.competition, kernel)
        except (NetworkError, NotFoundError) as error:  # the latter while it is not listed yet
            missed += 1
            if missed > LOOKS_MISSED:
                raise
            console.note(f"{error}; looking again")
        else:
            missed = 0
            lines = client.log(job.competition, kernel).splitlines()
            for line in lines[max(shown, len(lines) - LOG_LINES) :]:
                console.note(f"  {line}")
            shown = max(shown, len(lines))
            if found.is_over:
                _check(job, kernel, found, show_log=False)
                return
            console.note(f"{time.strftime('%H:%M:%S')} {kernel.name} is {found.status}")
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _check(job: Job, kernel: Kernel, found: KernelStatus, *, show_log: bool = True) -> None:
    if found.is_over and found.status != "complete":
        lines = KaggleKernels().log(job.competition, kernel).splitlines() if show_log else []
        for line in lines[-LOG_LINES:]:
            console.note(f"  {line}")
        reason = found.failure or "its log says why"
        raise KaggleError(
            f"the notebook failed at Kaggle ({found.status}): {reason}", hint=f"see {kernel.page}"
        )


def _fetch(job: Job, kernel: Kernel) -> None:
    """Bring the run that the notebook made into runs/, if all of its files are what they were."""
    client, runs = KaggleKernels(), job.run.folder.parent
    runs.mkdir(parents=True, exist_ok=True)
    with scratch_folder(runs, "kernel") as folder:
        files = client.output(job.competition, kernel, folder)
        name = verify_output(folder, files)
        _check_submission(folder / "submission.csv", job.competition)
        run = job.home.run(name)
        _check_target(run)
        with replacing_folder(run.folder) as target:
            here = [path for path in folder.iterdir() if path.is_file()]
            for path in [*here, *(folder / "runs" / name).iterdir()]:
                path.replace(target / path.name)
            (target / "kernel.log").write_text(client.log(job.competition, kernel))
    console.result(f"fetched: {run.folder} ({len(files)} files, their checksums are right)")
    console.result(f"{run.submission} is valid; next: kaggle-kit submit --run {name}")


def _check_target(run: Run) -> None:
    if run.folder.exists() and not (run.folder / SUMS).exists():
        raise RunError(
            f"{run.folder} was not fetched from Kaggle, and is not replaced",
            hint="name another run with --run, or move it away",
        )


def _check_submission(path: Path, competition: Competition) -> None:
    from kaggle_kit.data.submission_csv import read_answers

    rows = len(read_answers(path, competition, "the notebook's submission.csv"))
    if rows != competition.test_rows:
        raise DataError(
            f"the notebook's submission.csv has {rows:,} rows, expected {competition.test_rows:,}",
            hint="nothing was kept of its output; see its log at Kaggle",
        )
