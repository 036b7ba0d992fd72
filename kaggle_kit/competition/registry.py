"""Find the description of a competition: of the kit, of another package, or of the user.

Those that come with the kit are `known/<slug>/description.toml`. The user's own are
`<home>/competitions/*.toml`; they come first, so that a user can change what the kit says. Those of
other packages come last: an entry point in the group `kaggle_kit.competitions` has the name of the
slug, and names a package, in which there is a `description.toml`.
"""

import contextlib
import difflib
import re
from pathlib import Path

from kaggle_kit import plugins
from kaggle_kit.competition.consistency import SLUG
from kaggle_kit.competition.description import Competition
from kaggle_kit.competition.toml_file import read_description
from kaggle_kit.errors import InputError

KNOWN = Path(__file__).parent / "known"
OWN = "competitions"
ENDING = ".toml"
FILE = f"description{ENDING}"
COMPETITIONS: dict[str, Competition] = {
    path.parent.name: read_description(path) for path in sorted(KNOWN.glob(f"*/{FILE}"))
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
        description is wrong, or several packages have one.
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
    if found := _plugin(slug):
        return described_by(found)
    known |= dict.fromkeys([*own, *plugin_slugs()], "")
    near = difflib.get_close_matches(slug, known, n=1)
    init = f"`kaggle-kit init {slug}` describes it" if SLUG.fullmatch(slug) else ""
    raise InputError(
        f"there is no description of a competition {slug!r}",
        hint=f"did you mean {near[0]}?" if near else init or f"known are {', '.join(known)}",
    )


def origin_of(competition: Competition) -> dict[str, str]:
    """The package that a description comes from, and its version; empty if it is not a plug-in."""
    if competition.slug not in COMPETITIONS:
        with contextlib.suppress(InputError):  # a broken plug-in is none, where it is not asked for
            found = _plugin(competition.slug.lower())
            if found and described_by(found) == competition:
                return {found.package: found.version}
    return {}


def is_known(slug: str) -> bool:
    """Whether the kit or another package has a description of a competition."""
    return slug in COMPETITIONS or slug in plugin_slugs()


def plugin_slugs() -> list[str]:
    """The competitions of other packages; the packages are not imported."""
    return list(dict.fromkeys(one.name for one in plugins.plugins(plugins.COMPETITIONS)))


def folder_of(slug: str) -> Path:
    """The folder with the description of a competition of the kit, or of another package."""
    if slug not in COMPETITIONS:
        with contextlib.suppress(InputError):
            found = _plugin(slug.lower())
            return _folder(found) if found else KNOWN / slug
    return KNOWN / slug


def _plugin(slug: str) -> plugins.Plugin | None:
    """The plug-in of a slug in lower case."""
    name = next((name for name in plugin_slugs() if name.lower() == slug), None)
    return plugins.find_plugin(plugins.COMPETITIONS, name) if name else None


def described_by(plugin: plugins.Plugin) -> Competition:
    """The competition that a plug-in describes; raises InputError if it does not."""
    competition = read_description(_folder(plugin) / FILE)
    if competition.slug != plugin.name:
        raise InputError(
            f"{plugin} has slug = {competition.slug!r}, expected the name of its entry point",
            f"install another version of {plugin.package}",
        )
    return competition


def _folder(plugin: plugins.Plugin) -> Path:
    folders = getattr(plugin.load(), "__path__", None)
    if not folders:
        raise InputError(
            f"{plugin} is in the module {plugin.value}, expected a package: a folder with {FILE}",
            f"install another version of {plugin.package}",
        )
    return Path(next(iter(folders)))


def known_path(slug: str) -> str:
    """Where the description of a competition that comes with the kit is, in the package."""
    return f"competition/{KNOWN.name}/{slug}/{FILE}"


def own_descriptions(home: Path) -> dict[str, Path]:
    """The descriptions in a home, by slug."""
    return {path.stem: path for path in sorted((home / OWN).glob(f"*{ENDING}"))}


def slug_of(name: str) -> str:
    """The slug in an address, with or without scheme and page; of a title, its words."""
    address = re.match(r"(?:.*kaggle\.com)?/?(?:competitions|c)/([^/?#]+)", name.strip())
    return re.sub(r"[\s_]+", "-", (address[1] if address else name).strip(" /"))
