"""What readers are told about waiting: "usually reviewed within …". Nothing commits."""

from __future__ import annotations

from datetime import datetime, timedelta

from blog.comments.models import ReviewPace
from blog.db import db
from blog.moderation.figures import decisions, nearest_rank
from blog.versions import site_changed

FEWEST_DECISIONS = 20
MEASURED_EVERY_HOURS = 24
# "Usually" is nine times of ten, rounded up so that most wait less than they are told.
STEPS = (
    (1, "an hour"),
    (3, "3 hours"),
    (6, "6 hours"),
    (12, "12 hours"),
    (24, "a day"),
    (48, "2 days"),
    (72, "3 days"),
    (168, "a week"),
)


def refresh_pace(now: datetime) -> None:
    """Measure anew, once a day at most; pages change only when the words do."""
    kept = db.session.get(ReviewPace, 1, populate_existing=True)
    if kept is not None and now - kept.measured_at < timedelta(hours=MEASURED_EVERY_HOURS):
        return
    words = pace_in_words(now)
    if kept is None:
        kept = ReviewPace(id=1, words="", measured_at=now)
        db.session.add(kept)
    if kept.words != words:
        site_changed()
    kept.words, kept.measured_at = words, now
    db.session.flush()


def pace_in_words(now: datetime) -> str:
    """The time within which nine of ten comments were decided; "" with too few to tell, or long."""
    hours = [decision.waited.total_seconds() / 3600 for decision in decisions(now)]
    if len(hours) < FEWEST_DECISIONS:
        return ""
    usual = nearest_rank(hours, 90)
    return next((words for limit, words in STEPS if usual <= limit), "")
