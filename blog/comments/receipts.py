"""The author's own way to a comment: what became of it, and what may still be done with it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from blog.comments.editing import edit
from blog.comments.models import (
    Appeal,
    Comment,
    CommentStatus,
    Receipt,
    Revision,
    Verdict,
)
from blog.comments.operations import STATUS_FOR, Submitted
from blog.comments.rejudging import judge_again
from blog.comments.signals import appeal_made, author_acted, comment_edited
from blog.comments.states import REMOVED, Move, change_status
from blog.db import db, upsert
from blog.errors import NotAllowed, NotThere, Refusal
from blog.prepared import PreparedStatement
from blog.settings.catalogue import CommentSettings

TOKEN_BYTES = 32
AUTHOR = "author"
SCREENING = "screening"
MOST_REVISIONS = 30
MOST_RECEIPTS = 5
LONGEST_APPEAL = 2_000
# What the author is told, by the check that held the comment. What a check saw stays with us: it
# would teach whoever sends spam, and whoever guesses at the addresses of the staff.
REASONS = {
    "attack_mode": "At the moment replies are looked at before they appear.",
    "first_comment": "The first comment by a name and address waits for a moderator.",
    "hold_all": "On this blog every comment waits for a moderator.",
    "many_links": "Comments with several links wait for a moderator.",
    "proof_of_work": "Your browser did not do the work against spam, so a moderator looks first.",
}
ANY_REASON = "A moderator looks at it first."
_ISSUE = PreparedStatement(lambda: insert(Receipt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a comment stands, in words for its author, and what the author may do."""

    state: str
    sentence: str
    can_edit: bool = False
    edit_until: datetime | None = None
    can_withdraw: bool = False
    can_appeal: bool = False
    can_follow: bool = False


