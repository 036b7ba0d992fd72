"""Failed calls say what to do: credentials, refusals, overload, a dead network."""

import json
import re
import socket
import time
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fake_kaggle import make_zip
from kaggle_server import KaggleServer

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import CredentialsError, KaggleError, NetworkError, RulesError
from kaggle_kit.kaggle.downloads import KaggleDownloads
from kaggle_kit.kaggle.submissions import KaggleSubmissions

MNIST = COMPETITIONS["digit-recognizer"]
ALWAYS = 99


def every_context(error):
    """Yield the error and all its contexts, also those that a traceback leaves out."""
    while error:
        yield error
        error = error.__context__


class TestCredentials:
    def test_none_is_said_before_any_request_and_nothing_is_printed(
        self, server, client, monkeypatch, capfd
    ):
        for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"]:
            monkeypatch.delenv(name)
        with pytest.raises(CredentialsError, match="no Kaggle credentials") as caught:
            client.newest()
        for place in ["kaggle.com/settings", "KAGGLE_API_TOKEN", "kaggle.json", "KAGGLE_KEY"]:
            assert place in caught.value.hint
        places = re.findall(r"[\w~/.]*(?:KEY|TOKEN|access_token|json) \(", str(caught.value))
        names = [Path(place).name.strip(" (") for place in places]
        order = ["KAGGLE_API_TOKEN", "access_token", "KAGGLE_KEY", "kaggle.json"]
        assert names == [*order, "credentials.json"]
        assert server.requests == []
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize(
        "place",
        ["key", "kaggle.json", "KAGGLE_CONFIG_DIR", "access_token", "token file", "login"],
    )
    def test_are_found_wherever_the_official_client_looks(
        self, server, client, monkeypatch, tmp_path, place
    ):
        kaggle = server.kaggle
        key = json.dumps({"username": kaggle.username, "key": kaggle.key})
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        login = {"refresh_token": "r", "access_token": kaggle.token, "username": "u"}
        config = tmp_path / "home" / ".kaggle"
        config.mkdir(parents=True)
        for name in ["KAGGLE_API_TOKEN", "KAGGLE_CONFIG_DIR"]:
            monkeypatch.delenv(name)
        if place != "key":
            monkeypatch.delenv("KAGGLE_USERNAME")
        if place == "kaggle.json":
            (config / "kaggle.json").write_text(key)
        if place == "KAGGLE_CONFIG_DIR":
            (tmp_path / "kaggle.json").write_text(key)
            monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
        if place == "access_token":
            (config / "access_token").write_text(kaggle.token)
        if place == "token file":
            (tmp_path / "token").write_text(kaggle.token)
            monkeypatch.setenv("KAGGLE_API_TOKEN", str(tmp_path / "token"))
        if place == "login":
            login["access_token_expiration"] = later
            (config / "credentials.json").write_text(json.dumps(login))
        assert client.newest() == []

    def test_that_kaggle_refuses_are_named_but_not_shown(self, server, client, monkeypatch):
        monkeypatch.setenv("KAGGLE_API_TOKEN", "wrong-token")
        with pytest.raises(CredentialsError, match=r"in KAGGLE_API_TOKEN \(401: Unauth") as caught:
            client.newest()
        assert "wrong-token" not in str(caught.value) + caught.value.hint
        assert "kaggle.com/settings" in caught.value.hint
        assert server.count("ListSubmissions") == 1

    def test_that_kaggle_refuses_are_named_by_their_file(
        self, server, client, monkeypatch, tmp_path
    ):
        token = tmp_path / "token"
        token.write_text("wrong-token")
        monkeypatch.setenv("KAGGLE_API_TOKEN", str(token))
        with pytest.raises(CredentialsError, match="in the file that KAGGLE_API_TOKEN names"):
            client.newest()
        assert server.count("ListSubmissions") == 1

    def test_with_a_line_break_in_them_are_refused_here(self, server, client, monkeypatch):
        monkeypatch.setenv("KAGGLE_API_TOKEN", server.kaggle.token + "\n")
        with pytest.raises(CredentialsError, match="KAGGLE_API_TOKEN: a line break"):
            client.newest()
        assert server.requests == []

    @pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"username": 1, "key": 2}'])
    def test_file_that_is_broken_is_named(self, server, client, monkeypatch, content):
        monkeypatch.delenv("KAGGLE_API_TOKEN")
        monkeypatch.delenv("KAGGLE_KEY")
        Path(server.environment["KAGGLE_CONFIG_DIR"], "kaggle.json").write_text(content)
        with pytest.raises(CredentialsError, match=r"kaggle\.json \((empty|no`?t? )"):
            client.newest()

    @pytest.mark.parametrize("name", ["access_token", "access_token.txt"])
    @pytest.mark.parametrize("broken", ["not UTF-8", "folder"])
    def test_token_file_that_cannot_be_read_is_named(
        self, server, downloads, monkeypatch, folder, name, broken
    ):
        for variable in ["KAGGLE_API_TOKEN", "KAGGLE_KEY"]:
            monkeypatch.delenv(variable)
        path = Path("~/.kaggle").expanduser() / name
        path.parent.mkdir(parents=True)
        if broken == "folder":
            path.mkdir()
        else:
            path.write_bytes(b"\xff\x80")
        why = r"\((a folder|not UTF-8)"
        with pytest.raises(CredentialsError, match=rf"~/.kaggle/{name} {why}"):
            downloads.data(folder)
        assert server.requests == []

    @pytest.mark.usefixtures("server")
    def test_token_file_that_is_named_by_the_environment(self, downloads, monkeypatch, folder):
        monkeypatch.setenv("KAGGLE_API_TOKEN", str(folder))
        with pytest.raises(CredentialsError, match="file that KAGGLE_API_TOKEN names: a folder"):
            downloads.data(folder)

    @pytest.mark.usefixtures("server")
    @pytest.mark.parametrize("content", [b"\xff", b"[]"])
    def test_login_that_cannot_be_read_is_named(self, client, monkeypatch, content):
        for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"]:
            monkeypatch.delenv(name)
        path = Path("~/.kaggle/credentials.json").expanduser()
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        with pytest.raises(CredentialsError, match=r"credentials\.json \(not (UTF-8|a JSON)"):
            client.newest()

    @pytest.mark.usefixtures("server")
    @pytest.mark.parametrize(("given", "missing"), [("USERNAME", "KEY"), ("KEY", "USERNAME")])
    def test_half_of_a_pair_names_the_other(self, client, monkeypatch, given, missing):
        monkeypatch.delenv("KAGGLE_API_TOKEN")
        monkeypatch.delenv(f"KAGGLE_{missing}")
        with pytest.raises(CredentialsError, match=f"_{given} is set but KAGGLE_{missing} is mis"):
            client.newest()

    @pytest.fixture
    def config(self, server, monkeypatch):  # noqa: ARG002  it sets what is deleted here
        """The folder of kaggle.json; nothing is set but what the test sets."""
        for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR"]:
            monkeypatch.delenv(name)
        folder = Path("~/.kaggle").expanduser()
        folder.mkdir(parents=True)
        return folder

    def test_login_is_found_beside_a_kaggle_json_with_settings(self, server, client, config):
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        login = {"refresh_token": "r", "access_token": server.kaggle.token}
        login["access_token_expiration"] = later
        (config / "kaggle.json").write_text('{"proxy": "", "competition": "digit-recognizer"}')
        (config / "credentials.json").write_text(json.dumps(login))
        assert client.newest() == []

    @pytest.mark.parametrize("kind", ["folder", "not UTF-8"])
    def test_login_is_found_beside_a_kaggle_json_that_cannot_be_read(
        self, server, client, config, kind
    ):
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        login = {"refresh_token": "r", "access_token": server.kaggle.token}
        login["access_token_expiration"] = later
        if kind == "folder":
            (config / "kaggle.json").mkdir()
        else:
            (config / "kaggle.json").write_bytes(b"\xff")
        (config / "credentials.json").write_text(json.dumps(login))
        assert client.newest() == []

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("name", ["kaggle.json", "access_token"])
    def test_are_read_as_windows_writes_them(self, server, client, config, encoding, name):
        kaggle = server.kaggle
        key = json.dumps({"username": kaggle.username, "key": kaggle.key})
        text = {"kaggle.json": key, "access_token": f"{kaggle.token}\r\n"}[name]
        (config / name).write_bytes(text.encode(encoding))
        assert client.newest() == []

    def test_half_of_a_pair_is_completed_by_the_file(self, server, client, config, monkeypatch):
        (config / "kaggle.json").write_text(json.dumps({"key": server.kaggle.key}))
        monkeypatch.setenv("KAGGLE_USERNAME", server.kaggle.username)
        assert client.newest() == []

    def test_folder_in_the_environment_may_begin_with_a_tilde(
        self, server, client, config, monkeypatch
    ):
        kaggle = server.kaggle
        key = json.dumps({"username": kaggle.username, "key": kaggle.key})
        (config / "kaggle.json").write_text(key)
        monkeypatch.setenv("KAGGLE_CONFIG_DIR", "~/.kaggle")
        assert client.newest() == []

    @pytest.mark.usefixtures("server")
    @pytest.mark.parametrize(
        ("content", "cause"),
        [
            (None, "a folder, expected a file"),
            ("", "empty"),
            ('{"username": "u",\n "key" "k"}', "not JSON at line 2, column 8"),
            ('{"proxy": "p"}', "no `username` and `key` in it"),
            ('{"username": "u", "key": "KGAT_1"}', "its `key` is a new API token"),
        ],
    )
    def test_each_broken_kaggle_json_has_its_own_cause(self, client, config, content, cause):
        path = config / "kaggle.json"
        if content is None:
            path.mkdir()
        else:
            path.write_text(content)
        with pytest.raises(CredentialsError, match=rf"{re.escape(f'{path} ({cause}')}") as caught:
            client.newest()
        assert "KGAT_1" not in str(caught.value)

    def test_folder_that_is_a_file_is_told(self, client, config, monkeypatch):
        file = config / "kaggle.json"
        file.write_text("{}")
        monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(file))
        with pytest.raises(CredentialsError, match=r"kaggle\.json is a file, expected a folder"):
            client.newest()

    @pytest.mark.parametrize(
        ("value", "cause"),
        [
            ("~/token", "path of a file that does not exist"),
            ("/no/token", "path of a file that does not exist"),
            ("'KGAT_1'", "quotes around it"),
            ('{"username": "u", "key": "k"}', "the text of a kaggle.json"),
        ],
    )
    def test_variable_that_holds_no_token_has_its_own_cause(
        self, server, client, monkeypatch, value, cause
    ):
        monkeypatch.setenv("KAGGLE_API_TOKEN", value)
        with pytest.raises(CredentialsError, match=rf"KAGGLE_API_TOKEN is no API token: .*{cause}"):
            client.newest()
        assert server.requests == []

    def test_are_read_again_by_each_call(self, server, client, monkeypatch):
        """One process can use two environments, one after the other."""
        client.newest()
        with KaggleServer(make_zip()) as other:
            other.kaggle.token = "another"
            for name, value in other.environment.items():
                monkeypatch.setenv(name, value)
            client.newest()
            assert other.count("ListSubmissions") == server.count("ListSubmissions") == 1


