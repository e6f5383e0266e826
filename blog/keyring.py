"""Which key sealed the addresses in this database, so that a wrong one is noticed at the start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from blog.config import ConfigError
from blog.db import Model, db, upsert
from blog.sealing import sealer


class KnownKey(Model):
    """A key that sealed addresses here, by a fingerprint that tells nothing of it."""

    __tablename__ = "known_key"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_used_at: Mapped[datetime]


def note_key(now: datetime) -> None:
    """Remember the key that seals from now on; in the transaction of a write."""
    if not _known():
        # Another host may start on the new database at the same moment.
        add = upsert(KnownKey).values(fingerprint=sealer().fingerprint, first_used_at=now)
        db.session.execute(add.on_conflict_do_nothing(index_elements=[KnownKey.fingerprint]))


def _known() -> Sequence[str]:
    return db.session.scalars(select(KnownKey.fingerprint)).all()


def check_key() -> bool:
    """Whether the key is known already. Raises ConfigError when it is another one."""
    known = _known()
    if known and sealer().fingerprint not in known:
        raise ConfigError(
            "BLOG_ADDRESS_KEY is not the key that sealed the addresses in this database; expected "
            "the same key (or the same address.key file, or BLOG_SECRET_KEY) as before. "
            "Nothing was changed."
        )
    return bool(known)
