import pytest

from kaggle_kit.errors import InputError
from kaggle_kit.workspace.paths import Home


@pytest.mark.parametrize("name", ["../elsewhere", "a/b", "", ".hidden", "with space"])
def test_a_name_that_is_no_folder_of_ours_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="a run's name is"):
        Home(tmp_path).run(name)


def test_discarding_a_run_leaves_what_others_put_there(run):
    run.tuner.mkdir(parents=True)
    run.export.mkdir()
    run.config.touch()
    run.robustness.touch()
    (run.folder / "notes.txt").touch()
    run.discard()
    assert [path.name for path in run.folder.iterdir()] == ["notes.txt"]
