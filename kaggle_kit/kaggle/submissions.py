"""Client for submissions to a competition: make one, wait for its score, list them all.

submissions = KaggleSubmissions(competition)
ref = submissions.submit(csv, "first try")
print(submissions.wait(ref).public_score)
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit.errors import InputError, KaggleError, NetworkError, SubmissionError
from kaggle_kit.kaggle.records import (
    Limits,
    Record,
    Submission,
    limits_of,
    record_of,
    submission_of,
)
from kaggle_kit.kaggle.service import KaggleService

if TYPE_CHECKING:
    from kaggle_kit.kaggle.failures import Subject
    from kaggle_kit.kaggle.session import Api

_PAGE = 100
# Kaggle may list a submission only some time after it took it. These are the waits before each
# look at the list; the unit is the pause between attempts.
_SETTLING_PAUSES = (5, 10, 20)
_FIRST_LOOKS = 3  # these may find nothing yet, for the same reason
_SPEAKS_OF_NOTEBOOKS = re.compile(r"\b(notebooks?|kernels?)\b", re.IGNORECASE)
FROM_NOTEBOOK = (
    "`kaggle-kit kernel push` runs the kit in a notebook there, whose page offers its output for "
    "submission; `kaggle-kit submit --dry-run` writes and checks the file here"
)


class KaggleSubmissions(KaggleService):
    def record(self) -> Record:
        """What Kaggle says of the competition."""
        return self._session().call(
            f"show {self.competition.slug}",
            lambda api: record_of(api("GetCompetition", competition_name=self.competition.slug)),
        )

    def has_entered(self) -> bool:
        """Whether the user has accepted the competition's rules."""
        return self.record().has_entered

    def limits(self) -> Limits | None:
        """The limits of today; None before the first submission, when Kaggle does not know them."""
        return self._session().call(
            "tell how many submissions are left",
            lambda api: limits_of(
                api("GetSubmissionLimits", competition_name=self.competition.slug)
            ),
        )

    def submit(self, file: Path, message: str, name: str | None = None) -> int:
        """Upload `file` and submit it; return the ref of the submission, for `wait`.

        If it is not known whether Kaggle took the file, the list of submissions is searched for
        the file, for half a minute. The file is never submitted a second time, because the list
        may be late.

        Parameters
        ----------
        name : str, optional
            The name of the file at Kaggle; by default the name of `file`.

        Raises
        ------
        InputError
            `file` does not exist.
        SubmissionError
            Kaggle does not take the file.
        NetworkError
            Kaggle cannot be reached, or it is not known whether Kaggle took the file; the message
            says which.
        """
        from kaggle_kit.kaggle.failures import RateLimitError, UnreadableError

        if not file.is_file():
            raise InputError(f"there is no file {file}", hint="run `kaggle-kit fit` first")
        name = name or file.name
        known = {submission.ref for submission in self.newest()}
        with self._telling_of_notebooks():
            token = self._upload(file, name)
            try:
                return self._create(token, message)
            except RateLimitError:
                raise
            except (NetworkError, UnreadableError) as error:
                taken = self._look_for(known, name)
                if taken is None:
                    raise NetworkError(
                        f"{error}; whether Kaggle took {name} is not known",
                        hint="run the command again later, without --again: it looks first at "
                        f"what Kaggle has; or look at {self.competition.url}/submissions",
                    ) from error
                return taken

    def submission(self, ref: int) -> Submission:
        return self._session().call(
            f"show submission {ref}",
            lambda api: submission_of(api("GetSubmission", ref=ref)),
            subject=self._subject,
        )

    def newest(self) -> list[Submission]:
        """The last submissions, up to a hundred, newest first."""
        return self._page("")[0]

    def every(self) -> list[Submission]:
        """All submissions ever made, newest first."""
        found, token = self._page("")
        while token:
            page, token = self._page(token)
            found += page
        return found

    def wait(
        self,
        ref: int,
        on_poll: Callable[[float], None] | None = None,
        timeout: float = 600.0,
        interval: float = 5.0,
    ) -> Submission:
        """Return the submission once it is scored.

        Before each look, `on_poll` gets the seconds waited so far.

        Raises
        ------
        SubmissionError
            Kaggle could not score the file; the message has Kaggle's reason.
        KaggleError
            There was no score after `timeout` seconds (a NetworkError), or Kaggle answered with a
            failure that is not temporary. The submission remains at Kaggle.
        """
        pages = f"{self.competition.url}/submissions"
        start, looks = time.monotonic(), 0
        while (waited := time.monotonic() - start) < timeout:
            if on_poll:
                on_poll(waited)
            looks += 1
            submission = self._poll(ref, looks)
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
            f"submission {ref}: no score yet after {timeout:g} s",
            hint=f"look later at {pages}, or with `kaggle-kit submit --sync`",
        )

    @contextlib.contextmanager
    def _telling_of_notebooks(self) -> Iterator[None]:
        """If Kaggle refuses a file because it takes notebooks only, say what to do instead."""
        try:
            yield
        except NetworkError:
            raise
        except KaggleError as error:
            if _SPEAKS_OF_NOTEBOOKS.search(str(error).replace(self.competition.slug, "")):
                error.hint = FROM_NOTEBOOK
            raise

    def _poll(self, ref: int, look: int) -> Submission | None:
        from kaggle_kit.kaggle.failures import NotFoundError

        try:
            return self.submission(ref)
        except NetworkError:
            return None
        except KaggleError as error:
            if look <= _FIRST_LOOKS and isinstance(error, NotFoundError):
                return None
            where = f"look at {self.competition.url}/submissions instead of submitting again"
            error.hint = f"submission {ref} was made: {where}"
            raise

    @property
    def _subject(self) -> "Subject":
        from kaggle_kit.kaggle.failures import subject_of

        return subject_of(self.competition, "/submissions")

    def _page(self, token: str) -> tuple[list[Submission], str]:
        """One page of the list, and the token of the next page; "" after the last page."""
        asked = {"competition_name": self.competition.slug, "page_size": _PAGE, "page_token": token}

        def ask(api: "Api") -> tuple[list[Submission], str]:
            answer = api("ListSubmissions", **asked)
            return [submission_of(s) for s in answer.submissions], answer.next_page_token or ""

        action = f"list the submissions to {self.competition.slug}"
        return self._session().call(action, ask, subject=self._subject)

    def _upload(self, file: Path, name: str) -> str:
        """Upload the file to Kaggle without submitting it; return the token that names it."""
        session, stat = self._session(), file.stat()

        def upload(api: "Api") -> str:
            place = api(
                "StartSubmissionUpload",
                competition_name=self.competition.slug,
                file_name=name,
                content_length=stat.st_size,
                last_modified_epoch_seconds=int(stat.st_mtime),
            )
            session.put(place.create_url, file)
            return str(place.token)

        return session.call(f"upload {file.name}", upload, subject=self._subject)

    def _create(self, token: str, message: str) -> int:
        def create(api: "Api") -> tuple[int, str]:
            created = api(
                "CreateSubmission",
                competition_name=self.competition.slug,
                blob_file_tokens=token,
                submission_description=message,
            )
            if not (created.ref or created.message):  # the SDK reads any JSON as an empty answer
                raise ValueError("no answer")
            return int(created.ref or 0), created.message

        action = f"submit to {self.competition.slug}"
        session = self._session()
        ref, reason = session.call(action, create, subject=self._subject, repeatable=False)
        if ref:
            return ref
        raise SubmissionError(
            f"Kaggle did not take the submission: {reason}",
            hint=f"look at {self.competition.url}/submissions before you submit again",
        )

    def _look_for(self, known: set[int], name: str) -> int | None:
        """The ref of a new submission called `name`; None if the list does not show one."""
        self._note("Kaggle's answer was lost; looking whether it has the submission")
        for pauses in _SETTLING_PAUSES:
            time.sleep(pauses * self._pause)
            with contextlib.suppress(KaggleError):  # the next look may find it
                for found in self.newest():
                    if found.ref not in known and found.file_name == name:
                        return found.ref
        return None
