"""Find the description of a competition: one that comes with the kit, or one of the user's.

Those that come with the kit are `known/<slug>/description.toml`. The user's own are
`<home>/competitions/*.toml`; they come first, so that a user can change what the kit says.
"""

import difflib
import re
from pathlib import Path

from kaggle_kit.competition.consistency import SLUG
from kaggle_kit.competition.description import Competition
from kaggle_kit.competition.toml_file import read_description
from kaggle_kit.errors import InputError

KNOWN = Path(__file__).parent / "known"
OWN = "competitions"
ENDING = ".toml"
COMPETITIONS: dict[str, Competition] = {
    path.parent.name: read_description(path)
    for path in sorted(KNOWN.glob(f"*/description{ENDING}"))
}
HOME_COMPETITION = "digit-recognizer"


def get_competition(name: str, home: Path | None = None) -> Competition:
    """The competition of a slug, a title, an address at Kaggle, or the path of a description.

    Parameters
    ----------
    name : str
    home : Path, optional
        The descriptions in its folder `competitions` are known, too.

    Raises
    ------
    InputError
        There is no such description; the hint has the most similar name, if there is one. Or a
        description is wrong.
    """
    if name.strip().endswith(ENDING):
        return read_description(Path(name.strip()))
    slug = slug_of(name).lower()
    own = {stem.lower(): path for stem, path in own_descriptions(home).items()} if home else {}
    if slug in own:
        competition = read_description(own[slug])
        if competition.slug.lower() != slug:
            raise InputError(
                f"{own[slug]}: slug is {competition.slug!r}, expected the name of the file",
                f'write slug = "{own[slug].stem}", or call the file {competition.slug}{ENDING}',
            )
        return competition
    known = {known.lower(): known for known in COMPETITIONS}
    if slug in known:
        return COMPETITIONS[known[slug]]
    known |= dict.fromkeys(own, "")
    near = difflib.get_close_matches(slug, known, n=1)
    init = f"`kaggle-kit init {slug}` describes it" if SLUG.fullmatch(slug) else ""
    raise InputError(
        f"there is no description of a competition {slug!r}",
        hint=f"did you mean {near[0]}?" if near else init or f"known are {', '.join(known)}",
    )


def known_path(slug: str) -> str:
    """Where the description of a competition that comes with the kit is, in the package."""
    return f"competition/{KNOWN.name}/{slug}/description{ENDING}"


def own_descriptions(home: Path) -> dict[str, Path]:
    """The descriptions in a home, by slug."""
    return {path.stem: path for path in sorted((home / OWN).glob(f"*{ENDING}"))}


def slug_of(name: str) -> str:
    """The slug in an address, with or without scheme and page; of a title, its words."""
    address = re.match(r"(?:.*kaggle\.com)?/?(?:competitions|c)/([^/?#]+)", name.strip())
    return re.sub(r"[\s_]+", "-", (address[1] if address else name).strip(" /"))
