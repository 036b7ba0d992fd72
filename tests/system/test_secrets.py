"""No token, key or signature is in anything that a command prints or writes."""

import json
from pathlib import Path

import pytest

from kaggle_kit.cli.main import main

SECRETS = ["loopback-token", "loopback-key", "=secret"]
VERBS = {
    "download": (["download"], ["DownloadDataFiles", "fetch"]),
    "submit": (["submit", "--sync"], ["ListSubmissions"]),
    "leaderboard": (["leaderboard"], ["DownloadLeaderboard"]),
    "push": (
        ["push"],
        ["GetKernel", "SaveKernel", "GetKernelSessionStatus", "ListKernelSessionOutput", "fetch"],
    ),
    "build": (["kernel", "build"], []),
    "doctor": (["doctor"], ["GetCompetition", "GetSubmissionLimits", "IntrospectToken"]),
}
CASES = [
    (verb, kind, fault)
    for verb, (_, kinds) in VERBS.items()
    for kind in kinds
    for fault in [401, 403, 500, "drop", "garbage"]
]


@pytest.fixture(autouse=True)
def _in_no_hurry(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.mark.parametrize("way", ["token", "key"])
@pytest.mark.parametrize(("verb", "kind", "fault"), CASES)
def test_a_failed_command_tells_none(server, tmp_path, monkeypatch, capsys, way, verb, kind, fault):
    if way == "key":
        monkeypatch.delenv("KAGGLE_API_TOKEN")
    if fault == "garbage":
        server.fail(kind, 200, 99, body={"message": "<html>", "token": "x", "status": "NONE"})
    else:
        server.fail(kind, fault, 99)
    server.kaggle.makes = {"files": {"submission.csv": b"ImageId,Label"}}
    main([*VERBS[verb][0], "--debug", "--home", str(tmp_path)])
    said = capsys.readouterr()
    left = [path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    for secret in SECRETS:
        assert not [text for text in [said.out, said.err, *left] if secret in text]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("verb", ["submit", "leaderboard", "build"])
@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o600, False)])
def test_a_key_that_others_can_read_is_warned_of(tmp_path, monkeypatch, capsys, verb, mode, warned):
    for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    key = tmp_path / "kaggle.json"
    key.write_text(json.dumps({"username": "tester", "key": "loopback-key"}))
    key.chmod(mode)
    assert main([*VERBS[verb][0], "--home", str(tmp_path)]) == 0
    assert (f"chmod 600 {key}" in capsys.readouterr().err) == warned


@pytest.mark.parametrize("action", ["build", "push", "status", "output"])
@pytest.mark.parametrize("place", ["~/.kaggle/access_token", "~/.kaggle/access_token.txt", "named"])
@pytest.mark.parametrize(("mode", "warnings"), [(0o644, 1), (0o600, 0)])
def test_a_token_that_others_can_read_is_warned_of_once(
    server, tmp_path, monkeypatch, capsys, action, place, mode, warnings
):
    token = tmp_path / "token" if place == "named" else Path(place).expanduser()
    token.parent.mkdir(exist_ok=True, parents=True)
    token.write_text(f"{server.kaggle.token}\n")
    token.chmod(mode)
    if place == "named":
        monkeypatch.setenv("KAGGLE_API_TOKEN", str(token))
    else:
        monkeypatch.delenv("KAGGLE_API_TOKEN")
    main(["kernel", action, "--home", str(tmp_path)])
    said = capsys.readouterr().err
    assert said.count(f"warning: others can read {token}; run `chmod 600 {token}`") == warnings
    assert "Kaggle does not accept" not in said


@pytest.mark.usefixtures("server")
def test_a_token_in_the_environment_is_no_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["kernel", "build", "--home", str(tmp_path)]) == 0
    assert "others can read" not in capsys.readouterr().err
