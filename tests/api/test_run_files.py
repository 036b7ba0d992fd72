import io
import os
import stat
import zipfile

import pytest
from fake_runs import fitted

from kaggle_kit.cli.main import main
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.paths import Home


@pytest.fixture
def home(tmp_path):
    fitted(tmp_path, "default", config={"preset": "standard"})
    return Home(tmp_path)


@pytest.fixture
def runs(home, capsys):
    """Run `kaggle-kit runs`; return its status and all that it printed."""

    def call(*words):
        try:
            status = main(["runs", *map(str, words), "--home", str(home.folder)])
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err

    return call


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_list_has_the_size_of_each_run(runs, home):
    (home.run("default").folder / "big").write_bytes(bytes(5_000_000))
    status, said = runs()
    assert status == 0
    assert "  5MB\n" in said


def test_a_removed_run_is_gone_and_what_is_freed_is_told(runs, home):
    fitted(home.folder, "other")
    status, said = runs("remove", "default", "--yes")
    assert status == 0
    assert "kB freed" in said
    assert [path.name for path in home.runs.iterdir() if path.is_dir()] == ["other"]


@pytest.mark.parametrize("answer", ["\n", "no\n", ""])
def test_nothing_is_removed_without_a_clear_yes(runs, home, monkeypatch, answer):
    before = contents(home.run("default").folder)
    status, said = runs("remove", "default")
    assert (status, "--yes" in said) == (2, True)
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    status, said = runs("remove", "default")
    assert status == 2
    assert "remove default: " in said
    assert contents(home.run("default").folder) == before


def test_a_yes_on_a_terminal_removes(runs, home, monkeypatch):
    terminal = io.StringIO("y\n")
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    assert runs("remove", "default")[0] == 0
    assert not home.run("default").folder.exists()


def test_nothing_is_removed_if_one_run_is_missing_or_being_written(runs, home, kit):
    status, said = runs("remove", "default", "nosuch", "--yes")
    assert (status, "no run 'nosuch'" in said) == (1, True)
    with writing(home.run("default").folder, pytest.fail):
        done = kit("runs", "remove", "default", "--yes")  # a process of its own
    assert done.returncode == 1
    assert "is being written by" in done.stderr
    assert home.run("default").config.exists()


def test_a_folder_that_is_no_run_and_a_link_are_left_alone(runs, home):
    (home.runs / "notes").mkdir()
    assert runs("remove", "notes", "--yes")[0] == 1
    (home.runs / "link").symlink_to("default")
    assert runs("remove", "link", "--yes")[0] == 1
    assert home.run("default").config.exists()
    assert (home.runs / "notes").is_dir()


def test_a_packed_run_is_unpacked_as_it_was_without_what_can_be_made_again(runs, home, tmp_path):
    run = home.run("default")
    before = contents(run.folder)
    (run.bundle / "deep").mkdir(parents=True)
    (run.bundle / "deep" / "app.py").touch()
    (run.folder / ".oof.npz.1-x.part").touch()
    assert runs("pack", "default")[0] == 0
    packed = tmp_path / "default.zip"
    content = packed.read_bytes()
    assert runs("pack", "default")[0] == 2  # it is there
    assert packed.read_bytes() == content
    assert runs("unpack", packed)[0] == 1  # the run is there
    assert contents(run.folder).keys() > before.keys()
    assert runs("unpack", packed, "--as", "twin")[0] == 0
    assert contents(home.run("twin").folder) == before
    assert not [path for path in home.runs.iterdir() if path.name.startswith(".unpacking")]


CONFIG = '{"preset": "quick", "family": "dense", "data": {}}'


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a/best.json": "{}"}, "does not hold a run"),
        ({"a/config.json": CONFIG, "b/config.json": CONFIG}, "does not hold a run"),
        ({"a/config.json": "[]"}, "its config.json is damaged"),
        ({"a/config.json": '{"name": "x"}'}, "its config.json is damaged"),
        ({"a/config.json": CONFIG, "../../evil.txt": ""}, "leads out of it"),
        ({"a/config.json": CONFIG, "/evil.txt": ""}, "leads out of it"),
        ({"a b/config.json": CONFIG}, "a run's name is"),
    ],
)
def test_what_is_no_run_is_not_unpacked(runs, tmp_path, members, message):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    before = contents(tmp_path)
    status, said = runs("unpack", path)
    assert status in {1, 2}
    assert message in said
    assert {k: v for k, v in contents(tmp_path).items() if ".lock" not in k} == before


def test_a_file_that_is_no_archive_is_told_with_what_is_expected(runs, tmp_path):
    (tmp_path / "board.csv").write_text("TeamName,Score\n")
    status, said = runs("unpack", tmp_path / "board.csv")
    assert status == 2
    assert "is not a zip" in said
    assert "runs pack NAME" in said


def test_a_link_in_a_zip_is_not_unpacked(runs, tmp_path):
    link = zipfile.ZipInfo("a/link")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a/config.json", CONFIG)
        archive.writestr(link, os.fspath(tmp_path))
    assert runs("unpack", tmp_path / "in.zip")[0] == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["remove"], "remove takes one run or more"),
        (["pack", "a", "b"], "pack takes one run"),
        (["unpack"], "unpack takes one file"),
        (["pack", "a/b"], "a run's name is"),
        (["unpack", "nowhere.zip"], "nowhere.zip does not exist"),
    ],
)
def test_a_wrong_use_is_told(runs, words, message):
    status, said = runs(*words)
    assert status == 2
    assert message in said
