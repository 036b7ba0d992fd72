import json

import pytest

from kaggle_kit.workspace import written
from kaggle_kit.workspace.written import (
    RECORD,
    Origin,
    carry_over,
    edited,
    note_all,
    origin,
    set_aside,
    write_file,
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "my run" / "file.csv"
    write_file(path, b"ours")
    return path


def test_what_was_written_is_the_kits_until_it_is_edited(path):
    assert origin(path) is Origin.KIT
    path.write_bytes(b"mine")
    assert origin(path) is Origin.USER
    assert edited(path.parent) == ["file.csv"]
    path.write_bytes(b"ours")
    assert origin(path) is Origin.KIT
    path.unlink()
    assert origin(path) is Origin.NOBODY
    path.mkdir()
    assert origin(path) is Origin.USER


def test_what_an_older_kit_wrote_is_of_unknown_origin_until_it_is_written_again(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"old")
    assert origin(path) is Origin.UNKNOWN
    write_file(path, b"new")
    assert origin(path) is Origin.KIT


@pytest.mark.parametrize("record", [b"", b"[]", b"\xff", b'{"file.csv": 3}'])
def test_a_damaged_record_is_none(path, record):
    (path.parent / RECORD).write_bytes(record)
    assert origin(path) is Origin.UNKNOWN
    write_file(path, b"new")
    assert origin(path) is Origin.KIT


def test_a_file_that_has_its_content_is_not_written(path):
    before = [(file, file.stat().st_mtime_ns, file.stat().st_ino) for file in path.parent.iterdir()]
    write_file(path, b"ours")
    after = [(file, file.stat().st_mtime_ns, file.stat().st_ino) for file in path.parent.iterdir()]
    assert after == before


@pytest.fixture
def write_and_die(monkeypatch):
    """Like write_file, but the process ends after the record and before the file."""

    def die(*_):
        raise KeyboardInterrupt

    def call(path, content):
        with monkeypatch.context() as patch:
            patch.setattr(written, "write_bytes", die)
            with pytest.raises(KeyboardInterrupt):
                write_file(path, content)

    return call


@pytest.mark.parametrize(
    ("content", "is_of"),
    [(b"ours", Origin.KIT), (b"mine", Origin.USER), (None, Origin.NOBODY)],
)
def test_killed_between_record_and_file_nobody_is_mistaken(path, write_and_die, content, is_of):
    path.unlink() if content is None else path.write_bytes(content)
    write_and_die(path, b"new")
    assert origin(path) is is_of
    write_file(path, b"new")
    assert origin(path) is Origin.KIT


def test_several_killed_attempts_forget_no_file(path, write_and_die):
    for content in (b"one", b"two", b"three"):
        write_and_die(path, content)
    assert origin(path) is Origin.KIT


def test_an_edit_that_was_replaced_and_made_again_is_an_edit(path):
    path.write_bytes(b"mine")
    write_file(path, b"new")
    path.write_bytes(b"mine")
    assert origin(path) is Origin.USER


def test_what_is_set_aside_takes_no_name_that_is_taken(path):
    names = []
    for content in (b"1", b"2", b"3"):
        path.write_bytes(content)
        names.append(set_aside(path).name)
    assert names == ["file.edited.csv", "file.edited-2.csv", "file.edited-3.csv"]
    assert [(path.parent / name).read_bytes() for name in names] == [b"1", b"2", b"3"]
    assert json.loads((path.parent / RECORD).read_bytes())


@pytest.mark.parametrize("is_noted", [True, False])
def test_what_the_user_added_is_carried_over_and_what_is_the_kits_is_not(tmp_path, is_noted):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        (folder / "code").mkdir(parents=True)
        (folder / "code" / "a.py").write_text(folder.name)
        (folder / "notes.md").write_text(folder.name)
    (old / "code" / "gone.py").touch()
    if is_noted:
        note_all(old)
        (old / "notes.md").write_text("mine")
    (old / "mine" / "deep").mkdir(parents=True)
    for name in ("one", "two"):
        (old / "mine" / "deep" / name).write_text(name)
    assert carry_over(old, new) == (["mine", "notes.md"] if is_noted else ["mine"])
    assert (new / "mine" / "deep" / "two").read_text() == "two"
    assert (new / "code" / "a.py").read_text() == "new"
    assert not (new / "code" / "gone.py").exists()
    assert (new / "notes.md").read_text() == ("mine" if is_noted else "new")


def test_nothing_is_carried_over_from_a_folder_that_is_not_there(tmp_path):
    assert carry_over(tmp_path / "old", tmp_path / "new") == []
