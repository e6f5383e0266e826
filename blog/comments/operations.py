"""Leaving a comment: the rules, in one transaction that the caller commits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from blog.accounts.queries import is_staff_address
from blog.comments.counting import count_visibility
from blog.comments.models import (
    COMMENT_IP,
    PERSON_ADDRESS,
    Comment,
    CommentStatus,
    LastPosted,
    Person,
    Verdict,
)
from blog.comments.queries import approved_names, is_public, person_by_address
from blog.comments.signals import comment_left
from blog.db import db, upsert
from blog.errors import NotAllowed, NotThere, Refusal, TooSoon
from blog.markup import POLICY_VERSION, count_links, render_comment
from blog.networks import network_of
from blog.posts.models import Post
from blog.screening.facts import Facts, Judgement, Outcome
from blog.screening.policy import judge
from blog.sealing import sealer
from blog.settings.catalogue import CommentSettings

FINGERPRINT = "comment.fingerprint"
A_DAY = timedelta(days=1)
SWEPT_AT_ONCE = 100
LONGEST_AGENT = 254  # WordPress keeps as much
STATUS_FOR = {
    Outcome.PUBLISH: CommentStatus.APPROVED,
    Outcome.HOLD: CommentStatus.PENDING,
    Outcome.SPAM: CommentStatus.SPAM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reader sent, normalised but not judged."""

    post_id: int
    author: str
    address: str
    url: str
    text: str
    parent_id: int | None = None
    # Whom it answers, when that comment stands too deep to be the parent.
    answers_id: int | None = None
    ip: str = ""
    agent: str = ""
    trap_was_filled: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with its safe HTML, made before the database is locked for writing."""

    draft: Draft
    html: str
    link_count: int


@dataclass(frozen=True, slots=True)
class Submitted:
    """The comment that now stands for the draft, and whether this call made it."""

    comment: Comment
    is_new: bool


def prepare(draft: Draft) -> Prepared:
    """Render the text. Pure and the costly part, so do it before :func:`blog.db.begin_write`."""
    html = render_comment(draft.text)
    return Prepared(draft, html, count_links(html))


def submit(prepared: Prepared, *, settings: CommentSettings, now: datetime) -> Submitted:
    """Judge and keep a comment; call it inside the transaction of a write.

    The same text by the same person at the same place gives the first comment again. Raises
    NotThere (no such live post), NotAllowed (closed), Refusal (parent), TooSoon (flood).
    """
    draft = prepared.draft
    post = _open_post(draft.post_id, settings, now)
    fingerprint = _fingerprint(draft)
    first = _with_fingerprint(fingerprint)
    if first is not None:
        return Submitted(first, is_new=False)
    parent = _parent(draft, settings)
    try:
        _hold_back_flood(draft, settings, now)
    except TooSoon:
        # A twin sent at the same moment may have been kept while we waited for its lock.
        first = _with_fingerprint(fingerprint)
        if first is None:
            raise
        return Submitted(first, is_new=False)
    person = _person(draft.address, now)
    judgement = judge(_facts(prepared, person, settings, now))
    comment_id = _insert(
        prepared,
        post=post,
        parent=parent,
        person=person,
        judgement=judgement,
        fingerprint=fingerprint,
        now=now,
    )
    if comment_id is None:
        first = _with_fingerprint(fingerprint)
        if first is None:
            raise RuntimeError("a comment with this fingerprint was there and is gone")
        return Submitted(first, is_new=False)
    comment = db.session.get_one(Comment, comment_id)
    _keep_verdict(comment_id, judgement, now)
    if comment.status == CommentStatus.APPROVED:
        count_visibility(comment, +1)
    db.session.flush()
    comment_left.send(comment, now=now)
    return Submitted(comment, is_new=True)


def judge_again(comment: Comment, *, settings: CommentSettings, now: datetime) -> Judgement:
    """Screen a comment whose text was changed, and keep the verdict. The caller commits."""
    seal, person = sealer(), comment.person
    draft = Draft(
        post_id=comment.post_id,
        author=comment.author,
        address=seal.open(person.address_sealed, PERSON_ADDRESS) if person else "",
        url=comment.url,
        text=comment.text,
        ip=seal.open(comment.ip_sealed, COMMENT_IP) if comment.ip_sealed else "",
        agent=comment.agent,
    )
    prepared = Prepared(draft, comment.html, count_links(comment.html))
    judgement = judge(_facts(prepared, person, settings, now))
    _keep_verdict(comment.id, judgement, now)
    return judgement


def _keep_verdict(comment_id: int, judgement: Judgement, now: datetime) -> None:
    outcome, findings = judgement.outcome.value, judgement.trace()
    db.session.add(Verdict(comment_id=comment_id, made_at=now, outcome=outcome, findings=findings))


def _open_post(post_id: int, settings: CommentSettings, now: datetime) -> Post:
    post = db.session.get(Post, post_id, populate_existing=True)
    if post is None or not post.is_live(now):
        raise NotThere("no_post", "There is no such post. Nothing was saved.")
    if not post.takes_comments(now, settings.close_after_days):
        raise NotAllowed("closed", "Comments on this post are closed. Your comment was not saved.")
    return post


def _fingerprint(draft: Draft) -> bytes:
    """A keyed digest of place, person, network and text.

    The network belongs to it: otherwise anyone could learn whose address stands behind a public
    comment by sending its text with guessed addresses and watching where the answer leads.
    """
    parts = (
        str(draft.post_id),
        str(draft.parent_id or 0),
        str(draft.answers_id or 0),
        draft.address.casefold(),
        network_of(draft.ip),
        draft.text.strip(),
    )
    return sealer().index("\0".join(parts), FINGERPRINT)


def _with_fingerprint(fingerprint: bytes) -> Comment | None:
    return db.session.scalar(select(Comment).where(Comment.fingerprint == fingerprint))


def _parent(draft: Draft, settings: CommentSettings) -> Comment | None:
    """The comment that is answered. Raises Refusal when it is not one to answer here."""
    answered = None
    if draft.answers_id is not None:
        answered = _visible_neighbour(draft.answers_id, draft.post_id)
    if draft.parent_id is None:
        return None
    parent = _visible_neighbour(draft.parent_id, draft.post_id)
    if answered is not None and (answered.root_id or answered.id) != (parent.root_id or parent.id):
        raise _bad_parent()
    if settings.max_depth and parent.depth >= settings.max_depth:
        raise Refusal(
            "too_deep",
            "The conversation is too deep to answer that comment directly. Your text is kept "
            "below: answer the comment above it, or start a new thread.",
            field="parent",
        )
    return parent


def _visible_neighbour(comment_id: int, post_id: int) -> Comment:
    comment = db.session.scalar(
        select(Comment)
        .where(Comment.id == comment_id, Comment.post_id == post_id, is_public())
        # Held until the commit, so that it cannot be deleted under the reply.
        .with_for_update(read=True, key_share=True)
    )
    if comment is None:
        raise _bad_parent()
    return comment


def _bad_parent() -> Refusal:
    return Refusal(
        "bad_parent",
        "The comment you answer is not here any more. Your text is kept below: answer "
        "another comment, or start a new thread.",
        field="parent",
    )


def _hold_back_flood(draft: Draft, settings: CommentSettings, now: datetime) -> None:
    """One comment per person and per network within the limit; a conditional update decides."""
    if settings.flood_seconds == 0:
        return
    window = timedelta(seconds=settings.flood_seconds)
    senders = {f"person:{draft.address.casefold()}", f"network:{network_of(draft.ip)}"}
    senders.discard("network:")
    keys = sorted(sealer().index(sender, "flood") for sender in senders)
    for key in keys:
        insert = upsert(LastPosted).values(key=key, posted_at=now)
        kept = db.session.scalar(
            insert.on_conflict_do_update(
                index_elements=[LastPosted.key],
                set_={"posted_at": now},
                # A time in the future means the clock was set back; it must lock nobody out.
                # (A little in the future is only a twin that waited less for this row.)
                where=or_(
                    LastPosted.posted_at <= now - window, LastPosted.posted_at > now + window
                ),
            ).returning(LastPosted.key)
        )
        if kept is None:
            raise _too_soon(key, window, now)
    # Rows that somebody else holds are left to a later sweep: waiting for them could deadlock.
    old = (
        select(LastPosted.key)
        .where(LastPosted.posted_at < now - max(window, A_DAY))
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    db.session.execute(delete(LastPosted).where(LastPosted.key.in_(old)))


def _too_soon(key: bytes, window: timedelta, now: datetime) -> TooSoon:
    posted_at = db.session.scalar(select(LastPosted.posted_at).where(LastPosted.key == key)) or now
    wait = max(1, math.ceil((posted_at + window - now).total_seconds()))
    seconds = "1 second" if wait == 1 else f"{wait} seconds"
    return TooSoon(
        "too_soon",
        f"You are posting quickly. Please wait {seconds} and send it again; "
        "your text is kept below.",
        retry_after=wait,
    )


def _person(address: str, now: datetime) -> Person:
    seal = sealer()
    db.session.execute(
        upsert(Person)
        .values(
            address_index=seal.index(address.casefold(), PERSON_ADDRESS),
            address_sealed=seal.seal(address, PERSON_ADDRESS),
            first_seen_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Person.address_index])
    )
    person = person_by_address(address)
    if person is None:
        raise RuntimeError("a person that was just kept cannot be found")
    return person


def _facts(
    prepared: Prepared, person: Person | None, settings: CommentSettings, now: datetime
) -> Facts:
    draft = prepared.draft
    return Facts(
        author=draft.author,
        address=draft.address,
        url=draft.url,
        text=draft.text,
        ip=draft.ip,
        agent=draft.agent,
        link_count=prepared.link_count,
        trap_was_filled=draft.trap_was_filled,
        was_approved_before=person is not None
        and draft.author.casefold() in approved_names(person.id),
        claims_staff_address=is_staff_address(draft.address),
        settings=settings,
        now=now,
    )


def _insert(
    prepared: Prepared,
    *,
    post: Post,
    parent: Comment | None,
    person: Person,
    judgement: Judgement,
    fingerprint: bytes,
    now: datetime,
) -> int | None:
    """Insert unless a twin came first; the unique fingerprint decides. None: the twin won."""
    draft, seal = prepared.draft, sealer()
    insert = upsert(Comment).values(
        post_id=post.id,
        parent_id=parent.id if parent else None,
        root_id=(parent.root_id or parent.id) if parent else None,
        depth=parent.depth + 1 if parent else 1,
        answers_id=draft.answers_id,
        thread_public=0,
        type="comment",
        status=STATUS_FOR[judgement.outcome],
        status_by="screening",
        status_at=now,
        version=1,
        author=draft.author,
        url=draft.url,
        person_id=person.id,
        ip_sealed=seal.seal(draft.ip, COMMENT_IP) if draft.ip else None,
        ip_index=seal.index(draft.ip, COMMENT_IP) if draft.ip else None,
        agent=draft.agent[:LONGEST_AGENT],
        text=draft.text,
        text_format="markdown",
        html=prepared.html,
        policy_version=POLICY_VERSION,
        created_at=now,
        fingerprint=fingerprint,
    )
    made: int | None = db.session.scalar(
        insert.on_conflict_do_nothing(index_elements=[Comment.fingerprint]).returning(Comment.id)
    )
    return made
