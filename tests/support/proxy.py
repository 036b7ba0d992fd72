"""A proxy on 127.0.0.1 whose tunnels end in a server of its own, with a certificate for Kaggle."""

import atexit
import contextlib
import functools
import shutil
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

VALID = {
    "own": ("20000101000000Z", "20910101000000Z"),
    "expired": ("20000101000000Z", "20010101000000Z"),
    "early": ("20900101000000Z", "20910101000000Z"),
}
AUTHORITY = """
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
policy = any
default_md = sha256
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""
KEY = "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem"
NAME = "-subj /CN=api.kaggle.com -addext subjectAltName=DNS:api.kaggle.com -out request.csr"
SIGN = "ca -batch -selfsign -config ca.cnf -in request.csr -keyfile key.pem -notext"


@functools.cache
def certificates():
    """A folder with key.pem and the certificates of VALID, made once for all tests by openssl."""
    folder = Path(tempfile.mkdtemp(prefix="kaggle-kit-certificates-"))
    atexit.register(shutil.rmtree, folder)
    (folder / "ca.cnf").write_text(AUTHORITY)
    (folder / "index.txt").touch()
    commands = [f"{KEY} {NAME}"]
    for name, (start, end) in VALID.items():
        commands.append(f"{SIGN} -startdate {start} -enddate {end} -out {name}.pem")
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


class Proxy:
    """A context manager; `address` is HOST:PORT.

    Parameters
    ----------
    status : int
        The answer to each request: 200 opens a tunnel.
    certificate : str
        That of the server at the end of each tunnel: "own", "expired" or "early".
    """

    def __init__(self, status=200, certificate="own"):
        self.status = status
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        files = (certificates() / f"{name}.pem" for name in (certificate, "key"))
        self.tls.load_cert_chain(*files)

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.owner = self
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_CONNECT(self):
        owner = self.server.owner
        self.send_response(owner.status)
        self.end_headers()
        self.wfile.flush()
        if owner.status == 200:
            with (
                contextlib.suppress(OSError),  # the client ends it
                owner.tls.wrap_socket(self.connection, server_side=True) as secure,
            ):
                secure.recv(1 << 16)

    def do_POST(self):
        self.send_response(self.server.owner.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Print nothing."""
