"""A real judge behind TLS on this machine, which can be told to misbehave."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from blog.config import Config
from blog.db import db
from blog.judges.asking import Tally, ask_due
from tests.databases import free_port

KEY = "abcdef123456"
SECRET = "a-secret-for-tests-only-0123456789"
TIMEOUT = 1.0

Handler = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Asked:
    """One request as the judge got it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Judge:
    """What the judge was asked, and what it answers: the first of ``answers``, else ``always``."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    answers: list[Handler] = field(default_factory=list)
    always: Handler = field(default_factory=lambda: says(b"false"))

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append(Asked(handler.path, headers, body))
        (self.answers.pop(0) if self.answers else self.always)(handler)


def says(body: bytes, status: int = 200, **headers: str) -> Handler:
    """Answer so; underscores in names of headers stand for hyphens."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def stalls(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3 * TIMEOUT)
    handler.close_connection = True


def drips(handler: BaseHTTPRequestHandler) -> None:
    """A byte at a time, each well within the time-out of a socket."""
    try:
        for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
            handler.wfile.write(bytes([letter]))
            time.sleep(TIMEOUT / 5)
    except OSError:
        return
    finally:
        handler.close_connection = True


def floods(handler: BaseHTTPRequestHandler) -> None:
    """Many megabytes, of which nobody should read more than a little."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(1_000):
            handler.wfile.write(b"x" * 100_000)
    except OSError:
        return
    finally:
        handler.close_connection = True


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, both in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "crl_sign", "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def judge(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    """The judge, whose certificate this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    made = Judge(free_port())

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.handle(self)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: Any) -> None:
            """Clients that hang up are what is tested."""

    server = Server(("127.0.0.1", made.port), Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def config(config: Config, judge: Judge) -> Config:
    """Both judges have what they need; whether they are asked is for the settings."""
    return replace(
        config,
        akismet_key=KEY,
        akismet_url=f"{judge.url}/1.1",
        judge_url=f"{judge.url}/vote?team=blog",
        judge_secret=SECRET,
    )


def ask() -> Tally:
    """One round of the worker."""
    db.session.rollback()
    tally = ask_due(timeout=TIMEOUT)
    db.session.rollback()
    return tally
