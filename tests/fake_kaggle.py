"""What our own Kaggle knows and does, without a network: `kaggle_server` puts it on one."""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Like the real one, this Kaggle keeps files at another host, which the client sends no
# credentials; the name is a reserved one, so that nothing can ever answer there.
STORAGE = "http://storage.invalid"


@dataclass
class Entry:
    """A submission that was taken."""

    ref: int
    file_name: str
    content: bytes
    message: str
    looks: int = 0
    date: datetime = field(default_factory=lambda: datetime.now(UTC))


class FakeKaggle:
    """One competition's data, and its submissions with their scores.

    Parameters
    ----------
    data : bytes
        The competition's zip.
    solution : bytes, optional
        The truth, a CSV like a submission; by default the zip's sample_submission.csv.
    pending_looks : int
        How often a submission is shown as pending before its score is.
    """

    slug = "digit-recognizer"
    username, key, token = "tester", "loopback-key", "loopback-token"

    def __init__(self, data, solution=None, pending_looks=1):
        self.data = data
        self.solution = read_labels(solution or self.read_file("sample_submission.csv"))
        self.pending_looks = pending_looks
        self.submissions = []
        self.uploads = {}  # token -> [file name, bytes]

    def answer(self, kind, sent):
        """The JSON for a request, an address to redirect to, or None if there is no such thing."""
        if kind not in HANDLERS or sent.get("competitionName", self.slug) != self.slug:
            return None
        return HANDLERS[kind](self, sent)

    def read_file(self, name):
        """What the storage has under a name of its own giving."""
        if name == f"{self.slug}.zip":
            return self.data
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            return archive.read(name)

    def introspect_token(self, sent):
        return {"active": sent["token"] == self.token, "username": self.username}

    def download_data_files(self, _):
        return f"{STORAGE}/{self.slug}.zip?signature=secret"

    def download_data_file(self, sent):
        return f"{STORAGE}/{sent['fileName']}?signature=secret"

    def start_submission_upload(self, sent):
        token = f"upload{len(self.uploads)}"
        self.uploads[token] = [sent["fileName"], b""]
        return {"token": token, "createUrl": f"{STORAGE}/{token}?signature=secret"}

    def create_submission(self, sent):
        file_name, content = self.uploads[sent["blobFileTokens"]]
        ref = 1001 + len(self.submissions)
        message = sent.get("submissionDescription", "")
        self.submissions.append(Entry(ref, file_name, content, message))
        return {"ref": ref, "message": "Successfully submitted"}

    def get_submission(self, sent):
        return next((self._show(s) for s in self.submissions if s.ref == sent.get("ref")), None)

    def list_submissions(self, sent):
        newest_first = self.submissions[::-1]
        return {"submissions": [self._show(s) for s in newest_first[: sent.get("pageSize", 20)]]}

    def _show(self, entry):
        entry.looks += 1
        pending = {"status": "PENDING", "publicScore": ""}
        return {
            "ref": entry.ref,
            "fileName": entry.file_name,
            "description": entry.message,
            "date": entry.date.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            **(pending if entry.looks <= self.pending_looks else self._score(entry.content)),
        }

    def _score(self, content):
        try:
            labels = read_labels(content)
        except ValueError as error:
            return {"status": "ERROR", "errorDescription": str(error)}
        if labels.keys() != self.solution.keys():
            text = f"Submission must have {len(self.solution)} rows"
            return {"status": "ERROR", "errorDescription": text}
        right = sum(labels[row] == label for row, label in self.solution.items())
        return {"status": "COMPLETE", "publicScore": f"{right / len(labels):.5f}"}


# A new request is one method and one line.
HANDLERS = {
    "IntrospectToken": FakeKaggle.introspect_token,
    "DownloadDataFiles": FakeKaggle.download_data_files,
    "DownloadDataFile": FakeKaggle.download_data_file,
    "StartSubmissionUpload": FakeKaggle.start_submission_upload,
    "CreateSubmission": FakeKaggle.create_submission,
    "GetSubmission": FakeKaggle.get_submission,
    "ListSubmissions": FakeKaggle.list_submissions,
}


def read_labels(content):
    """A submission's CSV as {id: label}; raises ValueError with a reason like Kaggle's."""
    header, *rows = list(csv.reader(io.StringIO(content.decode()))) or [[]]
    if header != ["ImageId", "Label"]:
        raise ValueError(f"Required columns are ImageId, Label; found {', '.join(header)}")
    return dict(rows)


def make_zip():
    """The zip of a tiny competition whose sample submission is the truth."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", "label,pixel0\n" + "".join(f"{i},0\n" for i in range(9999)))
        archive.writestr("sample_submission.csv", "ImageId,Label\n1,7\n2,1\n3,0\n4,4\n")
    return memory.getvalue()
