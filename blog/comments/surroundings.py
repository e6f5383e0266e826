"""What the records say around a new comment: gathered for screening in few queries."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from datetime import datetime

from blog.comments.lookalikes import Lookalikes, find_lookalikes
from blog.db import db, is_sqlite
from blog.screening.domains import domain_facts
from blog.screening.facts import Around
from blog.screening.learner import opinion_on
from blog.settings.catalogue import CommentSettings

log = logging.getLogger(__name__)


def look_around(
    *,
    text: str,
    domains: tuple[str, ...],
    address: str,
    text_print: int | None,
    person_id: int,
    settings: CommentSettings,
    now: datetime,
) -> Around:
    """What is known besides the comment itself. What cannot be read is logged, and said."""
    try:
        # A failed query must not take the comment with it, as it does on a server, where it ends
        # the transaction. (The session has nothing to flush.)
        with nullcontext() if is_sqlite() else db.session.connection().begin_nested():
            alike = Lookalikes()
            if text_print is not None:
                alike = find_lookalikes(text_print, person_id, now)
            known = domain_facts(domains, address)
            opinion = opinion_on(text) if settings.learner == "on" else None
    except Exception:
        log.exception("What screening keeps could not be read; the comment is held.")
        return Around(is_unknown=True)
    return Around(
        opinion=opinion,
        lookalike_people=alike.other_people,
        cluster=alike.cluster,
        is_own_repeat=alike.is_own_repeat,
        spam_domains=known.spam_domains,
        has_disposable_address=known.has_disposable_address,
    )
