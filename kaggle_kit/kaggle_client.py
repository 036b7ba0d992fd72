"""What the kit asks of Kaggle; the only module, with its session, that uses the official client.

    client = KaggleClient()
    path = client.download(competition, folder)
    ref = client.submit(competition, csv, "first try")
    print(client.wait(competition, ref).public_score)

Whatever goes wrong is a KaggleError (or an InputError) with a hint. Nothing is printed. Nothing
is kept between calls: each reads the credentials and the environment again.
"""

import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaggle_kit.competition import Competition
from kaggle_kit.errors import InputError, KaggleError, NetworkError, SubmissionError
from kaggle_kit.files import replacing

if TYPE_CHECKING:
    from kaggle_kit.kaggle_session import Api, KaggleSession

_CHUNK = 1 << 18
# Kaggle may list a submission only a moment after it took it, and looking too early would submit
# the file twice; in units of the pause between attempts.
_SETTLING_PAUSES = 5


@dataclass(frozen=True)
class Submission:
    """One submission as Kaggle shows it.

    Attributes
    ----------
    ref : int
        Kaggle's number for it.
    status : str
        "pending", "complete" or "error".
    public_score : float or None
        None until there is one.
    error : str
        Why Kaggle refused it; "" if it did not.
    file_name, message : str
        As given with the submission.
    date : datetime or None
        When it was made, UTC.
    """

    ref: int
    status: str
    public_score: float | None
    error: str
    file_name: str
    message: str
    date: datetime | None


