"""Files packed in every way that the kit opens: `PACKERS` by the ending of the archive's name."""

import io
import tarfile
import zipfile
from pathlib import Path

import py7zr

from kaggle_kit.data.archives import Wanted, unpack


def zipped(members, method=zipfile.ZIP_DEFLATED):
    """Return the bytes of a zip of `members`: contents (text or bytes) by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def tarred(members, compression=""):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:
        for path, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def seven_zipped(members, password=None):
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", password=password) as archive:
        for path, content in members.items():
            archive.writestr(content, path)
    return buffer.getvalue()


PACKERS = {
    ".zip": zipped,
    ".7z": seven_zipped,
    ".tar": tarred,
    ".tar.gz": lambda members: tarred(members, "gz"),
    ".tgz": lambda members: tarred(members, "gz"),
    ".tar.bz2": lambda members: tarred(members, "bz2"),
    ".tar.xz": lambda members: tarred(members, "xz"),
}


def pack(path, members):
    """Write `members` into an archive of the kind of the ending of `path`, or into a folder."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = max((end for end in PACKERS if path.name.endswith(end)), key=len, default=None)
    if ending:
        path.write_bytes(PACKERS[ending](members))
        return path
    for name, content in members.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    path.mkdir(parents=True, exist_ok=True)
    return path


def extract(origin, names, folder):
    """Copy the files called `names` into a folder; all of them are needed."""
    unpack(origin, Wanted(tuple(names)), folder).require(names)


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def in_bytes(members):
    return {k: v.encode() if isinstance(v, str) else v for k, v in members.items()}
