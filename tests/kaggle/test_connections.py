"""Why Kaggle cannot be reached: real proxies, certificates and closed ports on this machine."""

import shutil
import socket
import ssl

import pytest
import requests
from proxy import Proxy, certificates
from urllib3.exceptions import NameResolutionError

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import NetworkError
from kaggle_kit.kaggle.connections import find_obstacle
from kaggle_kit.kaggle.submissions import KaggleSubmissions

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl makes certificates"
)
MNIST = COMPETITIONS["digit-recognizer"]


@pytest.fixture
def told(monkeypatch):
    """Call Kaggle, with these variables alone; return the message and the hint."""
    for name in ("http", "https", "all", "no"):
        for variable in (f"{name}_proxy", f"{name.upper()}_PROXY"):
            monkeypatch.delenv(variable, raising=False)
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "KAGGLE_API_ENVIRONMENT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("KAGGLE_API_TOKEN", "token")

    def call(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(NetworkError) as caught:
            KaggleSubmissions(MNIST, timeout=5.0, attempts=2, pause=0.001).newest()
        said = f"{caught.value}\n{caught.value.hint}"
        assert "Error" not in said
        assert "secret" not in said
        return str(caught.value), caught.value.hint

    return call


@pytest.mark.parametrize("environment", ["PROD", "LOCALHOST"])
def test_a_proxy_that_wants_a_password(told, environment):
    with Proxy(407) as proxy:
        variable = "https_proxy" if environment == "PROD" else "HTTP_PROXY"
        address = {variable: f"http://{proxy.address}", "KAGGLE_API_ENVIRONMENT": environment}
        message, hint = told(**address)
        assert f"the proxy {proxy.address}, from {variable}, wants a password (407)" in message
        assert f"set {variable}=http://USER:PASSWORD@{proxy.address}" in hint


def test_a_proxy_that_refuses_the_password(told):
    with Proxy(407) as proxy:
        message, _ = told(HTTPS_PROXY=f"http://me:secret@{proxy.address}")
        assert f"the proxy {proxy.address}, from HTTPS_PROXY, does not take the user and" in message


def test_a_proxy_that_does_not_let_kaggle_through(told):
    with Proxy(403) as proxy:
        message, hint = told(HTTPS_PROXY=f"http://{proxy.address}")
        assert "does not let Kaggle through (403 Forbidden)" in message
        assert "allow api.kaggle.com" in hint


@pytest.mark.parametrize(
    ("certificate", "message", "remedy"),
    [
        ("own", "is signed by nobody whom this machine trusts", "REQUESTS_CA_BUNDLE"),
        ("expired", "has expired", "check date and time of this machine"),
        ("early", "is not valid yet", "check date and time of this machine"),
    ],
)
def test_a_certificate_that_is_not_kaggles(told, certificate, message, remedy):
    with Proxy(certificate=certificate) as proxy:
        trusted = {"REQUESTS_CA_BUNDLE": str(certificates() / f"{certificate}.pem")}
        said, hint = told(
            HTTPS_PROXY=f"http://{proxy.address}", **(trusted if certificate != "own" else {})
        )
        assert f"the certificate from {proxy.address} {message}" in said
        assert remedy in hint


def test_a_certificate_that_the_variable_of_the_hint_makes_trusted(told):
    """The server then hangs up, as it knows no more."""
    with Proxy() as proxy:
        bundle = str(certificates() / "own.pem")
        said, _ = told(HTTPS_PROXY=f"http://{proxy.address}", REQUESTS_CA_BUNDLE=bundle)
        assert "dropped the connection" in said


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_certificates_that_is_none(told, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with Proxy() as proxy:
        said, hint = told(HTTPS_PROXY=f"http://{proxy.address}", REQUESTS_CA_BUNDLE=str(path))
        assert f"REQUESTS_CA_BUNDLE is {path}, which is not a file with certificates" in said
        assert "unset REQUESTS_CA_BUNDLE" in hint


def test_a_socks_proxy_without_pysocks(told):
    said, hint = told(ALL_PROXY="socks5://127.0.0.1:9")
    assert "ALL_PROXY names a SOCKS proxy, which needs PySocks" in said
    assert '`pip install "requests[socks]"`' in hint


@pytest.mark.parametrize("address", ["http://", "ftp://proxy:1", "http://[", "proxy:x"])
def test_an_address_that_is_no_proxy(told, address):
    said, hint = told(HTTPS_PROXY=address)
    assert "HTTPS_PROXY is not the address of a proxy" in said
    assert "set HTTPS_PROXY=http://HOST:PORT" in hint


def test_a_proxy_that_speaks_no_tls_itself(told):
    with Proxy() as proxy:
        said, hint = told(HTTPS_PROXY=f"https://{proxy.address}")
        assert "HTTPS_PROXY says https://, but the proxy itself speaks HTTP" in said
        assert "set HTTPS_PROXY=http://HOST:PORT" in hint


def test_a_proxy_that_is_not_there(told):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        said, hint = told(HTTPS_PROXY=f"http://{address}")
    assert f"the proxy {address}, from HTTPS_PROXY, cannot be reached: the connection was" in said
    assert "unset it if there is no proxy" in hint


def test_a_proxy_whose_name_is_not_found(told):
    said, _ = told(HTTPS_PROXY="http://no-such-host.invalid:3128")
    assert "no-such-host.invalid:3128, from HTTPS_PROXY, cannot be reached: its name" in said


def test_a_host_whose_name_is_not_found():
    unknown = requests.ConnectionError(NameResolutionError("h", None, socket.gaierror(-2, "?")))
    found = find_obstacle(unknown, 1.0)
    assert "Kaggle cannot be reached: its name is not found" in found.text
    assert "set HTTPS_PROXY=http://HOST:PORT" in found.hint


def test_another_failure_of_the_encryption():
    found = find_obstacle(requests.exceptions.SSLError(ssl.SSLError(1, "WRONG_VERSION")), 1.0)
    assert "no secure connection could be made" in found.text


def test_what_stays_is_not_tried_again(told, monkeypatch):
    def sleep(_):
        raise AssertionError("it was tried again")

    monkeypatch.setattr("time.sleep", sleep)
    with Proxy(407) as proxy:
        told(HTTPS_PROXY=f"http://{proxy.address}")
