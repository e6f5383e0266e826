"""Views of the queue that somebody wants to come back to, each person's own."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from sqlalchemy import delete, select

from blog.accounts.models import User
from blog.db import db, upsert
from blog.errors import Refusal
from blog.moderation.filters import holds_address, read_filter
from blog.moderation.models import SavedView
from blog.naming import clean_line

LONGEST_VIEW_NAME = 60
MOST_VIEWS = 30


def save_view(staff: User, name: str, query: str) -> None:
    """Keep a view under a name; one of the same name gives way.

    Raises Refusal for no fit name, and for a view that would keep a reader's address or IP, which
    is stored nowhere in the open and which erasing the reader could not find here.
    """
    name = clean_line(name.replace("\0", ""))
    if not 1 <= len(name) <= LONGEST_VIEW_NAME:
        sentence = f"A view needs a name of 1 to {LONGEST_VIEW_NAME} characters."
        raise Refusal("bad_name", f"{sentence} Nothing was saved.", field="name")
    if len({*(view.name for view in views_of(staff)), name}) > MOST_VIEWS:
        sentence = f"You have {MOST_VIEWS} views, which is the most there can be. Remove one first."
        raise Refusal("too_many", f"{sentence} Nothing was saved.", field="name")
    # Through the filter, so that only what it knows is kept.
    wanted = read_filter(dict(parse_qsl(query)))
    if any(map(holds_address, (name, wanted.q, wanted.post, wanted.series))):
        raise Refusal(
            "holds_address",
            "A view cannot keep an email address or an IP, since those of readers are stored "
            "encrypted only. Nothing was saved, and the search itself works "
            "as before. Search for the person and save the view of that person instead.",
            field="name",
        )
    tidy = wanted.query()
    insert = upsert(SavedView).values(staff_id=staff.id, name=name, query=tidy)
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=[SavedView.staff_id, SavedView.name], set_={"query": tidy}
        )
    )


def remove_view(staff: User, view_id: int) -> None:
    """Forget a view of this person; nothing happens when it is gone or another's."""
    db.session.execute(
        delete(SavedView).where(SavedView.id == view_id, SavedView.staff_id == staff.id)
    )


def views_of(staff: User) -> Sequence[SavedView]:
    """The views of a person, by name."""
    return db.session.scalars(
        select(SavedView).where(SavedView.staff_id == staff.id).order_by(SavedView.name)
    ).all()
