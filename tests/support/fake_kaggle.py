"""The data and the behaviour of the fake Kaggle, without a network; `kaggle_server` serves it."""

import csv
import io
import json
import math
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Like the real Kaggle, the fake one keeps files at another host, and the client sends no
# credentials to that host. The name is reserved, so no server can ever answer there.
STORAGE = "http://storage.invalid"

BOARD = (
    "\ufeffRank,TeamId,TeamName,LastSubmissionDate,Score,SubmissionCount,TeamMemberUserNames\n"
    "1,11,perfect,2026-11-20 10:00:00,1.00000,1,someone\n"
    "2,12,us,2026-11-21 10:00:00,0.99571,3,tester\n"
    "3,13,they,2026-11-19 10:00:00,0.98000,7,a;b\n"
).encode()


NOTEBOOKS_ONLY = "Submission not allowed: This competition only accepts Submissions from Notebooks."


@dataclass
class Refusal:
    """An answer that says no."""

    status: int
    message: str


@dataclass
class Entry:
    """A submission that was accepted."""

    ref: int
    file_name: str
    content: bytes
    message: str
    looks: int = 0
    date: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Kernel:
    """A notebook that was pushed; its status is queued, then running, then `ends`.

    `files` are its output files. `log` is its printed text, which is shown after it has ended.
    """

    sent: dict
    version: int = 1
    looks: int = 0
    ends: str = "COMPLETE"
    failure: str = ""
    files: dict = field(default_factory=dict)
    log: list = field(default_factory=lambda: ["hello\n", "working\n", "done\n"])


class FakeKaggle:
    """One competition's data, its submissions with their scores, and the user's notebooks.

    Parameters
    ----------
    data : bytes
        The competition's zip.
    solution : bytes, optional
        The true labels, a CSV like a submission; by default the zip's sample_submission.csv.
    pending_looks : int
        How often a submission is shown as pending before its score is shown.

    Attributes
    ----------
    slug : str
    metric : str
        "Categorization Accuracy", or "Log Loss" for a submission of probabilities of a class whose
        solution is 0 or 1.
    notebooks_only : bool
    """

    username, key, token = "tester", "loopback-key", "loopback-token"

    def __init__(self, data, solution=None, pending_looks=1):
        self.data, self.slug = data, "digit-recognizer"
        self.metric, self.notebooks_only = "Categorization Accuracy", False
        self.solution = read_labels(solution or self.read_file("sample_submission.csv"))
        self.pending_looks = pending_looks
        self.daily_limit, self.largest_page = 5, 100
        self.board, self.has_entered, self.limited_by_total = BOARD, True, False
        self.record, self.pages = {}, {}  # more of the competition's record; pages by name
        self.submissions = []
        self.uploads = {}  # token -> [file name, bytes]
        self.kernels = {}  # owner/slug -> newest Kernel
        self.versions = {}  # (owner/slug, "v1") -> Kernel
        self.makes = {}  # the fields of the next Kernel

    def answer(self, kind, sent):
        """Return the answer: JSON, an address to redirect to, or a file; None if not found."""
        if kind not in HANDLERS or sent.get("competitionName", self.slug) != self.slug:
            return None
        return HANDLERS[kind](self, sent)

    def read_file(self, name):
        """Return the file that the storage has under a name that it has given."""
        if name == f"{self.slug}.zip":
            return self.data
        if name.startswith("output/"):
            owner, slug, file = name.removeprefix("output/").split("/", 2)
            return self.kernels[f"{owner}/{slug}"].files[file]
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            return archive.read(name)

    def introspect_token(self, sent):
        return {"active": sent["token"] == self.token, "username": self.username}

    def download_data_files(self, _):
        return f"{STORAGE}/{self.slug}.zip?signature=secret"

    def download_data_file(self, sent):
        return f"{STORAGE}/{sent['fileName']}?signature=secret"

    def start_submission_upload(self, sent):
        if self.notebooks_only:
            return Refusal(400, NOTEBOOKS_ONLY)
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
        start = int(sent.get("pageToken") or 0)
        end = start + min(sent.get("pageSize", 20), self.largest_page)
        more = {"nextPageToken": str(end)} if end < len(newest_first) else {}
        return {"submissions": [self._show(s) for s in newest_first[start:end]], **more}

    def get_competition(self, _):
        return {
            "ref": self.slug,
            "userHasEntered": self.has_entered,
            "isKernelsSubmissionsOnly": self.notebooks_only,
            "evaluationMetric": self.metric,
            "maxDailySubmissions": self.daily_limit,
            **self.record,
        }

    def list_competition_pages(self, _):
        return {"pages": [{"name": name, "content": text} for name, text in self.pages.items()]}

    def get_submission_limits(self, _):
        made = len(self.submissions)
        left = max(0, self.daily_limit - made)
        allowed = {"numAllowedNow": left if made else 0, "limitedByTotal": self.limited_by_total}
        return {"numToday": made, "numTotal": made, **allowed}

    def download_leaderboard(self, _):
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{self.slug}-publicleaderboard-2026-11-22T10:00:00.csv", self.board)
        return memory.getvalue()

    def save_kernel(self, sent):
        before = self.kernels.get(sent["slug"])
        kernel = Kernel(sent, before.version + 1 if before else 1, **self.makes)
        self.kernels[sent["slug"]] = kernel
        self.versions[sent["slug"], f"v{kernel.version}"] = kernel
        url = f"https://www.kaggle.com/code/{sent['slug']}"
        return {"ref": sent["slug"], "url": url, "versionNumber": kernel.version}

    def get_kernel(self, sent):
        kernel = self._kernel(sent)
        if kernel:
            return {"metadata": {"currentVersionNumber": kernel.version}, "blob": {}}
        return None

    def get_kernel_session_status(self, sent):
        kernel = self._kernel(sent)
        if kernel is None:
            return None
        kernel.looks += 1
        stages = ["QUEUED", "RUNNING", kernel.ends]
        status = stages[min(kernel.looks, len(stages)) - 1]
        over = status == kernel.ends
        return {"status": status, **({"failureMessage": kernel.failure} if over else {})}

    def list_kernel_session_output(self, sent):
        kernel = self._kernel(sent)
        if kernel is None:
            return None
        events = [{"stream_name": "stdout", "time": 1.0, "data": text} for text in kernel.log]
        over = kernel.looks > 2
        start = int(sent.get("pageToken") or 0)
        names = list(kernel.files)[start : start + self.largest_page] if over else []
        place = f"{STORAGE}/output/{sent['userName']}/{sent['kernelSlug']}"
        more = start + self.largest_page
        return {
            "files": [{"fileName": n, "url": f"{place}/{n}?signature=secret"} for n in names],
            "log": json.dumps(events) if over else "",
            **({"nextPageToken": str(more)} if over and more < len(kernel.files) else {}),
        }

    def _kernel(self, sent):
        name = f"{sent['userName']}/{sent['kernelSlug']}"
        if label := sent.get("versionLabel"):
            return self.versions.get((name, label))
        return self.kernels.get(name)

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
        judge = log_loss if self.metric == "Log Loss" else share_of_right
        return {"status": "COMPLETE", "publicScore": f"{judge(labels, self.solution):.5f}"}