class TestFailures:
    @pytest.mark.parametrize("field", ["message", "error"])
    def test_403_sends_to_the_rules_with_kaggles_reason(self, server, downloads, folder, field):
        server.fail("DownloadDataFiles", 403, body={field: "You must accept\nthe rules."})
        with pytest.raises(RulesError, match="403: You must accept the rules") as caught:
            downloads.data(folder)
        assert f"{MNIST.url}/rules" in caught.value.hint
        assert "phone number" in caught.value.hint
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize(
        "body",
        [
            {"error": {"code": 403, "message": "You must\naccept the rules.", "status": "DENIED"}},
            {"error": {"errors": [{"message": "You must accept the rules."}]}},
            {"errors": ["You must accept the rules."]},
            {
                "code": 403,
                "message": "",
                "error": {"details": [], "message": "You must accept the rules."},
            },
        ],
    )
    def test_kaggles_words_are_told_however_deep_they_are(self, server, downloads, folder, body):
        server.fail("DownloadDataFiles", 403, body=body)
        with pytest.raises(RulesError, match=r"\(403: You must accept the rules\.\)"):
            downloads.data(folder)

    @pytest.mark.parametrize(
        ("kind", "page"), [("ListSubmissions", "submissions"), ("DownloadDataFiles", "data")]
    )
    def test_a_refusal_sends_to_the_page_of_the_call(
        self, server, client, downloads, folder, kind, page
    ):
        server.fail(kind, 409)
        with pytest.raises(KaggleError, match="409") as caught:
            client.newest() if kind == "ListSubmissions" else downloads.data(folder)
        assert caught.value.hint == f"see {MNIST.url}/{page}"

    def test_a_long_wait_is_told(self, server, monkeypatch):
        waits, notes = [], []
        monkeypatch.setattr("time.sleep", waits.append)
        server.fail("ListSubmissions", 429, times=2, headers={"Retry-After": "40"})
        KaggleSubmissions(MNIST, note=notes.append).newest()
        assert waits == [40.0, 40.0]
        assert notes == [
            f"Kaggle is busy (429: as scripted); trying again in 40 s, attempt {n} of 4"
            for n in (2, 3)
        ]

    def test_a_wait_that_kaggle_asks_for_is_in_the_hint(self, server, client, monkeypatch):
        monkeypatch.setattr("time.sleep", lambda _: None)
        server.fail("ListSubmissions", 429, ALWAYS, headers={"Retry-After": "900"})
        with pytest.raises(NetworkError) as caught:
            client.newest()
        assert caught.value.hint == "wait 15 minutes, then run the command again"

    def test_403_of_the_storage_is_not_about_the_rules(self, server, downloads, folder):
        server.fail("fetch", 403)
        with pytest.raises(KaggleError, match=r"address was refused \(403") as caught:
            downloads.data(folder)
        assert not isinstance(caught.value, RulesError)
        assert "run the command again" in caught.value.hint

    @pytest.mark.parametrize(
        ("kind", "fault"),
        [(kind, fault) for kind in ["fetch", "upload"] for fault in [403, 503, "drop", "hang"]],
    )
    def test_signature_of_the_storage_is_in_no_traceback(self, server, file, folder, kind, fault):
        server.fail(kind, fault, ALWAYS)
        patience = {"timeout": 0.3, "attempts": 2, "pause": 0.001}
        call, *arguments = {
            "fetch": (KaggleDownloads(MNIST, **patience).data, folder),
            "upload": (KaggleSubmissions(MNIST, **patience).submit, file, "first"),
        }[kind]
        with pytest.raises(KaggleError) as caught:
            call(*arguments)
        assert "=secret" not in "".join(traceback.format_exception(caught.value))
        assert "=secret" not in " ".join(map(str, every_context(caught.value)))

    @pytest.mark.usefixtures("server")
    def test_404_sends_to_the_competition(self, client):
        with pytest.raises(KaggleError, match=r"show submission 7 \(404: .*not found") as caught:
            client.submission(7)
        assert not isinstance(caught.value, NetworkError | RulesError)
        assert MNIST.url in caught.value.hint

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_overload_is_waited_out(self, server, client, status):
        server.fail("ListSubmissions", status, times=2)
        assert client.newest() == []
        assert server.count("ListSubmissions") == 3

    @pytest.mark.parametrize("status", [429, 503])
    def test_overload_that_lasts_is_an_error(self, server, client, status):
        server.fail("ListSubmissions", status, ALWAYS)
        with pytest.raises(NetworkError, match=f"too busy .*{status}: as scripted") as caught:
            client.newest()
        assert "wait a few minutes" in caught.value.hint
        assert server.count("ListSubmissions") == 3

    def test_pause_that_kaggle_asks_for_is_kept(self, server):
        server.fail("ListSubmissions", 429, headers={"Retry-After": "0"})
        start = time.monotonic()
        KaggleSubmissions(MNIST, pause=30.0).newest()
        assert time.monotonic() - start < 5

    def test_dropped_connection_is_tried_again(self, server, client):
        server.fail("ListSubmissions", "drop", times=2)
        assert client.newest() == []

    def test_connection_that_is_always_dropped_is_an_error(self, server, client):
        server.fail("ListSubmissions", "drop", ALWAYS)
        with pytest.raises(NetworkError, match="dropped the connection"):
            client.newest()
        assert server.count("ListSubmissions") == 3

    @pytest.mark.usefixtures("server")
    def test_no_network_is_said_without_an_address(self, client, monkeypatch):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
            with pytest.raises(NetworkError, match="cannot be reached: the connection") as caught:
                client.newest()
        assert "http:" not in str(caught.value)
        assert "unset it if there is no proxy" in caught.value.hint

    @pytest.mark.usefixtures("server")
    def test_proxy_without_a_host_is_said_in_words(self, client, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://")
        with pytest.raises(NetworkError, match="is not the address of a proxy") as caught:
            client.newest()
        assert "proxy" in caught.value.hint

    @pytest.mark.parametrize("kind", ["DownloadDataFiles", "fetch"])
    def test_dead_server_ends_a_download(self, server, folder, kind):
        server.fail(kind, "hang", ALWAYS)
        with pytest.raises(NetworkError, match=r"did not answer within 0\.3 s"):
            KaggleDownloads(MNIST, timeout=0.3).data(folder)
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("kind", ["StartSubmissionUpload", "upload"])
    def test_dead_server_ends_an_upload(self, server, file, kind):
        server.fail(kind, "hang", ALWAYS)
        with pytest.raises(NetworkError, match=r"did not answer within 0\.3 s"):
            KaggleSubmissions(MNIST, timeout=0.3).submit(file, "first")
        assert server.kaggle.submissions == []

    @pytest.mark.parametrize("body", [{"status": "NO SUCH STATUS"}, ["no", "object"]])
    def test_answer_that_the_sdk_cannot_read_is_an_error(self, server, client, body):
        server.fail("GetSubmission", 200, body=body)
        with pytest.raises(KaggleError, match="not what its client expects") as caught:
            client.submission(1)
        assert "pip install --upgrade" in caught.value.hint

    def test_error_in_the_body_of_a_200_is_an_error(self, server, client):
        server.fail("ListSubmissions", 200, body={"code": 403, "message": "rules"})
        with pytest.raises(RulesError, match="403: rules"):
            client.newest()


def test_storage_gets_no_password_of_a_netrc(
    server, client, downloads, file, tmp_path, monkeypatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.submit(file, "first")
    downloads.data(tmp_path / "data")
    sent = dict(server.authorizations)
    assert sent["upload"] is None
    assert sent["fetch"] is None
    assert sent["StartSubmissionUpload"] == f"Bearer {server.kaggle.token}"
