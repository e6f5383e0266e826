"""Versions of what pages show: each write that a reader could see raises them, as it commits.

A kept copy of a page carries the versions of the scopes it shows, and is good for as long as they
stand. A write says what it changed with :func:`site_changed` or :func:`conversation_changed`; the
rows are written right before the commit, in the same transaction and in one order, so that a scope
that many writers share is locked for the shortest time and never waited for crosswise.

A version is no count but the millisecond at which it was raised, with random bits behind it: a
database that was put back from a backup can then never bear a version by which another copy was
made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import BigInteger, String, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from blog.clock import now
from blog.db import Model, db, upsert

# Posts, series, tags and settings: every page shows something of them.
SITE = "site"
# The conversations taken together: lists with counts of comments, feeds of all comments.
CONVERSATIONS = "conversations"
_RAISED = "blog_raised_scopes"
# A millisecond of this century takes 42 bits; together they fit into a signed number of 64.
_RANDOM_BITS = 20


class PageVersion(Model):
    """The version of one scope. A scope that nothing has changed yet has no row."""

    __tablename__ = "page_version"

    scope: Mapped[str] = mapped_column(String(220), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


def conversation(slug: str) -> str:
    """The scope of the conversation under the post of this slug."""
    return f"post:{slug}"


def site_changed() -> None:
    """Something that any page may show was written: a post, a series, a tag, a setting."""
    _raise_at_commit(SITE)


def conversation_changed(slug: str) -> None:
    """Something that readers see of the comments under this post was written."""
    _raise_at_commit(conversation(slug), CONVERSATIONS)


def raised_at(version: int) -> datetime:
    """When a version was raised, by the clock of the host that did it."""
    return datetime.fromtimestamp((version >> _RANDOM_BITS) / 1000, UTC)


def current_versions(scopes: Iterable[str]) -> dict[str, int]:
    """The versions of these scopes as they stand now; 0 for one without a row."""
    wanted = list(scopes)
    rows = db.session.execute(
        select(PageVersion.scope, PageVersion.version).where(PageVersion.scope.in_(wanted))
    )
    return dict.fromkeys(wanted, 0) | {row.scope: row.version for row in rows}


def _raise_at_commit(*scopes: str) -> None:
    db.session().info.setdefault(_RAISED, set()).update(scopes)


@event.listens_for(Session, "before_commit")
def _write_raised(session: Session) -> None:
    scopes = session.info.pop(_RAISED, None)
    if not scopes:
        return
    version = (int(now().timestamp() * 1000) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    rows = [{"scope": scope, "version": version} for scope in sorted(scopes)]
    insert = upsert(PageVersion)
    session.execute(
        insert.values(rows).on_conflict_do_update(
            index_elements=[PageVersion.scope], set_={"version": insert.excluded.version}
        )
    )


@event.listens_for(Session, "after_rollback")
def _forget_raised(session: Session) -> None:
    session.info.pop(_RAISED, None)