class KaggleClient:
    """The Kaggle API, as far as the kit needs it.

    Every method raises CredentialsError, RulesError, NetworkError or plain KaggleError when the
    call fails; what a method raises besides is said there.

    Parameters
    ----------
    timeout : float
        Seconds without a byte after which a call has failed.
    attempts : int
        How often a call is made while Kaggle answers 429 or 5xx or drops the connection.
    pause : float
        Seconds before the second attempt, doubled before each further one.
    """

    def __init__(self, *, timeout: float = 60.0, attempts: int = 4, pause: float = 1.0) -> None:
        self._timeout = timeout
        self._attempts = attempts
        self._pause = pause

    def download(
        self,
        competition: Competition,
        folder: Path,
        on_progress: Callable[[int, int | None], None] | None = None,
    ) -> Path:
        """All files of a competition as one zip, `<slug>.zip` in `folder`; returns its path.

        The checksum of every member is verified; a damaged zip is fetched once more.
        `on_progress` gets the bytes received and, if Kaggle says, those expected. Raises
        InputError if `folder` cannot be written.
        """
        path = folder / f"{competition.slug}.zip"

        def fetch(api: "Api") -> None:
            with replacing(path) as part:
                _receive(
                    api("DownloadDataFiles", competition_name=competition.slug), part, on_progress
                )
                _check(part, competition)

        action = f"download the data of {competition.slug}"
        try:
            try:
                self._session().call(competition, action, fetch)
            except _DamagedZipError:
                self._session().call(competition, action, fetch)
        except OSError as error:
            message = f"cannot write {path}: {error.strerror}"
            raise InputError(message, hint="free some space, or work in another folder") from error
        return path

    def submit(self, competition: Competition, file: Path, message: str) -> int:
        """Upload `file` and submit it; returns the submission's ref, for `wait`.

        When it is not known whether Kaggle took the file, the list of submissions decides:
        the file is submitted again, once, only if it is not there. Raises InputError if there
        is no `file`, SubmissionError if Kaggle answers without taking it.
        """
        if not file.is_file():
            raise InputError(f"there is no file {file}", hint="run `kaggle-kit fit` first")
        known = {submission.ref for submission in self.submissions(competition)}
        token = self._upload(competition, file)
        for _ in range(2):
            try:
                return self._create(competition, token, message)
            except NetworkError as error:
                failure = error
            taken = self._look_for(competition, known, file, failure)
            if taken is not None:
                return taken
        raise NetworkError(str(failure), hint=_look_first(competition)) from failure

    def submission(self, competition: Competition, ref: int) -> Submission:
        return self._session().call(
            competition,
            f"show submission {ref}",
            lambda api: _submission(api("GetSubmission", ref=ref)),
        )

    def submissions(self, competition: Competition) -> list[Submission]:
        """The newest submissions (the first page: up to 20), newest first."""
        page: dict[str, Any] = {"competition_name": competition.slug, "page": 1, "page_size": 20}
        return self._session().call(
            competition,
            f"list the submissions to {competition.slug}",
            lambda api: [_submission(s) for s in api("ListSubmissions", **page).submissions],
        )

    def wait(
        self,
        competition: Competition,
        ref: int,
        on_poll: Callable[[float], None] | None = None,
        timeout: float = 600.0,
        interval: float = 5.0,
    ) -> Submission:
        """The submission once it is scored; `on_poll` gets the seconds waited before each look.

        Raises
        ------
        SubmissionError
            Kaggle could not score the file; the message has its reason.
        NetworkError
            There was no score after `timeout` seconds, or no answer; the submission stands.
        """
        pages = f"{competition.url}/submissions"
        start = time.monotonic()
        while (waited := time.monotonic() - start) < timeout:
            if on_poll:
                on_poll(waited)
            submission = self._poll(competition, ref, pages)
            if submission.status == "error":
                reason = submission.error or "no reason given"
                raise SubmissionError(
                    f"Kaggle could not score submission {ref}: {reason}",
                    hint=f"correct the file and submit it again; see {pages}",
                )
            if submission.status == "complete":
                return submission
            time.sleep(max(0.0, min(interval, timeout - (time.monotonic() - start))))
        raise NetworkError(
            f"submission {ref} has no score yet after {timeout:g} s", hint=f"look later at {pages}"
        )

    def _poll(self, competition: Competition, ref: int, pages: str) -> Submission:
        try:
            return self.submission(competition, ref)
        except NetworkError as error:
            hint = f"submission {ref} was made: look at {pages} instead of submitting again"
            raise NetworkError(str(error), hint=hint) from error

    def _session(self) -> "KaggleSession":
        from kaggle_kit.kaggle_session import KaggleSession

        return KaggleSession(self._timeout, self._attempts, self._pause)

    def _upload(self, competition: Competition, file: Path) -> str:
        """Store the file with Kaggle, without submitting it; returns the token that names it."""
        session, stat = self._session(), file.stat()

        def upload(api: "Api") -> str:
            place = api(
                "StartSubmissionUpload",
                competition_name=competition.slug,
                file_name=file.name,
                content_length=stat.st_size,
                last_modified_epoch_seconds=int(stat.st_mtime),
            )
            session.put(place.create_url, file)
            return str(place.token)

        return session.call(competition, f"upload {file.name}", upload)

    def _create(self, competition: Competition, token: str, message: str) -> int:
        created = self._session().call(
            competition,
            f"submit to {competition.slug}",
            lambda api: api(
                "CreateSubmission",
                competition_name=competition.slug,
                blob_file_tokens=token,
                submission_description=message,
            ),
            repeatable=False,
        )
        if not created.ref:
            reason = created.message or "no reason given"
            raise SubmissionError(
                f"Kaggle did not take the submission: {reason}", hint=_look_first(competition)
            )
        return int(created.ref)

    def _look_for(
        self, competition: Competition, known: set[int], file: Path, failure: NetworkError
    ) -> int | None:
        """The ref of a submission of `file` that is not yet `known`; None if there is none."""
        time.sleep(_SETTLING_PAUSES * self._pause)
        try:
            listed = self.submissions(competition)
        except KaggleError as error:
            message = f"{failure}; whether Kaggle took {file.name} is not known"
            raise NetworkError(message, hint=_look_first(competition)) from error
        new = (found for found in listed if found.ref not in known)
        return next((found.ref for found in new if found.file_name == file.name), None)


class _DamagedZipError(KaggleError):
    pass


def _receive(
    response: Any, path: Path, on_progress: Callable[[int, int | None], None] | None
) -> None:
    with response, path.open("wb") as file:
        expected = int(response.headers.get("Content-Length", 0)) or None
        for chunk in response.iter_content(_CHUNK):
            file.write(chunk)
            if on_progress:
                on_progress(file.tell(), expected)


def _check(path: Path, competition: Competition) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
        damage = f"{bad} fails its checksum" if bad else ""
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        damage = str(error)
    if damage:
        raise _DamagedZipError(
            f"the zip that Kaggle sent for {competition.slug} is damaged: {damage}",
            hint=f"run the command again, or get the zip from {competition.url}/data by hand",
        )


def _submission(found: Any) -> Submission:
    if not found.ref:  # the SDK makes a pending submission of any JSON
        raise ValueError("no submission")
    return Submission(
        ref=found.ref,
        status=found.status.name.lower(),
        public_score=float(found.public_score) if found.public_score else None,
        error=found.error_description or "",
        file_name=found.file_name or "",
        message=found.description or "",
        date=found.date.replace(tzinfo=UTC) if found.date else None,
    )


def _look_first(competition: Competition) -> str:
    return f"look at {competition.url}/submissions before you submit again"
