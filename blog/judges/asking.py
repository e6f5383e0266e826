"""Running the errands: claim, ask, keep the vote. One at a time, and each step its own commit."""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass

from flask import current_app

from blog.clock import now as clock_now
from blog.comments.models import Comment, Standing
from blog.config import Config
from blog.db import begin_write, db
from blog.judges import akismet, errands, webhook
from blog.judges.breaker import Breaker
from blog.judges.errands import Claimed
from blog.judges.models import Errand
from blog.judges.operations import apply_vote, is_undecided, keep_silence, vote_of
from blog.judges.question import JudgeTroubleError, Opinion, Question, question_about
from blog.judges.transport import TIMEOUT_SECONDS, post
from blog.moderation.operations import lock_comments
from blog.screening.outside import AKISMET, OutsideJudge, asked_judges
from blog.settings.catalogue import BlogSettings
from blog.settings.queries import load_settings

log = logging.getLogger("blog.judges")
AT_MOST = 100
# Mail waits while judges are asked, so a round has an end.
ROUND_SECONDS = 20.0
# A judge is told of a decision only where it had said the opposite.
OPPOSITE = {Errand.SPAM: "ham", Errand.HAM: "spam"}


@dataclass(slots=True)
class Tally:
    """What one round did."""

    votes: int = 0
    told: int = 0
    put_off: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Round:
    """What does not change while a round lasts."""

    judges: dict[str, OutsideJudge]
    settings: BlogSettings
    config: Config
    timeout: float
    tally: Tally


def ask_due(*, timeout: float = TIMEOUT_SECONDS) -> Tally:
    """Ask and tell the judges what is due. Commits step by step; never raises for a judge."""
    config: Config = current_app.extensions["blog_config"]
    settings, tally = load_settings(), Tally()
    judges = {judge.name: judge for judge in asked_judges(settings, config)}
    this = _Round(judges, settings, config, timeout, tally)
    worker, ends_at = secrets.token_hex(8), time.monotonic() + ROUND_SECONDS
    for _ in range(AT_MOST):
        now = clock_now()
        awake = [name for name in judges if _breaker(name).lets_through(now)]
        if time.monotonic() > ends_at or not awake or not errands.has_due(awake, now):
            break
        begin_write()
        claimed = errands.claim(awake, worker, now=now)
        db.session.commit()
        if claimed is None:
            break
        _run(claimed, this)
    db.session.rollback()
    return tally


def _breaker(name: str) -> Breaker:
    """Kept with the app: each worker makes its own experience."""
    kept: dict[str, Breaker] = current_app.extensions.setdefault("blog_breakers", {})
    return kept.setdefault(name, Breaker())


def _run(claimed: Claimed, this: _Round) -> None:
    try:
        question = _question(claimed, this)
        # Nothing is read while the judge takes its time.
        db.session.rollback()
        opinion = _ask(question, claimed, this) if question is not None else None
    except JudgeTroubleError as trouble:
        _failed(claimed, trouble, this)
        return
    except Exception as error:
        # Its words may quote the comment. Other errands and the mail must go on.
        kind = type(error).__name__
        log.error("A fault in the blog (%s): the judge %s was not asked.", kind, claimed.judge)
        fault = JudgeTroubleError(f"A fault in the blog ({kind}).", is_judge=False)
        _failed(claimed, fault, this)
        return
    if question is None:
        _finish(claimed)
        this.tally.dropped += 1
        return
    _breaker(claimed.judge).worked()
    if opinion is None:
        _finish(claimed)
        this.tally.told += 1
    else:
        _vote(claimed, opinion, this)


def _question(claimed: Claimed, this: _Round) -> Question | None:
    """What there is to ask or tell; None when there is nothing any more."""
    comment = db.session.get(Comment, claimed.comment_id, populate_existing=True)
    if comment is None or comment.erased_at is not None:
        return None
    if claimed.errand is Errand.CHECK:
        person = comment.person
        if not is_undecided(comment) or (
            person and person.standing_at(clock_now()) is Standing.TRUSTED
        ):
            return None
    elif vote_of(comment.id, claimed.judge) != OPPOSITE[claimed.errand]:
        # It agrees, or was never told of the comment.
        return None
    return question_about(
        comment,
        base_url=this.config.base_url,
        tells_address=this.settings.judges.send_address == "on",
    )


def _ask(question: Question, claimed: Claimed, this: _Round) -> Opinion | None:
    """The vote; None when the judge was told something. Raises JudgeTroubleError."""
    if claimed.judge != AKISMET:
        request = webhook.request_for(question, now=clock_now(), config=this.config)
        return webhook.read_vote(post(request, timeout=this.timeout))
    language = this.settings.site.language
    request = akismet.request_for(question, claimed.errand, language=language, config=this.config)
    answer = post(request, timeout=this.timeout)
    if claimed.errand is Errand.CHECK:
        return akismet.read_vote(answer)
    akismet.read_thanks(answer)
    return None


def _vote(claimed: Claimed, opinion: Opinion, this: _Round) -> None:
    begin_write()
    lock_comments([claimed.comment_id])
    # Lost to an edit or a decision meanwhile: then the vote is about what is not there any more.
    if errands.finish(claimed):
        apply_vote(
            claimed.comment_id,
            this.judges[claimed.judge],
            opinion,
            asked=this.judges,
            rules=this.settings.judges,
            now=clock_now(),
        )
        this.tally.votes += 1
    else:
        this.tally.dropped += 1
    db.session.commit()


def _finish(claimed: Claimed) -> None:
    begin_write()
    errands.finish(claimed)
    db.session.commit()


def _failed(claimed: Claimed, trouble: JudgeTroubleError, this: _Round) -> None:
    """Put it off, or give it up; a judge that fails again and again is left alone for a while."""
    now, judge = clock_now(), this.judges[claimed.judge]
    breaker = _breaker(claimed.judge)
    if not trouble.is_judge:
        breaker.worked()
    elif breaker.failed(now, is_for_long=trouble.is_for_long):
        log.warning("The judge %s is left alone for a while: %s", claimed.judge, trouble)
    begin_write()
    lock_comments([claimed.comment_id])
    if trouble.is_judge or not errands.is_last(claimed):
        errands.put_off(claimed, str(trouble), counts=not trouble.is_judge, now=now)
        this.tally.put_off += 1
    elif errands.finish(claimed):
        keep_silence(claimed.comment_id, judge, now)
        this.tally.dropped += 1
    db.session.commit()
