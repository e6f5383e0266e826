"""The learner of this blog: learns each decision in one order, and gives its opinion.

The lessons stand in the database, numbered without a gap. Each process keeps the model in memory
and learns what others wrote before it speaks, so all of them say the same; one that starts takes
the newest kept model. Nothing here commits.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row, delete, event, func, insert, select, update
from sqlalchemy.orm import Session

from blog.db import db, upsert
from blog.prepared import PreparedStatement
from blog.screening.domains import count_domains
from blog.screening.facts import Opinion
from blog.screening.features import FEATURES_VERSION, Features, features_from, features_of
from blog.screening.measures import lowest_precise
from blog.screening.model import Model, model_from
from blog.screening.models import Label, LearnerHead, LearnerSnapshot, Lesson
from blog.screening.prior import bundled_prior
from blog.screening.trial import explain

# How often it must have been right on decisions it had not seen: to act alone, and to hold.
TARGET, HOLD_TARGET = 0.99, 0.9
ENOUGH_TO_HOLD = 20
# Where most is spam, nearly every verdict would be right; yet the text itself must speak for it.
ACTS_FROM, HOLDS_FROM = 0.9, 0.7
MEASURED = 2_000
MEASURED_EVERY = 10
# Below so many decisions, and so many of each kind, the blog has taught it nothing to rely on.
ENOUGH, ENOUGH_OF_EACH = 50, 10
# Until then only what comes with the blog speaks, and only where it is quite sure.
PRIOR_HOLDS_AT = 0.99
KEPT_EVERY = 500
_LEARNT = "blog_learnt"

_HEAD = PreparedStatement(
    lambda: select(
        LearnerHead.length, LearnerHead.acts_at, LearnerHead.holds_at, LearnerHead.measured_on
    )
)
LessonRow = Row[Label, Label | None, bytes | None, int]


@dataclass(frozen=True, slots=True)
class Decision:
    """What people decided about a text. ``subject`` is the caller's number of it, if any."""

    subject: int | None
    text: str
    label: Label
    domains: tuple[str, ...] = ()


