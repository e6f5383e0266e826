"""Load from another process, and single requests whose cost is counted."""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import read_wrk
from tests.benchmarks.processes import processor_seconds
from tests.benchmarks.servers import HOST, Server
from tests.factories import PASSWORD

CONNECTIONS = 16
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests cost: answers a second, and the server's processor time for each."""

    per_second: float
    processor_ms: float
    median_ms: float = 0.0  # that passed until an answer was whole; not known from `wrk`


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, or nothing."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")


def fetch(
    server: Server, path: str, headers: Mapping[str, str] | None = None, body: str | None = None
) -> Answer:
    """One request on a connection of its own; with a body it is a POST of a form."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    sent = dict(headers or {})
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("GET" if body is None else "POST", path, body, sent)
    response = connection.getresponse()
    answer = Answer(response.status, response.getheaders(), response.read())
    connection.close()
    return answer


def press(
    server: Server,
    path: str,
    seconds: int,
    headers: Mapping[str, str] | None = None,
    *,
    connections: int = CONNECTIONS,
    script: Path | None = None,
) -> Load:
    """Let `wrk` ask as fast as it gets answers. Raises ValueError when any is an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if script is not None:
        command += ["-s", str(script)]
    server.drain()
    before = processor_seconds(server.pid)
    done = subprocess.run(
        [*command, f"http://{HOST}:{server.port}{path}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    server.drain()
    result = read_wrk(done.stdout)
    spent = processor_seconds(server.pid) - before
    return Load(result.per_second, spent / result.requests * 1000)


def ask_in_turn(
    server: Server, path: str, count: int, headers: Mapping[str, str] | None = None
) -> Load:
    """Ask so many times, one after the other, on one connection."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    times = []
    server.drain()
    before = processor_seconds(server.pid)
    for _ in range(count):
        start = time.perf_counter()
        connection.request("GET", path, headers=dict(headers or {}))
        response = connection.getresponse()
        response.read()
        times.append(time.perf_counter() - start)
        if response.status != 200:
            raise ValueError(f"{path} was answered {response.status}")
    connection.close()
    server.drain()
    spent = processor_seconds(server.pid) - before
    return Load(count / sum(times), spent / count * 1000, statistics.median(times) * 1000)


def sign_in(server: Server, email: str) -> dict[str, str]:
    """Sign in through the page; returns the headers that later requests bear."""
    page = fetch(server, "/login")
    token = TOKEN.search(page.body.decode())
    if token is None:
        raise RuntimeError("the page to sign in has no token")
    body = "&".join(
        f"{name}={value.replace('@', '%40').replace(' ', '+')}"
        for name, value in (("email", email), ("password", PASSWORD), ("csrf_token", token[1]))
    )
    answer = fetch(server, "/login", {"Cookie": _cookies(page)}, body)
    if answer.status not in {302, 303}:
        raise RuntimeError(f"signing in was answered {answer.status}")
    return {"Cookie": _cookies(answer)}


def _cookies(answer: Answer) -> str:
    return "; ".join(
        value.partition(";")[0] for name, value in answer.headers if name.lower() == "set-cookie"
    )
