"""Write the description of a competition, from what Kaggle says, the files, and options."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from kaggle_kit import system
from kaggle_kit.api.job import warn_of_exposed_key
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.competition.consistency import SLUG
from kaggle_kit.competition.registry import COMPETITIONS, ENDING, OWN, slug_of
from kaggle_kit.competition.toml_file import parse_description, write_description
from kaggle_kit.errors import InputError, KaggleError
from kaggle_kit.workspace.files import remove_leftovers, scratch_folder, write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from kaggle_kit.competition.description import Competition
    from kaggle_kit.data.inspection.findings import Fact, Findings, Given
    from kaggle_kit.workspace.paths import Home

COMMENT = "# Written by `kaggle-kit init`; docs/competitions.md says what each line means.\n"
ORDER = ("slug", "title", "kind", "metric", "notebooks_only", "images.layout", "images.train")


@dataclasses.dataclass(frozen=True)
class Described:
    """A description that was written.

    Attributes
    ----------
    path : Path
        The file.
    competition : Competition
        What is in it.
    facts : list of Fact
        Where each of its fields comes from.
    notes : list of str
        What the user should know besides.
    commands : list of str
        What to run next.
    """

    path: Path
    competition: Competition
    facts: list[Fact]
    notes: list[str]
    commands: list[str]


@dataclasses.dataclass(frozen=True)
class Target:
    """Where a description goes.

    Attributes
    ----------
    home : Home
    out : Path or None
        The file; by default `competitions/<slug>.toml` in the home.
    force : bool
        Replace a file that is there.
    """

    home: Home
    out: Path | None = None
    force: bool = False


def init(
    name: str,
    given: Given,
    target: Target,
    source: Path | None = None,
    *,
    reporter: Reporter = SILENCE,
) -> Described:
    """Describe a competition, and write the description.

    Parameters
    ----------
    name : str
        The slug of the competition, or its address.
    given : Given
        What the user says; it goes before what Kaggle and the files say.
    target : Target
    source : Path, optional
        A folder or an archive of the competition's files; by default, Kaggle is asked for them.

    Raises
    ------
    InputError
        There is a description already; or an option is wrong; or there are no images; or the files
        leave something unclear: then the message has each such field, and the hint is the command
        with an option for each.
    DataError
        A file cannot be read.
    KaggleError
        Kaggle does not deliver the files.
    """
    from kaggle_kit.data.inspection.findings import Findings
    from kaggle_kit.data.inspection.inspecting import inspect_files, take_defaults, take_options
    from kaggle_kit.data.inspection.material import Material

    slug = slug_of(name)
    if not SLUG.fullmatch(slug):
        raise InputError(
            f"{name!r} is no slug: expected letters, digits and hyphens",
            "give the last part of the competition's address at Kaggle, as in `kaggle-kit init "
            "digit-recognizer`",
        )
    path = _path(target, slug)
    findings = Findings(given)
    findings.take("slug", slug, "", origin=_said())
    take_options(findings)
    _ask_kaggle(slug, findings, reporter, required=source is None)
    with ExitStack() as stack:
        place = target.home.folder
        made = _made(place)
        stack.callback(_remove_if_empty, made)
        remove_leftovers(place)
        scratch = stack.enter_context(scratch_folder(place, "init"))
        origin = source or _downloaded(slug, scratch, reporter)
        inspect_files(Material(origin, scratch, stack), findings)
    take_defaults(findings)
    if findings.unclear:
        raise _unclear(slug, source, findings, target)
    competition = parse_description(findings.content(), f"the description of {slug}")
    if slug.lower() in {known.lower() for known in COMPETITIONS}:
        findings.note("the kit has a description of this competition; yours now comes first")
    write_bytes(path, (COMMENT + write_description(competition)).encode())
    facts = [fact for _, fact in sorted(findings.facts.items(), key=_place)]
    return Described(path, competition, facts, findings.notes, _next(slug, source, target))


def _path(target: Target, slug: str) -> Path:
    path = target.out or target.home.folder / OWN / f"{slug}{ENDING}"
    if path.suffix != ENDING:
        raise InputError(f"--out is {path}, expected a name that ends on {ENDING}")
    if path.is_dir():
        raise InputError(f"{path} is a folder, expected a file", "give another --out")
    if path.exists() and not target.force:
        raise InputError(
            f"{path} is there already", "--force replaces it; --out FILE writes another file"
        )
    return path


def _said() -> Any:
    from kaggle_kit.data.inspection.findings import Origin

    return Origin.OPTION


def _ask_kaggle(slug: str, findings: Findings, reporter: Reporter, *, required: bool) -> None:
    """Take what Kaggle says; if it cannot be asked, say so."""
    from kaggle_kit.data.inspection.findings import Origin, Sure
    from kaggle_kit.kaggle.competitions import KaggleCompetitions, unknown

    client = KaggleCompetitions(unknown(slug), attempts=4 if required else 1, note=reporter.note)
    try:
        overview = client.overview()
    except KaggleError as error:
        if required:
            hint = f"{error.hint}; or give the files: `kaggle-kit init {slug} --from PATH`"
            error.hint = hint.removeprefix("; or ")
            raise
        findings.note(f"Kaggle was not asked: {str(error).partition(';')[0]}")
        return
    kaggle = Origin.KAGGLE
    if overview.title.strip():
        findings.take("title", overview.title.strip(), origin=kaggle)
    why = "" if overview.notebooks_only else "files can be submitted"
    findings.take("notebooks_only", overview.notebooks_only, why, origin=kaggle)
    findings.kaggles_metric = overview.metric_name
    if overview.metric:
        why = f"Kaggle calls it {overview.metric_name}"
        findings.take("metric", overview.metric.value, why, origin=kaggle)
    elif overview.likely_metric:
        why = "the evaluation page speaks of it"
        findings.take("metric", overview.likely_metric.value, why, Sure.LIKELY, kaggle)
    if overview.daily_limit:
        findings.note(f"Kaggle takes {overview.daily_limit} submissions a day")
    if overview.deadline:
        findings.note(f"the deadline is {overview.deadline:%Y-%m-%d}")


def _downloaded(slug: str, scratch: Path, reporter: Reporter) -> Path:
    from kaggle_kit.kaggle.competitions import unknown
    from kaggle_kit.kaggle.downloads import KaggleDownloads

    warn_of_exposed_key(reporter)
    reporter.note(f"{slug} from Kaggle")
    with reporter.counting("downloading") as progress:
        return KaggleDownloads(unknown(slug), note=reporter.note).data(scratch, progress)


def _unclear(slug: str, source: Path | None, findings: Findings, target: Target) -> InputError:
    """One error with every field that is unclear; the hint is the command that says them."""
    fields = "; ".join(f"--{one.option}: {one.why}" for one in findings.unclear)
    wanted = {one.option: one.example for one in findings.unclear}
    words = ["kaggle-kit", "init", slug, *(["--from", str(source)] if source else [])]
    for name, value in (findings.given.said | wanted).items():
        words += [f"--{name}", str(value)]
    words += ["--out", str(target.out)] if target.out else []
    words += ["--force"] if target.force else []
    return InputError(f"the files leave unclear: {fields}", f"check and run `{system.join(words)}`")


def _next(slug: str, source: Path | None, target: Target) -> list[str]:
    name = system.quote(str(target.out or slug))
    origin = f" --from {system.quote(str(source))}" if source else ""
    verbs = (f"download --competition {name}{origin}", f"tune --competition {name}")
    return [f"kaggle-kit {verb}" for verb in verbs]


def _place(item: tuple[str, Fact]) -> tuple[int, str]:
    """The order of facts: those of the whole, then tables."""
    key = item[0]
    if key in ORDER:
        return ORDER.index(key), key
    return len(ORDER) + ("images", "labels", "submission").index(key.split(".")[0]), key


def _made(folder: Path) -> list[Path]:
    """Make a folder; return the folders that were made for that."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return new


def _remove_if_empty(folders: list[Path]) -> None:
    for folder in folders:
        if not any(folder.iterdir()):
            folder.rmdir()
