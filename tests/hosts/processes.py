"""Real `blog serve` processes, a plain proxy in front of them, and readers who send at once."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.databases import free_port

STARTS_WITHIN_SECONDS = 60
SECRET = "a-secret-for-tests-only-0123456789"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def token(self) -> str:
        """The form token of a page of the staff."""
        found = TOKEN.search(self.text)
        assert found is not None, self.text
        return found[1]


def ask(
    port: int,
    path: str,
    data: Mapping[str, str] | None = None,
    *,
    reader: str = "192.0.2.1",
    cookie: str = "",
) -> Answer:
    """GET, or POST with ``data``, on a connection of its own, as forwarded for ``reader``."""
    headers = {"Connection": "close", "X-Forwarded-For": reader, "Cookie": cookie}
    body = None
    if data is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(data)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


class Staff:
    """A browser of somebody who may sign in; it keeps its cookie and may ask any host."""

    def __init__(self) -> None:
        self._cookie = ""

    def ask(self, port: int, path: str, data: Mapping[str, str] | None = None) -> Answer:
        answer = ask(port, path, data, cookie=self._cookie)
        given = answer.headers["Set-Cookie"]
        if given is not None:
            self._cookie = given.partition(";")[0]
        return answer

    def sign_in(self, port: int, email: str, password: str) -> None:
        form = {"email": email, "password": password, "csrf_token": self.ask(port, "/login").token}
        answer = self.ask(port, "/login", form)
        assert answer.status in {302, 303}, answer.text


class Host:
    """One `blog serve` process with a folder of its own, as a host has."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.log = folder / "serve.log"
        folder.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
        given = {"BLOG_INSTANCE_DIR": str(folder), "BLOG_SECRET_KEY": SECRET, **environment}
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "blog", "serve", f"--port={self.port}", "--workers=1"],
                env={**kept, **given},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_up(self) -> None:
        end = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            with suppress(OSError, http.client.HTTPException):
                ask(self.port, "/healthz")
                return
            time.sleep(0.05)
        pytest.fail(f"the server did not answer: {self.log.read_text()}")

    def kill(self) -> None:
        """SIGKILL to the server and its worker, as when a host loses its power."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=20)


@contextmanager
def hosts(count: int, folder: Path, **environment: str) -> Iterator[list[Host]]:
    """So many hosts, all up; they start at once."""
    with ExitStack() as stack:
        made = []
        for number in range(count):
            host = Host(folder / f"host{number}", **environment)
            stack.callback(host.kill)
            made.append(host)
        for host in made:
            host.wait_until_up()
        yield made


class _Forward(socketserver.BaseRequestHandler):
    """Hands one connection to the next host that answers."""

    server: RoundRobin

    def handle(self) -> None:
        backend = self.server.connect()
        if backend is None:
            return
        with backend:
            back = threading.Thread(target=_pass_on, args=(backend, self.request))
            back.start()
            _pass_on(self.request, backend)
            back.join()


class RoundRobin(socketserver.ThreadingTCPServer):
    """A proxy on loopback that takes the hosts in turns and leaves out those that are gone."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, ports: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.port = int(self.server_address[1])
        self._ports = ports
        self._turn = 0
        self._lock = threading.Lock()

    def connect(self) -> socket.socket | None:
        """A connection to the host whose turn it is; None when all are gone."""
        with self._lock:
            self._turn += 1
            turn = self._turn
        for number in range(len(self._ports)):
            port = self._ports[(turn + number) % len(self._ports)]
            with suppress(OSError):
                return socket.create_connection(("127.0.0.1", port), timeout=20)
        return None


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def round_robin(made: list[Host]) -> Iterator[int]:
    """The port of a proxy in front of these hosts."""
    with RoundRobin([host.port for host in made]) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy.port
        finally:
            proxy.shutdown()
            thread.join(timeout=10)


@dataclass
class Record:
    """What readers who send at once were answered."""

    acknowledged: list[str] = field(default_factory=list)
    # The status of each answer that was none of 303, and 0 for a connection that broke.
    others: list[int] = field(default_factory=list)
    # When each acknowledgement came, by the monotonic clock.
    times: list[float] = field(default_factory=list)


@contextmanager
def readers(port: int, slug: str, count: int) -> Iterator[Record]:
    """So many people who leave one comment after the other until the block ends.

    What was not acknowledged is sent again, as a person would, until it is.
    """
    record, is_over, lock = Record(), threading.Event(), threading.Lock()

    def send(number: int) -> None:
        serial = 0
        while not is_over.is_set():
            serial += 1
            words = f"Reader {number} says thing {serial}."
            _send_until_taken(port, slug, number, words, record, lock)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield record
    finally:
        is_over.set()
        for thread in threads:
            thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)


def _send_until_taken(
    port: int, slug: str, number: int, words: str, record: Record, lock: threading.Lock
) -> None:
    form = {"comment": words, "author": "Reader", "email": f"reader{number}@reader.example"}
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            path = f"/posts/{slug}/comments"
            status = ask(port, path, form, reader=f"192.0.2.{number}").status
        except (OSError, http.client.HTTPException):
            status = 0
        with lock:
            if status == 303:
                record.acknowledged.append(words)
                record.times.append(time.monotonic())
                return
            record.others.append(status)
        time.sleep(0.05)


def wait_for(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so, and fail when it does not become so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
