"""Client for notebooks that run at Kaggle: push one, follow it, fetch its output."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from kaggle_kit.errors import KaggleError, NetworkError, RulesError
from kaggle_kit.kaggle.service import KaggleService

if TYPE_CHECKING:
    from kaggle_kit.kaggle.failures import Subject
    from kaggle_kit.kaggle.session import Api, KaggleSession

T = TypeVar("T")
_SOURCE_KINDS = ("competition", "dataset", "kernel", "model")
_CHOICES = ("enable_tpu", "machine_shape", "docker_image", "docker_image_pinning_type")
_PAGE = 100
# Kaggle may show a new version with a delay. The unit is the pause between attempts.
_SETTLING_PAUSES = 5


@dataclass(frozen=True)
class Kernel:
    """A notebook at Kaggle: its name "owner/slug", and a version; None is the newest version."""

    name: str
    version: int | None = None

    @property
    def page(self) -> str:
        return f"https://www.kaggle.com/code/{self.name}"

    @property
    def fields(self) -> dict[str, str]:
        """The fields of a request about this notebook."""
        owner, _, slug = self.name.partition("/")
        # Without the "v", Kaggle answers with 404: Kaggle/kaggle-cli, pull request 1201.
        label = {"version_label": f"v{self.version}"} if self.version else {}
        return {"user_name": owner, "kernel_slug": slug, **label}


@dataclass(frozen=True)
class KernelStatus:
    """The state of a notebook that was pushed.

    `status` is Kaggle's word: queued, running, complete, error, cancel_…; `failure` is the reason.
    """

    status: str
    failure: str

    @property
    def is_over(self) -> bool:
        return self.status in {"complete", "error", "cancel_acknowledged"}


@dataclass(frozen=True)
class _OutputPage:
    """The addresses of some output files by name, the log, and the token of the next page."""

    files: dict[str, str]
    log: str
    next_token: str


class KaggleKernels(KaggleService):
    def push(self, metadata: dict[str, Any], notebook: str) -> Kernel:
        """Save and run a notebook; return its name and its new version.

        If the answer does not tell whether Kaggle took it, the version that Kaggle shows decides.

        Parameters
        ----------
        metadata, notebook
            The two values that `kernel.metadata.read_kernel` returns.

        Raises
        ------
        KaggleError
            Kaggle refused the notebook, or took it without one of its sources, or it is not known
            what Kaggle did.
        """
        from kaggle_kit.kaggle.failures import UnreadableError

        kernel = Kernel(metadata["id"])
        before = self._version(kernel)
        try:
            version = self._session().call(
                f"push {kernel.name}",
                lambda api: self._save(api, metadata, notebook),
                subject=_pushed(kernel),
                repeatable=False,
            )
        except (NetworkError, UnreadableError) as error:
            version = self._version_after(kernel, error)
            if before is None or version <= before:
                error.hint = f"look at {kernel.page} before you push again"
                raise
        return replace(kernel, version=version)

    def status(self, kernel: Kernel) -> KernelStatus:
        def ask(api: "Api") -> KernelStatus:
            found = api("GetKernelSessionStatus", **kernel.fields)
            return KernelStatus(found.status.name.lower(), found.failure_message or "")

        return self._ask(kernel, "tell the status of", ask)

    def log(self, kernel: Kernel) -> str:
        """The text that the notebook has printed; "" if Kaggle does not return it, or not yet."""
        try:
            return self._outputs(kernel, "").log
        except KaggleError:  # the log is an extra: it must not hide the failure that it explains
            return ""

    def output(self, kernel: Kernel, folder: Path) -> list[Path]:
        """Fetch all files of the notebook's working folder into `folder`.

        Returns
        -------
        list of Path: the files, in Kaggle's order.

        Raises
        ------
        KaggleError
            The name of a file leads out of the folder, or a file cannot be fetched completely.
        """
        session, action = self._session(), f"fetch the output of {kernel.name}"
        paths, token = [], ""
        while True:
            # Storage addresses expire, so a page's files are fetched before the next page is read.
            page = self._outputs(kernel, token)
            for name, url in page.files.items():
                path = folder / _safe(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                session.call(action, partial(_get, session, url, path), subject=_pushed(kernel))
                paths.append(path)
            token = page.next_token
            if not token:
                return paths

    def _ask(self, kernel: Kernel, action: str, request: "Callable[[Api], T]") -> T:
        from kaggle_kit.kaggle.failures import NotFoundError

        try:
            subject = _pushed(kernel)
            return self._session().call(f"{action} {kernel.name}", request, subject=subject)
        except (NotFoundError, RulesError) as error:
            error.hint = f"see whether {kernel.page} exists and is yours; if not, give --owner USER"
            raise

    def _outputs(self, kernel: Kernel, token: str) -> _OutputPage:
        def ask(api: "Api") -> _OutputPage:
            asked = {"page_size": _PAGE, "page_token": token, **kernel.fields}
            found = api("ListKernelSessionOutput", **asked)
            files = {file.file_name: file.url for file in found.files or []}
            return _OutputPage(files, _text(found.log or ""), found.next_page_token or "")

        return self._ask(kernel, "list the output of", ask)

    def _version(self, kernel: Kernel) -> int | None:
        """The newest version; 0 if there is none, None if Kaggle does not show it to this user."""
        from kaggle_kit.kaggle.failures import NotFoundError

        def ask(api: "Api") -> int:
            return int(api("GetKernel", **kernel.fields).metadata.current_version_number or 0)

        try:
            return self._session().call(f"show {kernel.name}", ask, subject=_pushed(kernel))
        except NotFoundError:
            return 0
        except RulesError:
            return None

    def _version_after(self, kernel: Kernel, failure: KaggleError) -> int:
        """The version at Kaggle after a push whose failure does not tell if Kaggle took it."""
        time.sleep(_SETTLING_PAUSES * self._pause)
        try:
            return self._version(kernel) or 0
        except KaggleError as error:
            message = f"{failure}; whether Kaggle took {kernel.name} is not known"
            hint = f"look at {kernel.page} before you push again"
            raise NetworkError(message, hint=hint) from error

    def _save(self, api: "Api", metadata: dict[str, Any], notebook: str) -> int:
        sources = {f"{kind}_data_sources": metadata[f"{kind}_sources"] for kind in _SOURCE_KINDS}
        taken = ("language", "kernel_type", "is_private", "enable_gpu", "enable_internet")
        chosen = {name: metadata[name] for name in _CHOICES if name in metadata}
        saved = api(
            "SaveKernel",
            slug=metadata["id"],
            new_title=metadata["title"],
            text=notebook,
            category_ids=metadata["keywords"],
            **sources,
            **chosen,
            **{name: metadata[name] for name in taken},
        )
        if saved.error:
            raise KaggleError(f"Kaggle refused the notebook: {saved.error}", hint=_LOOK)
        for kind in _SOURCE_KINDS:
            invalid = getattr(saved, f"invalid_{kind}_sources")
            if invalid:
                names = ", ".join(invalid)
                raise KaggleError(f"Kaggle knows no {kind} {names}", hint=_LOOK)
        if not saved.version_number:  # the SDK reads any JSON as an empty answer
            raise ValueError("no answer")
        return int(saved.version_number)


def _pushed(kernel: Kernel) -> "Subject":
    """A notebook as the subject of a call, with what its refusals mean."""
    from kaggle_kit.kaggle.credentials import SETTINGS_PAGE
    from kaggle_kit.kaggle.failures import Subject

    owner = kernel.name.partition("/")[0]
    hints = {
        400: f"{_LOOK}; Kaggle says above what is wrong",
        403: f"see whether the credentials are those of {owner} (--owner USER names another), and "
        f"verify your phone number at {SETTINGS_PAGE}",
        404: f"see whether {owner} is your user, as in the address of your profile",
        409: f"another notebook of yours has this title, or is being saved: see {kernel.page}; "
        "a new title and id in kernel-metadata.json make a new notebook",
        413: "the notebook is too large for Kaggle: fit a smaller ensemble, or search there",
    }
    return Subject(kernel.page, hints)


def _get(session: "KaggleSession", url: str, path: Path, _: "Api") -> None:
    session.get(url, path)


_LOOK = "correct kernel-metadata.json in kernels/, which is kept, then push again"


def _safe(name: str) -> PurePosixPath:
    """The name of an output file as a path; raise KaggleError if it leads out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name:
        raise KaggleError(
            f"the output has a file called {name[:80]!r}, which is not a path inside the folder",
            hint="nothing of the output was kept; look at the notebook's page",
        )
    return path


def _text(log: str) -> str:
    """The text of a log: a list of JSON objects, as at Kaggle, or one such object in each line.

    Other text is unchanged.
    """
    try:
        events = json.loads(log)
    except ValueError:
        events = list(map(_event, log.splitlines(keepends=True)))
        if not any(isinstance(event, dict) for event in events):
            return log
    return re.sub(r"\x1b\[[0-9;]*m", "", "".join(_pieces(events)))


def _event(line: str) -> Any:
    """The JSON object in a line, which may be one of a list; the line itself if there is none."""
    try:
        return json.loads(line.strip().strip("[],"))
    except ValueError:
        return line if line.strip(" []\r\n") else ""


def _pieces(events: Any) -> Iterator[str]:
    for event in events if isinstance(events, list) else []:
        yield str(event.get("data", "")) if isinstance(event, dict) else str(event)
