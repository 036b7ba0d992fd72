"""Compare the archive of a competition's files with the checksum that is known of Kaggle's zip.

`checksums.json` beside the description of a competition has it, where a public source states it.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from kaggle_kit.competition.registry import folder_of
from kaggle_kit.data.progress import Watch, unwatched

BLOCK = 1 << 22  # bytes


@dataclass(frozen=True)
class Checksum:
    """The MD5 of an archive, and that of Kaggle's zip, both in hexadecimal."""

    md5: str
    known: str

    @property
    def is_equal(self) -> bool:
        return self.md5 == self.known

    def describe(self, name: str) -> str:
        """One sentence about the archive called `name`."""
        if self.is_equal:
            return f"{name} is verified: its MD5 is that of Kaggle's zip"
        return (
            f"{name} is not the zip that Kaggle gives, and is used as it is: "
            f"its MD5 is {self.md5}, expected {self.known}"
        )


def known_md5(slug: str) -> str:
    """The MD5 of Kaggle's zip of a competition; empty if none is known."""
    try:
        text = (folder_of(slug) / "checksums.json").read_text(encoding="utf-8")
    except OSError:
        return ""
    return str(json.loads(text)[f"{slug}.zip"]["md5"])


def compare_archive(path: Path, slug: str, watch: Watch = unwatched) -> Checksum | None:
    """Compare a file with Kaggle's zip; None for a folder, or if no checksum is known."""
    known = known_md5(slug)
    if not known or not path.is_file():
        return None
    digest = hashlib.md5(usedforsecurity=False)
    done, total = 0, path.stat().st_size
    with watch("checking the archive") as progress, path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            done += len(block)
            progress(done, total)
    return Checksum(digest.hexdigest(), known)
