"""Why a server cannot be reached, in words, and what to set: name, proxy, certificate, clock."""

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

_KAGGLE = "https://api.kaggle.com"
_TIMED_OUT = (requests.Timeout, ReadTimeoutError, ConnectTimeoutError, TimeoutError)
_MALFORMED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    LocationValueError,
)
_NETWORK = "check the network, then run the command again"
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
# OpenSSL's numbers of what can be wrong with a certificate.
_NOT_YET_VALID, _EXPIRED, _OF_ANOTHER_HOST = 9, 10, 62


@dataclass(frozen=True)
class Obstacle:
    """What is in the way, and what to do; a lasting one stays if the call is only repeated."""

    text: str
    hint: str
    is_lasting: bool = False


@dataclass(frozen=True)
class _Proxy:
    """A proxy: the environment variable that names it, its host with its port, and any user."""

    variable: str
    place: str
    has_user: bool

    @property
    def words(self) -> str:
        return f"the proxy {self.place}, from {self.variable},"


def find_obstacle(error: Exception, timeout: float) -> Obstacle:
    """The obstacle behind a request that got no answer; `timeout` is that of the call."""
    causes = list(_causes(error))
    text = " ".join(map(str, causes))
    proxy = _proxy_of(error)
    return (
        _in_the_proxy(error, causes, text, proxy)
        or _in_the_certificate(causes, text, proxy)
        or _on_the_way(error, causes, timeout, proxy)
    )


def has_timed_out(error: Exception) -> bool:
    return any(
        isinstance(cause, _TIMED_OUT) and not isinstance(cause, NewConnectionError)
        for cause in _causes(error)
    )


def wants_password(of: object) -> Obstacle:
    """The obstacle if a proxy answers 407; `of` is the error or the response."""
    proxy = _proxy_of(of) or _Proxy("HTTPS_PROXY", "HOST:PORT", has_user=False)
    wrong = (
        "does not take the user and the password in it" if proxy.has_user else "wants a password"
    )
    return Obstacle(
        f"{proxy.words} {wrong} (407)",
        f"set {proxy.variable}=http://USER:PASSWORD@{proxy.place}, with odd characters of the "
        "password as codes, such as %40 for @",
        is_lasting=True,
    )


def _in_the_proxy(
    error: Exception, causes: list[object], text: str, proxy: _Proxy | None
) -> Obstacle | None:
    variable = proxy.variable if proxy else "HTTPS_PROXY"
    form = f"set {variable}=http://HOST:PORT"
    if "SOCKS support" in text:
        said = f"{variable} names a SOCKS proxy, which needs PySocks, not installed here"
        return Obstacle(said, 'run `pip install "requests[socks]"`', is_lasting=True)
    if isinstance(error, _MALFORMED):  # Kaggle's own address is never that
        return Obstacle(f"{variable} is not the address of a proxy", form, is_lasting=True)
    if "proxy appears to only use HTTP" in text:
        said = f"{variable} says https://, but the proxy itself speaks HTTP"
        return Obstacle(said, f"{form}, which serves Kaggle's https:// as well", is_lasting=True)
    if proxy and any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return _beyond_the_proxy(error, causes, text, proxy)
    return None


def _beyond_the_proxy(
    error: Exception, causes: list[object], text: str, proxy: _Proxy
) -> Obstacle | None:
    refused = re.search(r"Tunnel connection failed: (\d+) ?([\w ]*)", text)
    if refused and refused[1] == "407":
        return wants_password(error)
    if refused:
        said = f"{proxy.words} does not let Kaggle through ({refused[1]} {refused[2].strip()})"
        return Obstacle(said, f"ask who runs it to allow {urlsplit(_KAGGLE).netloc}")
    plain = _plain(causes)
    if not plain:
        return None
    said = f"{proxy.words} cannot be reached: {plain}"
    hint = f"set {proxy.variable}=http://HOST:PORT, or unset it if there is no proxy"
    return Obstacle(said, hint)


