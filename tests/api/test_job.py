import pytest

from kaggle_kit.api.doctor import examine
from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.workspace.paths import Home


@pytest.mark.parametrize(
    "verb",
    [
        ["leaderboard"],
        ["submit"],
        ["submit", "--sync"],
        ["kernel", "push"],
        ["kernel", "build", "--owner", "me"],
        ["kernel", "status"],
        ["download"],
    ],
)
def test_a_sample_that_is_no_competition_at_kaggle_is_not_asked_for_there(
    verb, server, tmp_path, capsys
):
    assert main([*verb, "--competition", "letters", "--home", str(tmp_path)]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: letters is a sample that the kit draws")
    assert "download --from sample --competition letters" in hint
    assert server.requests == []


def test_doctor_asks_for_no_credentials_for_that_sample(server, tmp_path):
    first = next(examine(Home(tmp_path), COMPETITIONS["letters"]))
    assert (first.level, first.found) == ("ok", "letters is a sample, which needs none")
    assert server.requests == []
