import pytest

from kaggle_kit.files import replacing, replacing_folder, write_bytes


def write_part(path):
    path.write_bytes(b"part")
    raise ZeroDivisionError


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        write_part(temporary)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_see_the_old_content_until_the_new_is_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as temporary:
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_new_file_has_the_rights_that_any_program_would_give_it(tmp_path):
    write_bytes(tmp_path / "ours", b"")
    (tmp_path / "theirs").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_failure_half_way_leaves_the_old_folder_and_nothing_else(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    with pytest.raises(ZeroDivisionError), replacing_folder(folder) as temporary:
        write_part(temporary / "half")
    assert list(folder.iterdir()) == [folder / "old"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_is_replaced_with_all_that_was_in_it(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    with replacing_folder(folder) as temporary:
        (temporary / "new").touch()
    assert [path.name for path in folder.iterdir()] == ["new"]
