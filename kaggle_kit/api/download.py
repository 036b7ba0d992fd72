"""Download the competition's data into data/ and verify them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.job import Images, Job, check_at_kaggle, load, warn_of_exposed_key
from kaggle_kit.api.reporter import SILENCE, Reporter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kaggle_kit.data.manifest import Manifest


@dataclasses.dataclass(frozen=True, eq=False)
class Download:
    """The result of a download.

    Attributes
    ----------
    is_new : bool
        True if the data were fetched now, False if they were there already.
    asked : str
        The name of the requested source. The data come from `manifest.source`, which may differ.
    """

    images: Images
    manifest: Manifest
    is_new: bool
    asked: str


def download(
    job: Job,
    source: str | None = None,
    choices: Mapping[str, Any] | None = None,
    *,
    force: bool = False,
    reporter: Reporter = SILENCE,
) -> Download:
    """Fetch the data if they are not there, then load them.

    Parameters
    ----------
    source : str, optional
        The path of a zip or folder, or "sample"; by default, Kaggle is the source.
    choices : mapping, optional
        Fields of `Choices` that differ from those of the data that are there, or from the default.
    force : bool
        Fetch the data again, even if they are there.

    Raises
    ------
    DataError
        The fetched files are not the competition's data.
    InputError
        The download would overwrite files that the user changed.
    KaggleError
        Kaggle does not deliver the data.
    """
    from kaggle_kit.data.choices import read_choices
    from kaggle_kit.data.sources import KAGGLE, fetch, make_source
    from kaggle_kit.kaggle.downloads import KaggleDownloads

    if source is None:
        check_at_kaggle(job.competition)
        warn_of_exposed_key(reporter)
    origin = make_source(source, KaggleDownloads(job.competition, note=reporter.note))
    reporter.note(f"{job.competition.slug} from {origin.name}")
    chosen = dataclasses.replace(read_choices(job.data), **choices or {})
    manifest, is_new = fetch(
        origin,
        job.competition,
        job.data,
        choices=chosen,
        force=force,
        watch=reporter.counting,
    )
    if is_new and manifest.checksum:
        is_kaggles = manifest.source == KAGGLE
        name = f"{job.competition.slug}.zip" if is_kaggles else manifest.source
        reporter.note(manifest.checksum.describe(name))
    return Download(load(job, reporter), manifest, is_new, origin.name)
