"""Leaving a comment: the rules, in one transaction that the caller commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, insert, select

from blog.comments.counting import count_state, count_visibility
from blog.comments.facts import facts_about
from blog.comments.flood import hold_back_flood
from blog.comments.lookalikes import keep_print
from blog.comments.models import (
    COMMENT_IP,
    PERSON_ADDRESS,
    Comment,
    CommentStatus,
    CommentType,
    Person,
    Verdict,
)
from blog.comments.proofs import spend
from blog.comments.queries import is_public
from blog.comments.senders import index_of_address, person_by_index, sender_of
from blog.comments.signals import NewComment, comment_left, told_of
from blog.db import db, upsert
from blog.errors import NotAllowed, NotThere, Refusal, TooSoon
from blog.markup import POLICY_VERSION, count_links, render_comment
from blog.networks import network_of
from blog.posts.models import Post, takes_comments
from blog.posts.queries import live_at_now
from blog.prepared import PreparedStatement
from blog.screening.facts import Judgement, Outcome
from blog.screening.policy import judge
from blog.screening.proofs import NOT_ASKED, Proof, read_proof
from blog.screening.rulebook import current_rulebook
from blog.screening.simhash import print_of
from blog.sealing import sealer
from blog.settings.attack import tightened
from blog.settings.catalogue import CommentSettings

FINGERPRINT = "comment.fingerprint"
LONGEST_AGENT = 254  # WordPress keeps as much
STATUS_FOR = {
    Outcome.PUBLISH: CommentStatus.APPROVED,
    Outcome.HOLD: CommentStatus.PENDING,
    Outcome.SPAM: CommentStatus.SPAM,
}
_KEEP_VERDICT = PreparedStatement(lambda: insert(Verdict))


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
    # The proof of work that its browser did.
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with its safe HTML, made before the database is locked for writing."""

    draft: Draft
    html: str
    link_count: int
    text_print: int | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A draft with what screening said of it, and the cluster of look-alikes it falls into."""

    prepared: Prepared
    address_index: bytes
    judgement: Judgement
    cluster: int | None
    proof: Proof = NOT_ASKED


@dataclass(frozen=True, slots=True)
class Submitted:
    """The comment that now stands for the draft, and whether this call made it."""

    comment: NewComment
    is_new: bool
    # The checks that failed, so that a person must look.
    broken_checks: tuple[str, ...] = ()


def prepare(draft: Draft) -> Prepared:
    """Render the text. Pure and the costly part, so do it before :func:`blog.db.begin_write`."""
    html = render_comment(draft.text)
    return Prepared(draft, html, count_links(html), print_of(draft.text))


def weigh(prepared: Prepared, *, settings: CommentSettings, now: datetime) -> Weighed:
    """Look up what is known around a draft, and judge it.

    It only reads, and half of all questions about a comment are asked here: do it before
    :func:`blog.db.begin_write`, so that others need not wait for the answers.
    """
    address_index = index_of_address(prepared.draft.address)
    person = sender_of(address_index)
    proof = read_proof(prepared.draft.proof, settings, now)
    facts = facts_about(
        prepared,
        person.id if person else 0,
        person,
        settings,
        now,
        address_index=address_index,
        proof=proof.state,
    )
    judgement = judge(facts, current_rulebook())
    return Weighed(prepared, address_index, judgement, facts.around.cluster, proof)


def submit(weighed: Weighed, *, settings: CommentSettings, now: datetime) -> Submitted:
    """Keep a comment, unless it must not be; call it inside the transaction of a write.

    The same text by the same person at the same place gives the first comment again. Raises
    NotThere (no such live post), NotAllowed (closed), Refusal (parent), TooSoon (flood).
    """
    prepared = weighed.prepared
    draft = prepared.draft
    fingerprint = fingerprint_of(draft)
    first = _twin_on_open_post(draft.post_id, fingerprint, settings, now)
    if first is not None:
        return Submitted(told_of(first), is_new=False)
    parent = _parent(draft, settings)
    try:
        hold_back_flood(draft.address, draft.ip, tightened(settings, now), now)
    except TooSoon:
        # A twin sent at the same moment may have been kept while we waited for its lock.
        first = with_fingerprint(fingerprint)
        if first is None:
            raise
        return Submitted(told_of(first), is_new=False)
    judgement = spend(weighed.proof, weighed.judgement)
    comment = _insert(
        prepared,
        parent=parent,
        person_id=person_with(draft.address, weighed.address_index, now)[0],
        judgement=judgement,
        fingerprint=fingerprint,
        now=now,
    )
    if comment is None:
        first = with_fingerprint(fingerprint)
        if first is None:
            raise RuntimeError("a comment with this fingerprint was there and is gone")
        return Submitted(told_of(first), is_new=False)
    keep_verdict(comment.id, judgement, now)
    if prepared.text_print is not None:
        keep_print(comment.id, prepared.text_print, weighed.cluster)
    if comment.status == CommentStatus.APPROVED:
        count_visibility(comment, +1)
    count_state(draft.post_id, before=None, after=comment.status)
    comment_left.send(comment, now=now)
    return Submitted(comment, is_new=True, broken_checks=judgement.broken_checks())


def keep_verdict(comment_id: int, judgement: Judgement, now: datetime) -> None:
    """Keep what screening said of a comment. The caller commits."""
    _KEEP_VERDICT.rows(
        {
            "comment_id": comment_id,
            "made_at": now,
            "outcome": judgement.outcome.value,
            "findings": judgement.trace(),
            "passed": list(judgement.passed),
        }
    )


def _twin_on_open_post(
    post_id: int, fingerprint: bytes, settings: CommentSettings, now: datetime
) -> Comment | None:
    """The comment that has this fingerprint already, on a post that takes comments at this moment.

    Raises NotThere or NotAllowed for another post.
    """
    values = {"post_id": post_id, "now": now, "fingerprint": fingerprint}
    row = _OPENNESS.first(values)
    if row is None:
        raise NotThere("no_post", "There is no such post. Nothing was saved.")
    if not takes_comments(row.comments_open, row.published_at, now, settings.close_after_days):
        raise NotAllowed("closed", "Comments on this post are closed. Your comment was not saved.")
    return None if row.twin is None else db.session.get(Comment, row.twin)


def _openness() -> Select[Any]:
    """Whether the post ``:post_id`` takes comments, if it is live at ``:now``; and the twin."""
    twin = _of_fingerprint().scalar_subquery().label("twin")
    return select(Post.comments_open, Post.published_at, twin).where(
        Post.id == bindparam("post_id"), live_at_now()
    )


def fingerprint_of(draft: Draft) -> bytes:
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


def with_fingerprint(fingerprint: bytes) -> Comment | None:
    """The comment that has this fingerprint."""
    found = _TWIN.scalar({"fingerprint": fingerprint})
    return None if found is None else db.session.get(Comment, found)


def _of_fingerprint() -> Select[int]:
    return select(Comment.id).where(Comment.fingerprint == bindparam("fingerprint"))


_OPENNESS, _TWIN = PreparedStatement(_openness), PreparedStatement(_of_fingerprint)


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


def person_with(address: str, address_index: bytes, now: datetime) -> tuple[int, Person | None]:
    """The number of the person of this address, and the person where it was used before."""
    seal = sealer()
    values = {
        "address_index": address_index,
        "address_sealed": seal.seal(address, PERSON_ADDRESS),
        "first_seen_at": now,
    }
    made = _KEEP_PERSON.scalar(values)
    if made is not None:
        return made, None
    person = person_by_index(address_index)
    if person is None:
        raise RuntimeError("a person that was just kept cannot be found")
    return person.id, person


def _unless_known() -> Any:
    """An INSERT of a person that gives the number, unless somebody has the address already."""
    insert_one = upsert(Person).on_conflict_do_nothing(index_elements=[Person.address_index])
    return insert_one.returning(Person.id)


def _unless_twice() -> Any:
    """An INSERT of a comment that gives its number, unless its twin came first."""
    insert_one = upsert(Comment).on_conflict_do_nothing(index_elements=[Comment.fingerprint])
    return insert_one.returning(Comment.id)


_KEEP_PERSON, _KEEP = PreparedStatement(_unless_known), PreparedStatement(_unless_twice)


def _insert(
    prepared: Prepared,
    *,
    parent: Comment | None,
    person_id: int,
    judgement: Judgement,
    fingerprint: bytes,
    now: datetime,
) -> NewComment | None:
    """Insert unless a twin came first; the unique fingerprint decides. None: the twin won."""
    draft, seal = prepared.draft, sealer()
    values = {
        "post_id": draft.post_id,
        "parent_id": parent.id if parent else None,
        "root_id": (parent.root_id or parent.id) if parent else None,
        "depth": parent.depth + 1 if parent else 1,
        "answers_id": draft.answers_id,
        "thread_public": 0,
        "type": CommentType.COMMENT,
        "status": STATUS_FOR[judgement.outcome],
        "status_by": "screening",
        "status_at": now,
        "version": 1,
        "author": draft.author,
        "url": draft.url,
        "person_id": person_id,
        "ip_sealed": seal.seal(draft.ip, COMMENT_IP) if draft.ip else None,
        "ip_index": seal.index(draft.ip, COMMENT_IP) if draft.ip else None,
        "agent": draft.agent[:LONGEST_AGENT],
        "text": draft.text,
        "text_format": "markdown",
        "html": prepared.html,
        "policy_version": POLICY_VERSION,
        "created_at": now,
        "fingerprint": fingerprint,
        "risk": judgement.risk,
        "is_staff": False,
    }
    made = _KEEP.scalar(values)
    told: dict[str, Any] = {"id": made, **values}
    return None if made is None else NewComment._make(told[name] for name in NewComment._fields)
