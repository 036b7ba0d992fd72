"""The kit as one Kaggle notebook: build it, push it, follow it, and fetch its output."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.fit import read_given
from kaggle_kit.api.job import Job, check_at_kaggle
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import DataError, InputError, KaggleError, NetworkError, RunError
from kaggle_kit.kaggle.failures import NotFoundError
from kaggle_kit.kaggle.kernel import metadata as kernel_metadata
from kaggle_kit.kaggle.kernel.edits import content_of, is_edited
from kaggle_kit.kaggle.kernel.notebook import TEMPLATE, Content, build_notebook, read_template
from kaggle_kit.kaggle.kernel.output import (
    LOG,
    SUBMISSION,
    Kept,
    Output,
    keep_output,
    verify_output,
)
from kaggle_kit.kaggle.kernel.runtime import SUMS
from kaggle_kit.kaggle.kernels import KaggleKernels, Kernel, KernelStatus
from kaggle_kit.networks.families import packages_of
from kaggle_kit.search.presets import DEFAULT_PRESET
from kaggle_kit.workspace.files import scratch_folder, write_json
from kaggle_kit.workspace.packaging import files_of
from kaggle_kit.workspace.written import Origin, origin, set_aside, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from kaggle_kit.competition.description import Competition
    from kaggle_kit.workspace.paths import Run

SECONDS_BETWEEN_LOOKS = 15.0
LOG_LINES = 25
LOOKS_MISSED = 20  # failed requests in a row before `follow` gives up
FETCHED = "-kaggle"  # suffix of the name of a run that a notebook made
OWNER_HINT = "give --owner USER, as in the address of your profile at Kaggle"


@dataclasses.dataclass(frozen=True)
class NotebookPlan:
    """What a notebook does, and where.

    Attributes
    ----------
    owner : str, optional
        The user at Kaggle; by default the owner of an earlier build, or the credentials' user.
    preset : str, optional
        The preset of the search; by default DEFAULT_PRESET.
    best : Path, optional
        A best.json to fit, instead of a search.
    gpu : bool, optional
        Whether the notebook runs on a GPU; by default as before, at first on the CPU.
    rewrite : bool
        Replace a notebook that the user edited.
    """

    owner: str | None = None
    preset: str | None = None
    best: Path | None = None
    gpu: bool | None = None
    rewrite: bool = False


@dataclasses.dataclass(frozen=True)
class BuiltNotebook:
    """A notebook and its metadata in kernels/<slug>/.

    Attributes
    ----------
    notebook, metadata : Path
    content : Content or None
        What the notebook does; None if the user edited it so that it cannot be told.
    machine : str
        What it will run on, in words.
    is_edited : bool
        Whether the user edited the notebook, which is therefore kept as it is.
    """

    notebook: Path
    metadata: Path
    content: Content | None
    machine: str
    is_edited: bool


@dataclasses.dataclass(frozen=True)
class FetchedRun:
    """A run that a notebook made.

    `files` is the number of files that were fetched; `kept` tells what was not replaced.
    """

    run: Run
    files: int
    output: Output
    kept: Kept


def build(job: Job, plan: NotebookPlan, *, reporter: Reporter = SILENCE) -> BuiltNotebook:
    """Write the notebook and its metadata; what the user edited in either of them stays.

    Raises
    ------
    InputError
        Kaggle would reject the metadata, or change their meaning; or the notebook was edited, and
        would not do what is asked for; or the competition is a sample; or a package is compiled.
    KaggleError
        No owner is given, and Kaggle does not name the user of the credentials.
    """
    check_at_kaggle(job.competition)
    folder = job.home.kernel(job.competition.slug)
    path = folder / kernel_metadata.FILE
    metadata = _metadata(job, plan, path)
    kernel_metadata.check_metadata(metadata, job.competition, path, hint=OWNER_HINT)
    own = folder / TEMPLATE.name
    template = own if own.exists() else TEMPLATE
    content = Content(
        title=str(metadata["title"]),
        competition=job.competition.slug,
        run=job.run.folder.name + FETCHED,
        preset=plan.preset or DEFAULT_PRESET,
        best=_text_of(plan.best) if plan.best else "",
        description=_description(job.competition),
        packages=files_of(packages_of(read_given(plan.best).families)) if plan.best else {},
    )
    notebook = folder / str(metadata["code_file"])
    built = build_notebook(content, read_template(template))
    does: Content | None = content
    kept = not plan.rewrite and is_edited(notebook, built, job.competition)
    if kept:
        asked = {"run": f"--run {job.run.folder.name}"}
        asked |= {"preset": f"--preset {plan.preset}"} if plan.preset else {}
        asked |= {"best": f"--best {plan.best}"} if plan.best else {}
        does = content_of(notebook, content, asked)
    else:
        if origin(notebook) is Origin.UNKNOWN and notebook.read_bytes() != built.encode():
            reporter.note(
                f"{notebook} may have been edited: it is kept as {set_aside(notebook).name}"
            )
        write_file(notebook, built.encode())
    if not path.exists() or metadata != kernel_metadata.read_metadata(path, job.competition):
        write_json(path, metadata)
    machine = kernel_metadata.machine_of(metadata)
    return BuiltNotebook(notebook, path, does, machine, kept)


def push(job: Job, *, reporter: Reporter = SILENCE) -> Kernel:
    """Upload the notebook that was built; Kaggle then runs it.

    Raises
    ------
    RunError
        The run that its output would replace was not fetched from Kaggle.
    KaggleError
        Kaggle rejected the notebook.
    """
    folder = job.home.kernel(job.competition.slug)
    metadata, notebook = kernel_metadata.read_kernel(folder, job.competition)
    _check_target(job.home.run(job.run.folder.name + FETCHED))
    return KaggleKernels(job.competition, note=reporter.note).push(metadata, notebook)


def named_kernel(job: Job, owner: str | None = None) -> Kernel:
    """The newest version of the notebook that was built; `owner` replaces the owner if given."""
    check_at_kaggle(job.competition)
    path = job.home.kernel(job.competition.slug) / kernel_metadata.FILE
    return Kernel(_name(kernel_metadata.read_metadata(path, job.competition), owner))


def status(job: Job, kernel: Kernel) -> KernelStatus:
    """The state of a notebook at Kaggle."""
    return KaggleKernels(job.competition).status(kernel)


def check_not_failed(
    job: Job, kernel: Kernel, found: KernelStatus, *, reporter: Reporter = SILENCE
) -> None:
    """Raise KaggleError if the notebook failed, after sending its log to the reporter."""
    if found.is_over and found.status != "complete":
        lines = KaggleKernels(job.competition, note=reporter.note).log(kernel).splitlines()
        for line in lines[-LOG_LINES:]:
            reporter.note(f"  {line}")
        raise _failed(kernel, found)


def follow(job: Job, kernel: Kernel, *, reporter: Reporter = SILENCE) -> None:
    """Report what the notebook prints until it ends; raise KaggleError if it failed."""
    client, shown, missed = KaggleKernels(job.competition, note=reporter.note), 0, 0
    while True:
        try:
            found = client.status(kernel)
        except (NetworkError, NotFoundError) as error:  # NotFoundError: not listed yet
            missed += 1
            if missed > LOOKS_MISSED:
                raise
            reporter.note(f"{error}; trying again")
        else:
            missed = 0
            lines = client.log(kernel).splitlines()
            for line in lines[max(shown, len(lines) - LOG_LINES) :]:
                reporter.note(f"  {line}")
            shown = max(shown, len(lines))
            if found.is_over and found.status != "complete":
                raise _failed(kernel, found)
            if found.is_over:
                return
            reporter.note(f"{time.strftime('%H:%M:%S')} {kernel.name} is {found.status}")
        time.sleep(SECONDS_BETWEEN_LOOKS)


def fetch(job: Job, kernel: Kernel, *, reporter: Reporter = SILENCE) -> FetchedRun:
    """Fetch the run that the notebook made into runs/, if all of its files are unchanged.

    Files that were made or edited in that run since it was fetched before are kept.

    Raises
    ------
    DataError
        A file of the run is missing, or differs from what the notebook wrote; or its submission is
        not valid.
    RunError
        A run of that name exists, and was not fetched from Kaggle.
    """
    client, runs = KaggleKernels(job.competition, note=reporter.note), job.run.folder.parent
    runs.mkdir(parents=True, exist_ok=True)
    with scratch_folder(runs, "kernel") as folder:
        files = client.output(kernel, folder)
        output = verify_output(folder, files)
        submission = output.files[SUBMISSION]
        name = submission.relative_to(folder)
        _check_submission(submission, f"the notebook's {name}", job.competition)
        run = job.home.run(output.name)
        _check_target(run)
        if LOG not in output.files:
            output.files[LOG] = folder / LOG
            output.files[LOG].write_text(client.log(kernel), encoding="utf-8")
        kept = keep_output(output, run)
    return FetchedRun(run, len(files), output, kept)


def _metadata(job: Job, plan: NotebookPlan, path: Path) -> dict[str, Any]:
    if not path.exists():
        owner = plan.owner or KaggleKernels(job.competition).whoami()
        if not owner:
            raise InputError("the owner of the notebook is not known", hint="give --owner USER")
        return kernel_metadata.make_metadata(job.competition, owner.lower(), gpu=bool(plan.gpu))
    there = kernel_metadata.read_metadata(path, job.competition)
    gpu = there["enable_gpu"] if plan.gpu is None else plan.gpu
    return there | {"enable_gpu": gpu, "id": _name(there, plan.owner)}


def _name(metadata: dict[str, Any], asked: str | None) -> str:
    """The notebook's owner/slug; `asked` replaces the owner if given."""
    owner, _, slug = metadata["id"].partition("/")
    return f"{asked.lower() if asked else owner}/{slug}"


def _text_of(best: Path) -> str:
    read_given(best)
    return best.read_text(encoding="utf-8")


def _failed(kernel: Kernel, found: KernelStatus) -> KaggleError:
    reason = found.failure or "its log says why"
    message = f"the notebook failed at Kaggle ({found.status}): {reason}"
    return KaggleError(message, hint=f"see {kernel.page}")


def _check_target(run: Run) -> None:
    if run.folder.exists() and not (run.folder / SUMS).exists():
        raise RunError(
            f"{run.folder} was not fetched from Kaggle, and is not replaced",
            hint="name another run with --run, or move this folder away",
        )


def _description(competition: Competition) -> str:
    """The TOML of a competition that does not come with the kit, or that the user changed."""
    from kaggle_kit.competition.registry import COMPETITIONS
    from kaggle_kit.competition.toml_file import write_description

    known = COMPETITIONS.get(competition.slug) == competition
    return "" if known else write_description(competition)


def _check_submission(path: Path, label: str, competition: Competition) -> None:
    from kaggle_kit.data.submissions.check import check_shape

    try:
        check_shape(path, label, competition)
    except DataError as error:
        error.hint = "none of its output was kept; see its log at Kaggle"
        raise