def _in_the_certificate(causes: list[object], text: str, proxy: _Proxy | None) -> Obstacle | None:
    between = f" from {proxy.place}" if proxy else ""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    named = "REQUESTS_CA_BUNDLE" if os.environ.get("REQUESTS_CA_BUNDLE") else "CURL_CA_BUNDLE"
    trust = "set REQUESTS_CA_BUNDLE to the PEM file with the certificates to trust"
    if bundle and ("CA certificate bundle" in text or "NO_CERTIFICATE" in text):
        said = f"{named} is {bundle}, which is not a file with certificates"
        return Obstacle(said, f"{trust}, or unset {named}", is_lasting=True)
    refused = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if refused and refused.verify_code in {_NOT_YET_VALID, _EXPIRED}:
        said = "has expired" if refused.verify_code == _EXPIRED else "is not valid yet"
        hint = "check date and time of this machine; if they are right, somebody is in between"
        return Obstacle(f"the certificate{between} {said}", hint, is_lasting=True)
    if refused and refused.verify_code == _OF_ANOTHER_HOST:
        said = f"the certificate{between} is that of another host, probably of a login page"
        return Obstacle(said, "log in to the network with a browser first", is_lasting=True)
    if refused:
        said = f"the certificate{between} is signed by nobody whom this machine trusts"
        hint = f"behind a company's proxy, {trust}, as its administrators give them out"
        return Obstacle(said, hint, is_lasting=True)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        said = "no secure connection could be made: what answered is not Kaggle's server"
        hint = "look for a proxy, a firewall or a login page in between"
        return Obstacle(said, hint)
    return None


def _on_the_way(
    error: Exception, causes: list[object], timeout: float, proxy: _Proxy | None
) -> Obstacle:
    without = "" if proxy else "; behind a company's proxy, set HTTPS_PROXY=http://HOST:PORT"
    if has_timed_out(error):
        return Obstacle(f"Kaggle did not answer within {timeout:g} s", _NETWORK + without)
    if isinstance(error, requests.TooManyRedirects):
        hint = "log in to the network with a browser first"
        return Obstacle("Kaggle's address leads to other pages without an end", hint)
    dropped = (ConnectionError, ProtocolError, requests.exceptions.ChunkedEncodingError)
    plain = _plain(causes)
    if not plain and any(isinstance(cause, dropped) for cause in causes):
        return Obstacle("Kaggle dropped the connection", _NETWORK)
    said = f"Kaggle cannot be reached: {plain or 'the request could not be sent'}"
    return Obstacle(said, _NETWORK + without)


def _plain(causes: list[object]) -> str:
    """Why no connection was made, in words; "" if that is not known."""
    for cause in causes:
        if isinstance(cause, socket.gaierror | NameResolutionError):
            return "its name is not found, so there is no network, no DNS, or a typing error"
        if isinstance(cause, ConnectionRefusedError):
            return "the connection was refused"
        if isinstance(cause, OSError) and cause.errno in _NO_ROUTE:
            return "this machine has no network"
        if isinstance(cause, TimeoutError):
            return "there was no answer"
    return ""


def _causes(error: BaseException) -> Iterator[object]:
    """The error and all errors inside it, the outermost first."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or cause in seen:
            continue
        seen.append(cause)
        yield cause
        inside = (getattr(cause, name, None) for name in ("reason", "original_error"))
        waiting += [*cause.args, *inside, cause.__cause__, cause.__context__]


def _proxy_of(sent: object) -> _Proxy | None:
    """The proxy of a request, in an error or a response; None if there is none."""
    request = getattr(sent, "request", None)
    url = str(request.url) if request is not None and request.url else _KAGGLE
    address = select_proxy(url, get_environ_proxies(url))
    if not address:
        return None
    scheme = urlsplit(url).scheme
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    variable = next((name for name in names if os.environ.get(name)), "the system's settings")
    user, at, place = re.sub(r"^[\w+.-]*://", "", address).rstrip("/").rpartition("@")
    return _Proxy(variable, place or "HOST:PORT", has_user=bool(user + at))
