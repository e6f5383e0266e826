"""A new key for readers' addresses: everything sealed is sealed again, in one transaction.

The new key is on the disk before the database speaks of it, and takes its place after; a rotation
that was stopped anywhere is finished by starting it again.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, and_, delete, select, tuple_, update

from blog.accounts.models import LoginAttempt
from blog.comments.models import PERSON_ADDRESS, Comment, LastPosted, Person
from blog.config import ADDRESS_KEY_FILE
from blog.db import INDEX_OF, SEALED, Base, begin_write, db, rows_changed
from blog.errors import Refusal
from blog.keyring import KnownKey
from blog.screening.models import RuleVersion
from blog.sealing import SealBrokenError, Sealer

NEXT_KEY_FILE = ADDRESS_KEY_FILE + ".next"
BATCH = 1_000
Progress = Callable[[int], None]


def rotate_key_file(folder: Path, old: Sealer, *, now: datetime, progress: Progress) -> int:
    """Make a new address.key and seal everything with it; returns how many values. Commits.

    Raises Refusal when the database was sealed with neither the old key nor the one begun.
    """
    begun = folder / NEXT_KEY_FILE
    if not begun.exists():
        _write_key(begun)
    count = seal_again(old, Sealer(begun.read_text("ascii").strip()), now=now, progress=progress)
    begun.replace(folder / ADDRESS_KEY_FILE)
    return count


def seal_again(old: Sealer, new: Sealer, *, now: datetime, progress: Progress) -> int:
    """Seal everything with another key; 0 when that has been done already. Commits.

    Raises Refusal when a value does not open; nothing is changed then.
    """
    begin_write()
    known = set(db.session.scalars(select(KnownKey.fingerprint)))
    if new.fingerprint in known:
        db.session.rollback()
        return 0
    if known and old.fingerprint not in known:
        db.session.rollback()
        raise Refusal(
            "wrong_key",
            "BLOG_ADDRESS_KEY is not the key that sealed this database. Nothing was changed.",
        )
    try:
        _rules(old, new)
        count = sum(_table(table, old, new, progress) for table in Base.metadata.sorted_tables)
    except SealBrokenError as error:
        db.session.rollback()
        raise Refusal(
            "broken_seal", f"A value cannot be opened ({error}) Nothing was changed."
        ) from error
    # Digests of short memory: they cannot be opened, and are of no use under another key.
    rows_changed(delete(LastPosted))
    rows_changed(delete(LoginAttempt))
    rows_changed(update(Comment).where(Comment.fingerprint.is_not(None)).values(fingerprint=None))
    rows_changed(delete(KnownKey))
    db.session.add(KnownKey(fingerprint=new.fingerprint, first_used_at=now))
    db.session.commit()
    return count


def _rules(old: Sealer, new: Sealer) -> None:
    """Let rules know their addresses under the new key.

    A rule keeps no address, so it is that of a person who commented. One of nobody's (any more)
    could not catch anything again; it is switched off, which the page of rules shows.
    """
    known = select(RuleVersion.address_index).where(RuleVersion.address_index.is_not(None))
    rows = db.session.execute(
        select(Person.address_index, Person.address_sealed).where(Person.address_index.in_(known))
    )
    under_new = {
        row.address_index: new.index(
            old.open(row.address_sealed, PERSON_ADDRESS).casefold(), PERSON_ADDRESS
        )
        for row in rows
    }
    for index in set(db.session.scalars(known)):
        found = under_new.get(index)
        values = {"address_index": found} if found else {"address_index": None, "is_on": False}
        rows_changed(update(RuleVersion).where(RuleVersion.address_index == index).values(values))


def _table(table: Table, old: Sealer, new: Sealer, progress: Progress) -> int:
    purposes = {
        column.name: str(column.info[SEALED]) for column in table.columns if SEALED in column.info
    }
    if not purposes:
        return 0
    indexes = {
        column.name: column.info[INDEX_OF] for column in table.columns if INDEX_OF in column.info
    }
    keys = list(table.primary_key)
    last: tuple[Any, ...] | None = None
    count = 0
    query = select(*keys, *(table.c[name] for name in purposes)).order_by(*keys).limit(BATCH)
    while True:
        page = query if last is None else query.where(tuple_(*keys) > tuple_(*last))
        rows = db.session.execute(page).all()
        if not rows:
            return count
        for row in rows:
            values = _values(row._mapping, purposes, indexes, old, new)
            if values:
                is_row = and_(*(key == row._mapping[key.name] for key in keys))
                rows_changed(update(table).where(is_row).values(values))
                count += 1
        last = tuple(rows[-1])[: len(keys)]
        progress(len(rows))


def _values(
    row: Mapping[Any, Any],
    purposes: Mapping[str, str],
    indexes: Mapping[str, tuple[str, bool]],
    old: Sealer,
    new: Sealer,
) -> dict[str, bytes]:
    values: dict[str, bytes] = {}
    opened: dict[str, str] = {}
    for name, purpose in purposes.items():
        if row[name] is not None:
            opened[name] = old.open(row[name], purpose)
            values[name] = new.seal(opened[name], purpose)
    for name, (source, folds_case) in indexes.items():
        if source in opened:
            text = opened[source].casefold() if folds_case else opened[source]
            values[name] = new.index(text, purposes[source])
    return values


def _write_key(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
