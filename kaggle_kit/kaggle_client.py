"""What the kit asks of Kaggle.

It goes through `kagglesdk`, the part of Kaggle's official client that speaks to its API, and not
through `import kaggle`: that authenticates and prints while it is imported, has no time-outs, and
hides why an upload failed.

    client = KaggleClient()
    path = client.download(competition, folder)
    ref = client.submit(competition, csv, "first try")
    print(client.wait(competition, ref).public_score)

Whatever goes wrong is a KitError with a hint. Nothing is printed. Nothing is kept between calls:
each reads the credentials and the environment again.
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
_FIRST_LOOKS = 3  # may find nothing yet, for the same reason


@dataclass(frozen=True)
class Submission:
    """One submission as Kaggle shows it, with its number there.

    Attributes
    ----------
    ref : int
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

    def download(self, competition: Competition, folder: Path) -> Path:
        """All files of a competition as one zip, `<slug>.zip` in `folder`; returns its path.

        The checksum of every member is verified; a damaged zip is fetched once more.
        Raises KitError if `folder` cannot be written.
        """
        from kaggle_kit.kaggle_session import writing

        path = folder / f"{competition.slug}.zip"
        action = f"download the data of {competition.slug}"

        def fetch(api: "Api") -> None:
            response = api("DownloadDataFiles", competition_name=competition.slug)
            with response, writing(path), replacing(path) as part:
                with part.open("wb") as file:
                    file.writelines(response.iter_content(_CHUNK))
                _check(part, competition)

        try:
            try:
                self._session().call(competition, action, fetch)
            except _DamagedZipError:
                self._session().call(competition, action, fetch)
        except NetworkError as error:
            error.hint = f"{error.hint}; or {_by_hand(competition)}"
            raise
        return path

    def submit(self, competition: Competition, file: Path, message: str) -> int:
        """Upload `file` and submit it; returns the submission's ref, for `wait`.

        When it is not known whether Kaggle took the file, the list of submissions decides. If it
        is not there, it is submitted again, once, but not after an answer that makes no sense.
        Raises InputError if there is no `file`, SubmissionError if Kaggle does not take it.
        """
        from kaggle_kit.kaggle_session import UnreadableError

        if not file.is_file():
            raise InputError(f"there is no file {file}", hint="run `kaggle-kit fit` first")
        known = {submission.ref for submission in self.submissions(competition)}
        token = self._upload(competition, file)
        for _ in range(2):
            try:
                return self._create(competition, token, message)
            except (NetworkError, UnreadableError) as error:
                failure = error
            taken = self._look_for(competition, known, file, failure)
            if taken is not None:
                return taken
            if isinstance(failure, UnreadableError):
                break
        failure.hint = _look_first(competition)
        raise failure

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
        KaggleError
            There was no score after `timeout` seconds, or no answer; the submission stands.
        """
        pages = f"{competition.url}/submissions"
        start, looks = time.monotonic(), 0
        while (waited := time.monotonic() - start) < timeout:
            if on_poll:
                on_poll(waited)
            looks += 1
            submission = self._poll(competition, ref, looks)
            if submission and submission.status == "error":
                reason = submission.error or "no reason given"
                raise SubmissionError(
                    f"Kaggle could not score submission {ref}: {reason}",
                    hint=f"correct the file and submit it again; see {pages}",
                )
            if submission and submission.status == "complete":
                return submission
            time.sleep(max(0.0, min(interval, timeout - (time.monotonic() - start))))
        raise NetworkError(
            f"submission {ref} has no score yet after {timeout:g} s", hint=f"look later at {pages}"
        )

    def _poll(self, competition: Competition, ref: int, look: int) -> Submission | None:
        from kaggle_kit.kaggle_session import NotFoundError

        try:
            return self.submission(competition, ref)
        except KaggleError as error:
            if look <= _FIRST_LOOKS and isinstance(error, NotFoundError):
                return None
            where = f"look at {competition.url}/submissions instead of submitting again"
            error.hint = f"submission {ref} was made: {where}"
            raise

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
        def create(api: "Api") -> tuple[int, str]:
            created = api(
                "CreateSubmission",
                competition_name=competition.slug,
                blob_file_tokens=token,
                submission_description=message,
            )
            if not (created.ref or created.message):  # the SDK makes that of any JSON
                raise ValueError("no answer")
            return int(created.ref or 0), created.message

        action = f"submit to {competition.slug}"
        ref, reason = self._session().call(competition, action, create, repeatable=False)
        if ref:
            return ref
        reason = f"Kaggle did not take the submission: {reason}"
        raise SubmissionError(reason, hint=_look_first(competition))

    def _look_for(
        self, competition: Competition, known: set[int], file: Path, failure: KaggleError
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
            hint=f"run the command again, or {_by_hand(competition)}",
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


def _by_hand(competition: Competition) -> str:
    return f"get the zip at {competition.url}/data, then `kaggle-kit download --from ZIP`"


def _look_first(competition: Competition) -> str:
    return f"look at {competition.url}/submissions before you submit again"
