"""Client for the files that Kaggle offers: the data of a competition, and its leaderboard.

path = KaggleDownloads(competition).data(folder)
"""

import shutil
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit.errors import KaggleError, NetworkError
from kaggle_kit.kaggle.service import KaggleService
from kaggle_kit.workspace.files import replacing, scratch_folder

if TYPE_CHECKING:
    from kaggle_kit.kaggle.session import Api

_CHUNK = 1 << 18
Progress = Callable[[int, int], None]


def _ignore(_done: int, _total: int) -> None:
    pass


class KaggleDownloads(KaggleService):
    """Downloads zips, completely or not at all: the checksum of every member is verified."""

    def data(self, folder: Path, progress: Progress = _ignore) -> Path:
        """Download all files of the competition as `<slug>.zip` in `folder`; return its path.

        `progress` is called with the number of bytes that have arrived, and of all, where Kaggle
        says it. A damaged zip is fetched once more. Raises KitError if `folder` cannot be written.
        """
        path = folder / f"{self.competition.slug}.zip"
        by_hand = (
            f"get {path.name} at {self.competition.url}/data with a browser, then run "
            f"`kaggle-kit download --from {path.name}`"
        )
        try:
            self._zip("DownloadDataFiles", "data", path, progress)
        except KaggleError as error:
            if isinstance(error, (NetworkError, _DamagedZipError)):
                error.hint = f"{error.hint}; or {by_hand}"
            raise
        return path

    def leaderboard(self, path: Path) -> None:
        """Write the CSV of the current leaderboard to `path`.

        Raises KitError if `path` cannot be written.
        """
        from kaggle_kit.kaggle.session import disk_errors_named

        with disk_errors_named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(path.parent, "leaderboard") as folder:
            archive = folder / "leaderboard.zip"
            self._zip("DownloadLeaderboard", "leaderboard", archive)
            with zipfile.ZipFile(archive) as opened:
                members = [name for name in opened.namelist() if name.endswith(".csv")]
                if len(members) != 1:
                    raise KaggleError(
                        f"Kaggle sent {len(members)} CSVs for the leaderboard, expected one",
                        hint=f"look at {self.competition.url}/leaderboard",
                    )
                with (
                    disk_errors_named(path),
                    opened.open(members[0]) as member,
                    replacing(path) as part,
                    part.open("wb") as file,
                ):
                    shutil.copyfileobj(member, file)

    def _zip(self, request: str, what: str, path: Path, progress: Progress = _ignore) -> None:
        from kaggle_kit.kaggle.failures import subject_of
        from kaggle_kit.kaggle.session import disk_errors_named

        action = f"download the {what} of {self.competition.slug}"

        def fetch(api: "Api") -> None:
            response = api(request, competition_name=self.competition.slug)
            with response, disk_errors_named(path), replacing(path) as part:
                with part.open("wb") as file:
                    total, done = _length(response.headers), 0
                    for chunk in response.iter_content(_CHUNK):
                        file.write(chunk)
                        done += len(chunk)
                        if total:
                            progress(done, max(done, total))
                _check(part, f"{what} of {self.competition.slug}")

        subject = subject_of(self.competition, f"/{what}")
        _once_more(lambda: self._session().call(action, fetch, subject=subject))


class _DamagedZipError(KaggleError):
    pass


def _length(headers: Mapping[str, str]) -> int:
    """The number of bytes that are to come; 0 if it is not known."""
    length = headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and "Content-Encoding" not in headers else 0


def _once_more(download: Callable[[], None]) -> None:
    try:
        download()
    except _DamagedZipError:
        download()


def _check(path: Path, what: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
        damage = f"{bad} fails its checksum" if bad else ""
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        damage = str(error)
    if damage:
        raise _DamagedZipError(
            f"the zip that Kaggle sent for the {what} is damaged: {damage}",
            hint="run the command again",
        )
