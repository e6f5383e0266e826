"""What a vote does. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select

from blog.comments.models import Comment, CommentStatus, Verdict
from blog.comments.states import change_status
from blog.db import db
from blog.judges.question import Opinion, Vote
from blog.moderation.log import Change, write_log_entries
from blog.moderation.operations import Action
from blog.screening.facts import HIGHEST_RISK, RISK, Finding, Outcome
from blog.screening.outside import OutsideJudge
from blog.screening.policy import SEVERITY
from blog.settings.outside import JudgeSettings

# Who set the status: to its author a comment that a judge took for spam looks as if it were held.
BY = "screening"
AUTHOR = "author"
# What votes may overrule where a setting lets them: guesses, not what somebody wished for.
MAY_BE_OVERRULED = frozenset({"first_comment", "many_links", "learner", "proof_of_work"})
ACTIONS = {
    CommentStatus.SPAM: Action.SPAM,
    CommentStatus.PENDING: Action.UNAPPROVE,
    CommentStatus.APPROVED: Action.APPROVE,
}
SAYS = {
    Vote.SPAM: "takes it for spam",
    Vote.HAM: "takes it for no spam",
    Vote.UNSURE: "cannot tell",
}


def apply_vote(
    comment_id: int,
    judge: OutsideJudge,
    opinion: Opinion,
    *,
    asked: Collection[str],
    rules: JudgeSettings,
    now: datetime,
) -> CommentStatus | None:
    """Keep a vote in the trace of the comment, and do what the settings say it does.

    Call it with the comment locked (:func:`blog.moderation.operations.lock_comments`), and lock
    it before the errand: decisions take them in this order. What a person decided is never
    touched. Returns the new status, None when it stays as it was.
    """
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.erased_at is not None:
        return None
    findings, passed, outcome = _trace(comment_id)
    wants = Outcome.PUBLISH
    if opinion.vote is Vote.SPAM:
        wants = Outcome.SPAM if rules.spam_vote == "spam" else Outcome.HOLD
    findings = [found for found in findings if found["check"] != judge.name]
    findings.append(asdict(_finding(judge, opinion, wants)))
    publishes = rules.ham_vote == "publish" and _is_overruled(findings, asked)
    worst = Outcome.PUBLISH if publishes else max(outcome, wants, key=SEVERITY.index)
    _keep(comment, findings, passed, worst, now)
    return _move(comment, judge, wants, publishes=publishes, now=now)


def keep_silence(comment_id: int, judge: OutsideJudge, now: datetime) -> None:
    """Keep in the trace that the judge was asked in vain."""
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.erased_at is not None:
        return
    findings, passed, outcome = _trace(comment_id)
    reason = f"{judge.title} was asked and gave no vote."
    silence = Finding(judge.name, 1, Outcome.PUBLISH, reason, "no vote", weight=0)
    _keep(comment, [*findings, asdict(silence)], passed, outcome, now)


def is_undecided(comment: Comment) -> bool:
    """Whether no person has decided about the words as they are now."""
    if comment.status_by == BY:
        return True
    edited_at = comment.edited_at if comment.edited_by == AUTHOR else None
    return edited_at is not None and edited_at > comment.status_at


def vote_of(comment_id: int, judge: str) -> str:
    """How this judge voted on the comment; "" when it never did."""
    findings, _, _ = _trace(comment_id)
    said = [str(found["evidence"]) for found in findings if found["check"] == judge]
    return said[-1] if said else ""


def _finding(judge: OutsideJudge, opinion: Opinion, wants: Outcome) -> Finding:
    reason = f"{judge.title} {SAYS[opinion.vote]}."
    return Finding(
        judge.name,
        1,
        wants,
        f"{reason} It says: “{opinion.reason}”" if opinion.reason else reason,
        opinion.vote.value,
        otherwise="" if wants is Outcome.PUBLISH else f"had {judge.title} not voted so",
        # Its vote alone is no hint that others could add to.
        weight=0 if wants is Outcome.PUBLISH else 1,
    )


def _trace(comment_id: int) -> tuple[list[dict[str, Any]], list[str], Outcome]:
    """The newest verdict on the comment: findings, silent checks, outcome."""
    verdict = db.session.scalar(
        select(Verdict).where(Verdict.comment_id == comment_id).order_by(Verdict.id.desc()).limit(1)
    )
    if verdict is None:
        return [], [], Outcome.PUBLISH
    return list(verdict.findings), list(verdict.passed), Outcome(verdict.outcome)


def _is_overruled(findings: Sequence[dict[str, Any]], asked: Collection[str]) -> bool:
    """Whether all judges say ham, and nothing holds the comment that they may not overrule."""
    votes = {found["check"]: found["evidence"] for found in findings if found["check"] in asked}
    against = {found["check"] for found in findings if found["wants"] != Outcome.PUBLISH}
    all_say_ham = set(votes.values()) == {Vote.HAM.value} and set(votes) == set(asked)
    return all_say_ham and against <= MAY_BE_OVERRULED


def _keep(
    comment: Comment,
    findings: list[dict[str, Any]],
    passed: list[str],
    outcome: Outcome,
    now: datetime,
) -> None:
    """A verdict of its own, with all that was said before: the newest tells the whole story."""
    db.session.add(
        Verdict(
            comment_id=comment.id,
            made_at=now,
            outcome=outcome.value,
            findings=findings,
            passed=passed,
        )
    )
    comment.risk = min(HIGHEST_RISK, sum(RISK[found["wants"]] for found in findings))
    db.session.flush()


def _move(
    comment: Comment, judge: OutsideJudge, wants: Outcome, *, publishes: bool, now: datetime
) -> CommentStatus | None:
    # What a person took back must not come back by a vote.
    target = _target(comment.status, wants, publishes=publishes and comment.status_by == BY)
    if target is None or not is_undecided(comment):
        return None
    move = change_status(comment.id, target, by=BY, now=now)
    if move is None:
        return None
    change = Change(
        action=ACTIONS[target].value,
        subject=f"comment:{move.comment_id}",
        before=move.before.value,
        after=target.value,
        # No word of the judge's reason: it may quote the comment, and the log is for good.
        reason=f"Vote of {judge.title}",
    )
    write_log_entries([change], staff=None, now=now)
    return target


def _target(status: CommentStatus, wants: Outcome, *, publishes: bool) -> CommentStatus | None:
    if wants is Outcome.SPAM and status in {CommentStatus.PENDING, CommentStatus.APPROVED}:
        return CommentStatus.SPAM
    if wants is Outcome.HOLD and status == CommentStatus.APPROVED:
        return CommentStatus.PENDING
    if publishes and status == CommentStatus.PENDING:
        return CommentStatus.APPROVED
    return None
