"""`kaggle-kit kernel build|push|status|output`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kaggle_kit.api import kernel as api
from kaggle_kit.api.job import Job, warn_of_exposed_key
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.hints import pasteable
from kaggle_kit.errors import KaggleError, NetworkError
from kaggle_kit.kaggle.kernel.output import BESIDE

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from kaggle_kit.kaggle.kernels import Kernel

LISTED = 5  # names of files in a line


def run(options: Namespace) -> None:
    job = job_of(options)
    warn_of_exposed_key(console)
    {"build": _build, "push": _push, "status": _status, "output": _output}[options.action](
        job, options
    )


def _build(job: Job, options: Namespace) -> None:
    plan = api.NotebookPlan(
        owner=options.owner,
        preset=options.preset,
        best=options.best,
        gpu=options.gpu,
        rewrite=options.rewrite,
    )
    try:
        built = api.build(job, plan, reporter=console)
    except KaggleError as error:
        if options.action == "build":
            error.hint = f"give --owner USER, then Kaggle is not asked; or {error.hint}"
        raise
    done, does = "written", _what(built, plan)
    if built.is_edited:
        done = "kept"
        console.note(f"{built.notebook} was edited, and is kept as it is; --rewrite replaces it")
    console.result(f"{done}: {built.notebook}, {built.metadata}; it {does}, on {built.machine}")


def _what(built: api.BuiltNotebook, plan: api.NotebookPlan) -> str:
    """What the notebook does, in words."""
    if built.content is None:
        return "does what its cells say"
    if built.content.best:
        return f"fits {plan.best or 'the best.json in it'}"
    return f"searches with the preset {built.content.preset}"


def _push(job: Job, options: Namespace) -> None:
    _build(job, options)
    kernel = api.push(job, reporter=console)
    console.result(f"pushed: {kernel.page} (version {kernel.version})")
    if options.no_wait:
        console.note(_later(options))
        return
    with _hinting(NetworkError, _later(options)):
        api.follow(job, kernel, reporter=console)
    over = f"the notebook is complete: {_command('output', options)} fetches its output"
    with _hinting(KaggleError, f"{over}; see {kernel.page}"):
        _fetch(job, kernel)


def _status(job: Job, options: Namespace) -> None:
    kernel = api.named_kernel(job, options.owner)
    found = api.status(job, kernel)
    console.result(f"{kernel.name}: {found.status}{f', {found.failure}' if found.failure else ''}")
    api.check_not_failed(job, kernel, found, reporter=console)


def _output(job: Job, options: Namespace) -> None:
    kernel = api.named_kernel(job, options.owner)
    found = api.status(job, kernel)
    api.check_not_failed(job, kernel, found, reporter=console)
    if not found.is_over:
        raise KaggleError(
            f"{kernel.name} is {found.status}: there is no output yet",
            hint=f"{_command('status', options)} shows when it is complete",
        )
    _fetch(job, kernel)


def _fetch(job: Job, kernel: Kernel) -> None:
    fetched = api.fetch(job, kernel, reporter=console)
    run, checked = fetched.run, fetched.output.checked
    every = fetched.files == checked + 1  # but for the list of checksums
    verified = "checksums verified" if every else f"checksums of {checked} verified"
    console.result(f"fetched: {run.folder} ({fetched.files} files, {verified})")
    for line in _kept(fetched):
        console.note(line)
    following = pasteable(f"`kaggle-kit submit --run {run.folder.name}`")
    console.result(f"{run.submission} is valid; next: {following}")


def _kept(fetched: api.FetchedRun) -> Iterator[str]:
    """What the user should know about the files of a run that was fetched."""
    run, kept, changed = fetched.run, fetched.kept, fetched.output.changed
    other = f"{BESIDE}/{run.submission.name}"
    if other in fetched.output.files:
        yield (
            f"the notebook's own submission.csv differs from that of its run, and is kept as "
            f"{run.folder / other}; to send it, copy it over {run.submission}"
        )
    if changed:
        yield f"changed after the notebook noted their checksums: {_listed(changed)}"
    if kept.files:
        yield f"kept, because made or edited here: {_listed(kept.files)}"
    if kept.run:
        yield f"the run fetched before is kept as {kept.run.folder}: it was added to or edited here"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


@contextlib.contextmanager
def _hinting(failure: type[KaggleError], hint: str) -> Iterator[None]:
    """Give `hint` to the user after an error of this class, or after Ctrl-C."""
    try:
        yield
    except failure as error:
        error.hint = hint
        raise
    except KeyboardInterrupt:
        raise KeyboardInterrupt(hint) from None


def _later(options: Namespace) -> str:
    status, output = (_command(action, options) for action in ("status", "output"))
    return f"the notebook is still running at Kaggle: {status}, then {output}"


def _command(action: str, options: Namespace) -> str:
    owner = f" --owner {options.owner}" if options.owner else ""
    return f"`kaggle-kit kernel {action}{owner}`"