def issue_receipt(comment_id: int, *, now: datetime) -> str:
    """Make a receipt; returns its token, which is kept nowhere. The caller commits."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"token_hash": _hash(token), "comment_id": comment_id, "made_at": now}
    _ISSUE.rows(row)
    return token


def receipt_after(submitted: Submitted, *, now: datetime) -> str | None:
    """The receipt to show after posting; None for who may only know what everybody reads.

    The same text sent again from the same network proves authorship while the comment is not
    public, and then the first answer may have been lost on the way. The caller commits.
    """
    comment = submitted.comment
    if not submitted.is_new:
        made = select(func.count()).select_from(Receipt).where(Receipt.comment_id == comment.id)
        if comment.status == CommentStatus.APPROVED or (db.session.scalar(made) or 0) >= (
            MOST_RECEIPTS
        ):
            return None
    return issue_receipt(comment.id, now=now)


def comment_of_receipt(token: str) -> Comment | None:
    """The comment that a receipt is for."""
    receipt = db.session.get(Receipt, _hash(token))
    return own_comment(receipt.comment_id) if receipt is not None else None


def own_comment(comment_id: int) -> Comment | None:
    """A comment by its number, in whatever state, for an author who has proved to be it.

    None when it was erased, or nobody's any more: a browser may remember it longer than the blog
    knows whose it was.
    """
    comment = db.session.get(Comment, comment_id)
    return comment if comment is not None and _has_author(comment) else None


def _has_author(comment: Comment) -> bool:
    return comment.erased_at is None and comment.person_id is not None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def standing(comment: Comment, settings: CommentSettings, now: datetime) -> Standing:
    """How the comment stands for its author.

    What screening took for spam looks as if it were held, here as in the preview.
    """
    if comment.status == CommentStatus.APPROVED:
        until = None
        if settings.edit_minutes:
            until = comment.created_at + timedelta(minutes=settings.edit_minutes)
        return Standing(
            state="published",
            sentence="Your comment is published. Everybody can read it.",
            can_edit=until is None or now < until,
            edit_until=until,
            can_withdraw=True,
            can_follow=True,
        )
    if comment.status == CommentStatus.PENDING or comment.status_by == SCREENING:
        return Standing(
            state="waiting",
            sentence=f"Your comment is awaiting moderation. {_reason(comment)}",
            can_edit=True,
            can_withdraw=True,
            can_follow=True,
        )
    if comment.status_by == AUTHOR:
        return Standing(
            state="withdrawn",
            sentence="You have withdrawn this comment. Nobody sees it any more; the text is below "
            "for you to copy until it is deleted for good.",
        )
    return _rejected(comment)


def _rejected(comment: Comment) -> Standing:
    appeal = db.session.get(Appeal, comment.id, populate_existing=True)
    sentence = "A moderator decided not to publish your comment."
    if appeal is None:
        sentence += " You may ask once to have it looked at again."
    elif appeal.answered_at is None:
        sentence += " You have asked to have it looked at again; a moderator will do that."
    else:
        sentence += " It was looked at again, and that stays so."
    return Standing(state="rejected", sentence=sentence, can_appeal=appeal is None)


def _reason(comment: Comment) -> str:
    verdict = db.session.scalar(
        select(Verdict).where(Verdict.comment_id == comment.id).order_by(Verdict.id.desc()).limit(1)
    )
    checks = [str(found.get("check")) for found in verdict.findings] if verdict else []
    return next((REASONS[check] for check in checks if check in REASONS), ANY_REASON)


def edit_own(
    comment_id: int, text: str, html: str, *, settings: CommentSettings, now: datetime
) -> Comment:
    """The author changes the text; it goes through screening again. The caller commits.

    What screening objects to is held or taken for spam; what it likes stays as it stood, since a
    held comment waits for a person. Raises NotAllowed (too late), Refusal (too often).
    """
    comment = _own(comment_id)
    if not standing(comment, settings, now).can_edit:
        raise NotAllowed(
            "too_late",
            "This comment cannot be changed any more, so nothing was saved. Your text is below.",
        )
    if text == comment.text:
        return comment
    _refuse_endless(comment_id)
    made = edit(
        comment_id,
        author=comment.author,
        url=comment.url,
        text=text,
        html=html,
        by=AUTHOR,
        now=now,
    )
    judgement = judge_again(comment, settings=settings, now=now)
    wanted, held = STATUS_FOR[judgement.outcome], None
    if wanted != CommentStatus.APPROVED and comment.status not in {wanted, CommentStatus.SPAM}:
        held = change_status(comment_id, wanted, by=SCREENING, now=now)
    comment_edited.send(comment, now=now)
    before = f"revision {made.id}" if made is not None else ""
    _tell(comment, "edit", before=before, after="edited", held=held, now=now)
    return comment


def _tell(
    comment: Comment,
    action: str,
    *,
    before: str,
    after: str,
    now: datetime,
    held: Move | None = None,
) -> None:
    author_acted.send(comment, action=action, before=before, after=after, held=held, now=now)


def _refuse_endless(comment_id: int) -> None:
    kept = select(func.count()).select_from(Revision)
    if (db.session.scalar(kept.where(Revision.comment_id == comment_id)) or 0) >= (MOST_REVISIONS):
        raise Refusal(
            "too_many_edits",
            f"This comment was changed {MOST_REVISIONS} times already, so this change was not "
            "saved. Your text is below: leave it as a new comment.",
        )


def withdraw(comment_id: int, *, settings: CommentSettings, now: datetime) -> None:
    """The author takes the comment back; replies under it stay. The caller commits.

    Raises NotAllowed when it is not there to be taken back.
    """
    comment = _own(comment_id)
    if not standing(comment, settings, now).can_withdraw:
        raise NotAllowed("not_shown", "This comment is not shown, so there is nothing to withdraw.")
    before = comment.status.value
    change_status(comment_id, CommentStatus.TRASH, by=AUTHOR, now=now)
    _tell(comment, "withdraw", before=before, after=CommentStatus.TRASH.value, now=now)


def appeal(comment_id: int, text: str, *, settings: CommentSettings, now: datetime) -> None:
    """The author asks once to have a rejected comment looked at again. The caller commits.

    Raises NotAllowed when it was not rejected, or was appealed already.
    """
    comment = _own(comment_id)
    made = None
    if comment.status in REMOVED and standing(comment, settings, now).can_appeal:
        made = db.session.scalar(
            upsert(Appeal)
            .values(
                comment_id=comment_id,
                made_at=now,
                text=text[:LONGEST_APPEAL],
                rejected_by=comment.status_by,
            )
            .on_conflict_do_nothing()
            .returning(Appeal.comment_id)
        )
    if made is None:
        raise NotAllowed(
            "no_appeal",
            "This comment was not rejected, or you have asked already. Nothing was changed.",
        )
    appeal_made.send(db.session.get_one(Appeal, comment_id), now=now)
    _tell(comment, "appeal", before=comment.status.value, after="asked again", now=now)


def _own(comment_id: int) -> Comment:
    """The comment as it stands now and until the commit. Raises NotThere when it is nobody's."""
    lock = {"key_share": True}
    comment = db.session.get(Comment, comment_id, populate_existing=True, with_for_update=lock)
    if comment is None or not _has_author(comment):
        sentence = "This comment was deleted, or its author's data was. Nothing was changed."
        raise NotThere("no_comment", sentence)
    return comment
