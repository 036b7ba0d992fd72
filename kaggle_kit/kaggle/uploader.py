"""Send a submission to Kaggle, wait for its score, and record both in the ledger."""

import contextlib
import dataclasses
import hashlib
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from kaggle_kit.errors import KaggleError, SubmissionError
from kaggle_kit.kaggle.records import Submission
from kaggle_kit.kaggle.submissions import KaggleSubmissions
from kaggle_kit.workspace import ledger
from kaggle_kit.workspace.files import locked, remove_leftovers, scratch_folder, write_bytes
from kaggle_kit.workspace.ledger import Entry
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.provenance import revision

Note = Callable[[str], None]
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_OURS = ("run", "file_sha256", "revision", "cv_mean", "cv_std")  # fields that Kaggle does not know


@dataclasses.dataclass(frozen=True)
class Outgoing:
    """A submission to be sent.

    Attributes
    ----------
    run : str
        The name of the run that made it, or of the file if it was made elsewhere.
    content : bytes
    cv_mean, cv_std : float or None
        The cross-validation of what made it, as Kaggle shows the metric; None if it is not known.
    """

    run: str
    content: bytes
    cv_mean: float | None = None
    cv_std: float | None = None


class Sent(NamedTuple):
    """A submission as recorded in the ledger; `is_new` is False if it was made before."""

    entry: Entry
    is_new: bool


@dataclasses.dataclass(frozen=True)
class Uploader:
    """Sends submissions; keeps each file that was sent in `submissions/<slug>/`.

    At Kaggle a file is called `<run>-<first digits of its SHA-256>.csv`. Kaggle's list therefore
    shows which content was sent before, from any machine.
    """

    client: KaggleSubmissions
    home: Home
    note: Note

    @property
    def _slug(self) -> str:
        return self.client.competition.slug

    def send(self, outgoing: Outgoing, message: str, *, again: bool = False) -> Sent:
        """Upload a submission, unless it was sent before; `again` sends it anyway.

        The ledger is read first, so that a damaged ledger costs no submission. If two processes
        send at the same time, the second waits until the first has sent its file.

        Raises
        ------
        SubmissionError
            No submission is left today, or Kaggle did not take the file, or it could not score
            the same file before.
        KaggleError
            The file could not be sent, or it is not known whether it was sent; the message says
            which.
        """
        digest = hashlib.sha256(outgoing.content).hexdigest()
        name = outgoing.run + _suffix(digest)
        lock = self.home.submissions(self._slug) / ".upload.lock"
        with locked(lock, self.note, "waiting for another kaggle-kit that is submitting"):
            known = ledger.entries(self.home.ledger, self._slug)
            entry = Entry(
                time=time.strftime(_TIME, time.gmtime()),
                competition=self._slug,
                run=outgoing.run,
                file_sha256=digest,
                revision=revision(),
                cv_mean=outgoing.cv_mean,
                cv_std=outgoing.cv_std,
                ref=0,
                status="pending",
                public_score=None,
                message=message,
            )
            before = None if again else self._sent_before(known, entry)
            if before and before.status == "error":
                raise SubmissionError(
                    "Kaggle could not score this very file when it was sent before, as number "
                    f"{before.ref}{self._reason(before)}",
                    hint="nothing was sent; correct the file, or send it once more with --again",
                )
            if before:
                return Sent(before, is_new=False)
            self._check_limits()
            remove_leftovers(lock.parent)
            with scratch_folder(lock.parent, "upload") as folder:
                copy = folder / "submission.csv"
                copy.write_bytes(outgoing.content)
                ref = self.client.submit(copy, message, name)
            entry = dataclasses.replace(entry, ref=ref)
            ledger.record(self.home.ledger, entry)
        write_bytes(self.home.submissions(self._slug) / f"{ref}.csv", outgoing.content)
        return Sent(entry, is_new=True)

    def wait(self, entry: Entry, on_poll: Callable[[float], None]) -> Entry:
        """Wait for the public score and return the entry with it.

        `on_poll` gets the seconds waited so far.

        Raises
        ------
        SubmissionError
            Kaggle could not score the file; the ledger records this.
        NetworkError
            There was no score in time; the submission remains at Kaggle.
        """
        try:
            done = self.client.wait(entry.ref, on_poll)
        except SubmissionError:
            ledger.record(self.home.ledger, dataclasses.replace(entry, status="error"))
            raise
        scored = dataclasses.replace(entry, status=done.status, public_score=done.public_score)
        ledger.record(self.home.ledger, scored)
        return scored

    def synchronise(self) -> int:
        """Update the ledger from Kaggle's list; return the number of new or changed rows."""
        listed = [self._entry(found) for found in self.client.every()]
        return ledger.record(self.home.ledger, *listed) if listed else 0

    def _sent_before(self, known: list[Entry], entry: Entry) -> Entry | None:
        """The last submission of exactly this content; one that Kaggle could score, if any.

        If the ledger has none that Kaggle could score, Kaggle's list is searched too. The ledger
        lacks a submission from another machine, or one whose process was killed before it could
        record it.
        """
        noted = [e for e in reversed(known) if e.file_sha256 == entry.file_sha256]
        if any(e.status != "error" for e in noted):
            return _best(noted)
        ours = {name: getattr(entry, name) for name in _OURS}
        listed = [
            dataclasses.replace(self._entry(found), **ours)
            for found in self.client.newest()
            if found.file_name.endswith(_suffix(entry.file_sha256))
        ]
        if listed:
            ledger.record(self.home.ledger, *listed)
        return _best(listed + noted)

    def _reason(self, refused: Entry) -> str:
        with contextlib.suppress(KaggleError):  # the reason is an extra and may be missing
            said = self.client.submission(refused.ref).error
            return f": {said}" if said else ""
        return ""

    def _check_limits(self) -> None:
        try:
            limits = self.client.limits()
        except KaggleError as error:  # the submission itself may work all the same
            self.note(f"the number of submissions left today is not known: {error}")
            return
        if limits is None:
            return
        if limits.left:
            self.note(f"submissions left today (UTC), before this one: {limits.left}")
            return
        if limits.by_total:
            raise SubmissionError(
                f"Kaggle takes no more submissions to {self._slug} from this team",
                hint="nothing was sent; the competition's own limit is reached",
            )
        now = datetime.now(UTC)
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        hours, minutes = divmod(int((midnight - now).total_seconds()) // 60, 60)
        raise SubmissionError(
            f"Kaggle takes no more submissions to {self._slug} today: "
            f"{limits.made} were made since 00:00 UTC",
            hint=f"nothing was sent; run the command again in {hours} h {minutes:02d} min",
        )

    def _entry(self, found: Submission) -> Entry:
        """The ledger entry of a submission from Kaggle's list."""
        ours = re.fullmatch(r"(.+)-[0-9a-f]{12}\.csv", found.file_name)
        return Entry(
            time=found.date.strftime(_TIME) if found.date else "",
            competition=self._slug,
            run=ours[1] if ours else "",
            file_sha256="",
            revision="",
            cv_mean=None,
            cv_std=None,
            ref=found.ref,
            status=found.status,
            public_score=found.public_score,
            message=found.message,
        )


def _best(newest_first: list[Entry]) -> Entry | None:
    return min(newest_first, key=lambda entry: entry.status == "error", default=None)


def _suffix(digest: str) -> str:
    return f"-{digest[:12]}.csv"
