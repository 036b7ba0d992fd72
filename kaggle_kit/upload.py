"""Send a submission to Kaggle, wait for its score, and keep the ledger of both."""

import dataclasses
import hashlib
import time
from collections.abc import Callable

from kaggle_kit import ledger
from kaggle_kit.competition import Competition
from kaggle_kit.errors import SubmissionError
from kaggle_kit.evaluate import Evaluation
from kaggle_kit.files import write_bytes
from kaggle_kit.kaggle_client import KaggleClient
from kaggle_kit.ledger import Entry
from kaggle_kit.runs import Home, Run, revision


@dataclasses.dataclass(frozen=True)
class Uploader:
    """Sends runs' submissions; what was sent stays in `submissions/<slug>/`."""

    client: KaggleClient
    home: Home
    competition: Competition

    def sent_before(self, run: Run) -> Entry | None:
        """The entry of just this submission.csv, if it was sent and not refused."""
        digest = hashlib.sha256(run.submission.read_bytes()).hexdigest()
        return ledger.find(self.home.ledger, self.competition.slug, digest)

    def send(self, run: Run, message: str, evaluation: Evaluation) -> Entry:
        """Upload the run's submission.csv and note it as pending; raises KaggleError.

        The ledger is read before, so that one that is damaged costs no submission.
        """
        content = run.submission.read_bytes()
        ledger.read(self.home.ledger)
        ref = self.client.submit(self.competition, run.submission, message)
        entry = Entry(
            time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            competition=self.competition.slug,
            run=run.folder.name,
            file_sha256=hashlib.sha256(content).hexdigest(),
            revision=revision(),
            cv_mean=evaluation.mean,
            cv_std=evaluation.std,
            ref=ref,
            status="pending",
            public_score=None,
            message=message,
        )
        ledger.record(self.home.ledger, entry)
        write_bytes(self.home.submissions(self.competition.slug) / f"{ref}.csv", content)
        return entry

    def wait(self, entry: Entry, on_poll: Callable[[float], None]) -> Entry:
        """The entry with its public score; `on_poll` gets the seconds waited so far.

        Raises
        ------
        SubmissionError
            Kaggle could not score it; the ledger says so too.
        NetworkError
            No score came in time; the submission stands.
        """
        try:
            done = self.client.wait(self.competition, entry.ref, on_poll)
        except SubmissionError:
            ledger.record(self.home.ledger, dataclasses.replace(entry, status="error"))
            raise
        scored = dataclasses.replace(entry, status=done.status, public_score=done.public_score)
        ledger.record(self.home.ledger, scored)
        return scored
