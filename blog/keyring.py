"""Which key sealed the addresses in this database, so that a wrong one is noticed at the start."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from blog.config import ConfigError
from blog.db import Model, db
from blog.sealing import sealer


class KnownKey(Model):
    """A key that sealed addresses here, by a fingerprint that tells nothing of it."""

    __tablename__ = "known_key"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_used_at: Mapped[datetime]


def check_key(now: datetime) -> None:
    """Note the key on first use; the caller commits. Raises ConfigError when it is another one."""
    known = db.session.scalars(select(KnownKey.fingerprint)).all()
    if not known:
        db.session.add(KnownKey(fingerprint=sealer().fingerprint, first_used_at=now))
    elif sealer().fingerprint not in known:
        raise ConfigError(
            "BLOG_ADDRESS_KEY is not the key that sealed the addresses in this database; expected "
            "the same key (or the same address.key file, or BLOG_SECRET_KEY) as before. "
            "Nothing was changed."
        )
