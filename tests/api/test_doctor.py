"""The findings of the doctor, with the real client and a simulated Kaggle server."""

import re
import shutil

import pytest
from repository import ROOT

from kaggle_kit.api import doctor
from kaggle_kit.api.doctor import FAILURE, OK, WARNING, examine
from kaggle_kit.cli.main import main
from kaggle_kit.workspace.paths import Home

LOCK = ROOT / "requirements.lock"


def submit(kaggle):
    token = kaggle.start_submission_upload({"fileName": "submission.csv"})["token"]
    kaggle.create_submission({"blobFileTokens": token})


@pytest.fixture
def checks(client, competition, tmp_path):
    def make():
        return {check.what: check for check in examine(Home(tmp_path), competition, client)}

    return make


def test_all_is_well_on_a_machine_that_is_set_up(server, sample_home, capsys):
    submit(server.kaggle)
    assert main(["doctor", "--home", str(sample_home)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^ok +credentials +of tester, from KAGGLE_API_TOKEN$", out, re.MULTILINE)
    assert re.search(r"^ok +rules +accepted for digit-recognizer$", out, re.MULTILINE)
    assert re.search(r"^ok +submissions +4 left today \(UTC\), 1 made$", out, re.MULTILINE)
    assert re.search(r"^ok +data +.*from sample$", out, re.MULTILINE)
    assert re.search(r"^ok +backend +(jax|tensorflow) on \d+ cores?$", out, re.MULTILINE)
    assert re.search(r"^ok +disk +[\d.]+ GB free$", out, re.MULTILINE)


def test_without_credentials_the_rest_is_checked_and_the_status_tells(
    server, tmp_path, monkeypatch, capsys
):
    for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"]:
        monkeypatch.delenv(name)
    assert main(["doctor", "--home", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert re.search(
        r"^failure +credentials +no Kaggle credentials found; looked, in this order, at ",
        said.out,
        re.MULTILINE,
    )
    assert "-> make an API token at https://www.kaggle.com/settings" in said.out
    assert "-> run `kaggle-kit download --home " in said.out
    assert "ok       python" in said.out
    assert "error: checks failed: credentials" in said.err
    assert server.requests == []


def test_credentials_that_kaggle_refuses_are_a_failure(server, checks, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "revoked")
    found = checks()["credentials"]
    assert found.level == FAILURE
    assert "does not accept the credentials in KAGGLE_API_TOKEN" in found.found
    assert "revoked" not in found.found
    assert server.count("GetCompetition") == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_whose_user_kaggle_does_not_tell_is_no_failure(server, checks, status):
    server.fail("IntrospectToken", status, 9)
    found = checks()
    assert found["credentials"].level == OK
    assert "does not name" in found["credentials"].found
    assert found["rules"].level == OK


def test_no_network_is_a_warning_not_the_credentials_fault(server, checks):
    server.fail("GetCompetition", "drop", 99)
    found = checks()
    assert found["credentials"].level == WARNING
    assert "dropped the connection" in found["credentials"].found
    assert "rules" not in found


def test_rules_that_are_not_accepted_are_a_failure_with_their_page(server, checks):
    server.kaggle.has_entered = False
    found = checks()["rules"]
    assert found.level == FAILURE
    assert found.remedy.endswith("/competitions/digit-recognizer/rules")


@pytest.mark.parametrize(
    ("limit", "level", "text"), [(1, WARNING, "0 left today"), (3, OK, "2 left today")]
)
def test_a_day_without_submissions_left_is_a_warning(server, checks, limit, level, text):
    submit(server.kaggle)
    server.kaggle.daily_limit = limit
    assert (checks()["submissions"].level, text in checks()["submissions"].found) == (level, True)


@pytest.mark.parametrize(("mode", "exposed"), [(0o600, False), (0o644, True), (0o640, True)])
@pytest.mark.usefixtures("server")
def test_a_key_that_others_can_read_is_a_warning_with_the_command(
    client, competition, tmp_path, monkeypatch, mode, exposed
):
    for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    key = tmp_path / "kaggle.json"
    key.write_text('{"username": "tester", "key": "loopback-key"}')
    key.chmod(mode)
    found = [c for c in examine(Home(tmp_path), competition, client) if c.what == "credentials"]
    warnings = [check.remedy for check in found if check.level == WARNING]
    assert warnings == ([f"chmod 600 {key}"] if exposed else [])
    assert found[-1].level == OK


def test_versions_beyond_the_tested_are_warnings(checks, monkeypatch):
    monkeypatch.setitem(doctor.TESTED, "numpy", ("1.0", "1.26"))
    monkeypatch.setitem(doctor.TESTED, "no-such-package", ("1.0", "1.1"))
    found = checks()
    assert found["numpy"].level == WARNING
    assert "tested: 1.0 to 1.26" in found["numpy"].found
    assert found["no-such-package"].level == FAILURE
    assert found["keras"].level == OK


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("harm", "said", "remedy"),
    [
        (lambda path: path.unlink(), "lacks train.csv", "download --from sample`"),
        (
            lambda path: path.write_text("label\n"),
            "train.csv was changed",
            "--from sample --force`",
        ),
    ],
)
def test_data_that_are_gone_or_changed_are_not_called_ok(
    sample_home, tmp_path, competition, client, harm, said, remedy
):
    home = Home(shutil.copytree(sample_home, tmp_path / "home"))
    harm(home.data(competition.slug) / "train.csv")
    (found,) = (check for check in examine(home, competition, client) if check.what == "data")
    assert found.level == WARNING
    assert said in found.found
    assert remedy in found.remedy


def test_what_is_tested_is_what_the_lock_and_kaggles_image_have():
    image, project = (
        (ROOT / name).read_text() for name in ("scripts/kaggle-image.txt", "pyproject.toml")
    )
    for package, (oldest, newest) in doctor.TESTED.items():
        least = re.search(rf"(?m)^{package}[=>]=(\d+\.\d+)", image) or re.search(
            rf'"{package}>=(\d+\.\d+)', project
        )
        assert least[1] == oldest, package
        locked = re.findall(rf"^{package}==(\d+\.\d+)\S*(.*)$", LOCK.read_text(), re.MULTILINE)
        versions = [version for version, marker in locked if ">= '3.15'" not in marker]
        assert versions == [newest], package


@pytest.mark.parametrize(("free", "level"), [(50.0, OK), (1.0, WARNING), (0.1, FAILURE)])
def test_little_room_is_a_warning_and_none_a_failure(checks, monkeypatch, free, level):
    usage = type("Usage", (), {"free": free * 1e9})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    found = checks()["disk"]
    assert found.level == level
    assert bool(found.remedy) == (level != OK)


def test_a_backend_that_does_not_start_is_a_failure(kit):
    done = kit("doctor", KERAS_BACKEND="no-such-backend", KAGGLE_API_TOKEN="")
    assert done.returncode == 1
    assert "backend       Keras does not start" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "part", ["find_credentials", "check_downloaded", "available_memory", "cores", "_version"]
)
def test_a_check_that_fails_itself_ends_no_other(checks, monkeypatch, part):
    expected = set(checks())

    def fail(*_):
        raise LookupError("of a broken installation")

    monkeypatch.setattr(doctor, part, fail)
    found = checks()
    failed = {c.what for c in found.values() if "of a broken installation" in c.found}
    assert failed
    assert expected - set(found) <= {"rules", "submissions"}
    assert all(found[what].level == WARNING for what in failed)
