"""The checks of a description of a competition."""

import json
import re
import tomllib
from functools import partial

from kaggle_kit.competition.registry import folder_of, get_competition
from kaggle_kit.competition.toml_file import parse_description, write_description
from kaggle_kit.testing.check import Check, expect


def checks_of_competition(slug: str) -> list[Check]:
    """The checks that a competition of the kit or of another package must pass.

    They look at the description alone. Whether it fits the files shows
    `kaggle-kit download --from PATH`.

    Parameters
    ----------
    slug : str

    Returns
    -------
    list of Check
    """
    runs = {
        "is_found_by_slug_and_address": _found,
        "is_written_as_it_is_read": _written,
        "an_honest_limit_has_its_source": _limit,
        "checksums_are_of_kaggles_zip": _checksums,
    }
    return [Check(name, partial(run, slug)) for name, run in runs.items()]


def _found(slug: str) -> None:
    competition = get_competition(slug)
    expect(competition.slug == slug, f"{slug} has the slug {competition.slug}")
    by_address = get_competition(f"https://www.kaggle.com/competitions/{slug}/data")
    expect(by_address == competition, "its address at Kaggle leads to another description")


def _written(slug: str) -> None:
    competition = get_competition(slug)
    again = parse_description(tomllib.loads(write_description(competition)), slug)
    expect(again == competition, "written and read again, it is another description")


def _limit(slug: str) -> None:
    found = get_competition(slug)
    limit, source = found.honest_limit, found.honest_source
    expect(bool(limit) == bool(source), f"honest_limit is {limit}, honest_source {source!r}")


def _checksums(slug: str) -> None:
    path = folder_of(slug) / "checksums.json"
    if path.is_file():
        ((name, sums),) = json.loads(path.read_text(encoding="utf-8")).items()
        expect(name == f"{slug}.zip", f"it has the checksums of {name}, expected {slug}.zip")
        expect(re.fullmatch("[0-9a-f]{32}", sums["md5"]), f"{sums['md5']} is no MD5")