@dataclass(slots=True)
class _Memory:
    """The model as this process has it, after so many lessons."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    model: Model | None = None
    position: int = 0


def current_model() -> Model:
    """The model as it stands now; the bundled one before the first lesson."""
    memory = _memory()
    with memory.lock:
        return _caught_up(memory, _head().length)


def opinion_on(text: str) -> Opinion:
    """What the learner makes of a text, and whether it may act on it."""
    head, memory = _head(), _memory()
    with memory.lock:
        model = _caught_up(memory, head.length)
        probability = model.probability(features_of(text))
        holds_at = PRIOR_HOLDS_AT if head.holds_at is None else head.holds_at
        words: tuple[str, ...] = ()
        if probability >= holds_at:
            words = tuple(word for word, weight in explain(model, text).words if weight > 0)
    return Opinion(
        probability=probability,
        words=words,
        holds_at=holds_at,
        acts_at=head.acts_at,
        measured_on=head.measured_on,
    )


def learn(decisions: Sequence[Decision], *, now: datetime) -> int:
    """Learn decisions in their order; returns how many said something new. The caller commits."""
    length = _locked_length()
    former = _former_labels([decision.subject for decision in decisions])
    memory, rows = _memory(), []
    changes: list[tuple[Decision, Label | None]] = []
    with memory.lock:
        # Thrown away with the transaction, which other threads must not learn of before.
        db.session().info[_LEARNT] = memory
        model = _caught_up(memory, length)
        for decision in decisions:
            before = former.get(decision.subject)
            if decision.label == (before or Label.WITHDRAWN):
                continue
            length += 1
            rows.append(_learn_one(model, decision, before, number=length, now=now))
            changes.append((decision, before))
            if decision.subject is not None:
                former[decision.subject] = decision.label
        memory.position = length
        if rows:
            db.session.execute(insert(Lesson), rows)
            count_domains((told.domains, told.label, before) for told, before in changes)
            _keep(model, length, len(rows))
    return len(rows)


def _learn_one(
    model: Model, decision: Decision, before: Label | None, *, number: int, now: datetime
) -> dict[str, Any]:
    features = features_of(decision.text)
    is_unseen = before is None and decision.subject is not None
    row = {
        "id": number,
        "subject": decision.subject,
        "label": decision.label,
        "former": before,
        "probability": model.probability(features) if is_unseen else None,
        "features_version": FEATURES_VERSION,
        "features": features.to_bytes(),
        "made_at": now,
    }
    _apply(model, features, decision.label, before)
    return row


def _apply(model: Model, features: Features, label: Label, before: Label | None) -> None:
    if before in {Label.SPAM, Label.HAM}:
        model.forget(features, is_spam=before == Label.SPAM)
    if label != Label.WITHDRAWN:
        model.learn(features, is_spam=label == Label.SPAM)


def _memory() -> _Memory:
    memory: _Memory = current_app.extensions.setdefault("blog_learner", _Memory())
    return memory


def _head() -> Any:
    return _HEAD.rows({})[0]


def _locked_length() -> int:
    return db.session.execute(
        select(LearnerHead.length).where(LearnerHead.id == 1).with_for_update()
    ).scalar_one()


def _caught_up(memory: _Memory, length: int) -> Model:
    """The model after so many lessons, learning those that other processes wrote."""
    if memory.model is None or memory.position > length:
        memory.model, memory.position = _newest_kept(length)
    if memory.position < length:
        lessons = _lessons_after(memory.position, length)
        if any(lesson.features is None for lesson in lessons):
            memory.model, memory.position = _newest_kept(length)
            lessons = _lessons_after(memory.position, length)
        for lesson in lessons:
            if lesson.features is not None and lesson.features_version == FEATURES_VERSION:
                features = features_from(lesson.features)
                _apply(memory.model, features, lesson.label, lesson.former)
        memory.position = length
    return memory.model


def _newest_kept(length: int) -> tuple[Model, int]:
    kept = db.session.execute(
        select(LearnerSnapshot.lesson_id, LearnerSnapshot.model)
        .where(LearnerSnapshot.lesson_id <= length)
        .order_by(LearnerSnapshot.lesson_id.desc())
        .limit(1)
    ).first()
    model = model_from(kept.model) if kept is not None else None
    if kept is None or model is None:
        return bundled_prior(), 0
    return model, kept.lesson_id


def _lessons_after(
    position: int, length: int
) -> Sequence[Row[Label, Label | None, bytes | None, int]]:
    return db.session.execute(
        select(Lesson.label, Lesson.former, Lesson.features, Lesson.features_version)
        .where(Lesson.id > position, Lesson.id <= length)
        .order_by(Lesson.id)
    ).all()


def _former_labels(subjects: Sequence[int | None]) -> dict[int | None, Label]:
    wanted = {subject for subject in subjects if subject is not None}
    if not wanted:
        return {}
    newest = select(func.max(Lesson.id)).where(Lesson.subject.in_(wanted)).group_by(Lesson.subject)
    rows = db.session.execute(select(Lesson.subject, Lesson.label).where(Lesson.id.in_(newest)))
    return {row.subject: row.label for row in rows}


def _keep(model: Model, length: int, added: int) -> None:
    """Move the end of the lessons; now and then measure, and keep the whole model."""
    values: dict[str, Any] = {"length": length}
    if _passes(length, added, MEASURED_EVERY):
        values |= _measured()
    db.session.execute(update(LearnerHead).values(values))
    if _passes(length, added, KEPT_EVERY):
        db.session.execute(upsert(LearnerSnapshot).values(lesson_id=length, model=model.to_bytes()))
        db.session.execute(delete(LearnerSnapshot).where(LearnerSnapshot.lesson_id < length))
        # A process that is a little behind may still learn from the lessons themselves.
        db.session.execute(
            update(Lesson)
            .where(Lesson.id <= length - KEPT_EVERY, Lesson.features.is_not(None))
            .values(features=None)
            .execution_options(synchronize_session=False)
        )


def _passes(length: int, added: int, every: int) -> bool:
    return length // every > (length - added) // every


def _measured() -> Mapping[str, Any]:
    """From where on the learner may hold and act, by the latest decisions it had not seen."""
    rows = db.session.execute(
        select(Lesson.probability, Lesson.label)
        .where(Lesson.probability.is_not(None), Lesson.label != Label.WITHDRAWN)
        .order_by(Lesson.id.desc())
        .limit(MEASURED)
    )
    judged = [(row.probability, row.label == Label.SPAM) for row in rows]
    spam = sum(is_spam for _, is_spam in judged)
    acts_at = holds_at = None
    if len(judged) >= ENOUGH and min(spam, len(judged) - spam) >= ENOUGH_OF_EACH:
        acts_at = _not_below(ACTS_FROM, lowest_precise(judged, TARGET, at_least=ENOUGH))
        holds_at = _not_below(
            HOLDS_FROM, lowest_precise(judged, HOLD_TARGET, at_least=ENOUGH_TO_HOLD)
        )
    return {"acts_at": acts_at, "holds_at": holds_at, "measured_on": len(judged)}


def _not_below(floor: float, proved: float | None) -> float | None:
    return None if proved is None else max(floor, proved)


@event.listens_for(Session, "after_commit")
def _learnt_for_good(session: Session) -> None:
    session.info.pop(_LEARNT, None)


@event.listens_for(Session, "after_rollback")
def _unlearn(session: Session) -> None:
    memory: _Memory | None = session.info.pop(_LEARNT, None)
    if memory is not None:
        with memory.lock:
            memory.model = None
