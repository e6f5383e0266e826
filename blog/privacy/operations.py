"""A copy of what is kept about a person, and its erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from blog.comments.editing import revisions_of
from blog.comments.lookalikes import CommentPrint
from blog.comments.models import (
    PERSON_ADDRESS,
    Appeal,
    Comment,
    Person,
    Receipt,
    Revision,
    Verdict,
)
from blog.comments.signals import data_asked
from blog.comments.states import delete_for_good
from blog.db import db, rows_changed
from blog.moderation.log import THE_AUTHOR, write_log
from blog.moderation.models import PersonNote
from blog.posts.models import Post
from blog.sealing import SealBrokenError, sealer
from blog.versions import conversation_changed, site_changed
from blog.web.filters import iso

ANONYMOUS = "Anonymous"
BY = "erasure"
# A guest proves no address when commenting: who reads this may be another than who wrote.
LEFT_OUT = (
    "The IP and the browser of each comment are kept too, but not told here: anybody can write "
    "under an address, and they may be somebody else's. They are erased with the rest."
)
UNREADABLE = "(sealed with a key that is lost)"


def everything_about(person: Person, *, base_url: str) -> dict[str, Any]:
    """All that is kept about a person, as plain JSON values."""
    rows = db.session.scalars(
        select(Comment).where(Comment.person_id == person.id).order_by(Comment.id)
    ).all()
    data: dict[str, Any] = {
        "address": _opened(person.address_sealed, PERSON_ADDRESS),
        "first_seen_at": iso(person.first_seen_at),
        "verified_name": person.verified_name,
        "standing": person.standing.value,
        "standing_until": iso(person.standing_until),
        "standing_reason": person.standing_reason,
        "notes": _notes(person),
        "comments": [_comment(comment, base_url) for comment in rows],
        "left_out": LEFT_OUT,
    }
    for _listener, more in data_asked.send(person):
        data |= more
    return data


def _comment(comment: Comment, base_url: str) -> dict[str, Any]:
    revisions = revisions_of(comment.id)[::-1]
    appeal = db.session.get(Appeal, comment.id)
    verdicts = db.session.scalars(
        select(Verdict).where(Verdict.comment_id == comment.id).order_by(Verdict.id)
    )
    return {
        "id": comment.id,
        "post": comment.post.title,
        "link": f"{base_url}/comments/{comment.id}",
        "status": comment.status.value,
        "name": comment.author,
        "website": comment.url,
        "created_at": iso(comment.created_at),
        "edited_at": iso(comment.edited_at),
        "text": comment.text,
        "earlier_texts": [row.text for row in revisions],
        "earlier_names": [row.author for row in revisions],
        "earlier_websites": [row.url for row in revisions],
        "screening": [_verdict(verdict) for verdict in verdicts],
        "appeal": appeal.text if appeal is not None else "",
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    # Not what each check saw: it would teach whoever sends spam.
    checks = [str(finding.get("check")) for finding in verdict.findings]
    return {"at": iso(verdict.made_at), "outcome": verdict.outcome, "checks": checks}


def _notes(person: Person) -> list[dict[str, Any]]:
    notes = db.session.scalars(
        select(PersonNote).where(PersonNote.person_id == person.id).order_by(PersonNote.id)
    )
    return [{"made_at": iso(note.made_at), "text": note.text} for note in notes]


def _opened(sealed: bytes, purpose: str) -> str:
    try:
        return sealer().open(sealed, purpose)
    except SealBrokenError:
        return UNREADABLE


def erase(person: Person, *, keeps_texts: bool, now: datetime) -> int:
    """Forget a person: name, website, address, IP, agent, subscriptions, mails, earlier texts,
    what the staff noted and what screening said.

    What was said stays under "Anonymous", or goes too; replies of others keep their place either
    way. Returns how many comments there were. The caller commits.
    """
    rows = _comment_ids(person.id)
    for comment_id in rows:
        for kept in (Verdict, Revision, CommentPrint, Receipt, Appeal):
            db.session.execute(delete(kept).where(kept.comment_id == comment_id))
        if not keeps_texts:
            _forget_text(comment_id, now)
    slugs = db.session.scalars(
        select(Post.slug)
        .where(Post.id.in_(select(Comment.post_id).where(Comment.person_id == person.id)))
        .distinct()
    ).all()
    rows_changed(
        update(Comment)
        .where(Comment.person_id == person.id)
        .values(
            author=ANONYMOUS,
            url="",
            agent="",
            ip_sealed=None,
            ip_index=None,
            person_id=None,
            fingerprint=None,
            is_staff=False,
            version=Comment.version + 1,
        )
    )
    for slug in slugs:
        conversation_changed(slug)
    if person.verified_name:
        # Who may bear which name is remembered with the site.
        site_changed()
    # What other rooms keep of the person hangs on this row and goes with it.
    person_id = person.id
    rows_changed(delete(Person).where(Person.id == person_id))
    db.session.expire_all()
    _log_erasure(person_id, len(rows), keeps_texts=keeps_texts, now=now)
    return len(rows)


def _log_erasure(person_id: int, count: int, *, keeps_texts: bool, now: datetime) -> None:
    """One entry, which does not tell whose comments were one person's; the log's lock is last."""
    write_log(
        "erase",
        f"person:{person_id}",
        staff=None,
        who=THE_AUTHOR,
        now=now,
        before="1 comment" if count == 1 else f"{count} comments",
        after="texts kept" if keeps_texts else "texts deleted",
    )


def _comment_ids(person_id: int) -> list[int]:
    """The person's comments, the newest first, so that replies go before what they answer."""
    query = select(Comment.id).where(Comment.person_id == person_id).order_by(Comment.id.desc())
    return list(db.session.scalars(query.with_for_update()))


def _forget_text(comment_id: int, now: datetime) -> None:
    # One that was emptied before, or went with a reply below it, is gone already.
    comment = db.session.get(Comment, comment_id, populate_existing=True)
    if comment is not None and comment.erased_at is None:
        delete_for_good(comment_id, by=BY, now=now)