# A new kind of request needs one method above and one line here.
HANDLERS = {
    "IntrospectToken": FakeKaggle.introspect_token,
    "DownloadDataFiles": FakeKaggle.download_data_files,
    "DownloadDataFile": FakeKaggle.download_data_file,
    "StartSubmissionUpload": FakeKaggle.start_submission_upload,
    "CreateSubmission": FakeKaggle.create_submission,
    "GetSubmission": FakeKaggle.get_submission,
    "ListSubmissions": FakeKaggle.list_submissions,
    "GetCompetition": FakeKaggle.get_competition,
    "ListCompetitionPages": FakeKaggle.list_competition_pages,
    "GetSubmissionLimits": FakeKaggle.get_submission_limits,
    "SaveKernel": FakeKaggle.save_kernel,
    "GetKernel": FakeKaggle.get_kernel,
    "GetKernelSessionStatus": FakeKaggle.get_kernel_session_status,
    "ListKernelSessionOutput": FakeKaggle.list_kernel_session_output,
    "DownloadLeaderboard": FakeKaggle.download_leaderboard,
}


def read_labels(content):
    """Return a submission's CSV as {id: label}; raise ValueError with a reason like Kaggle's."""
    header, *rows = list(csv.reader(io.StringIO(content.decode()))) or [[]]
    if header != ["ImageId", "Label"]:
        raise ValueError(f"Required columns are ImageId, Label; found {', '.join(header)}")
    return dict(rows)


def share_of_right(labels, solution):
    return sum(labels[row] == label for row, label in solution.items()) / len(labels)


def log_loss(chances, solution):
    said = [
        float(chances[row]) if true == "1" else 1 - float(chances[row])
        for row, true in solution.items()
    ]
    return -sum(math.log(max(chance, 1e-15)) for chance in said) / len(said)


def make_zip():
    """Return the zip of a tiny competition whose sample submission has the true labels."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", "label,pixel0\n" + "".join(f"{i},0\n" for i in range(9999)))
        archive.writestr("sample_submission.csv", "ImageId,Label\n1,7\n2,1\n3,0\n4,4\n")
    return memory.getvalue()
