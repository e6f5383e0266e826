"""The moments at which time alone changes what pages show."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from blog.db import db
from blog.posts.models import Post, PostStatus
from blog.settings.catalogue import BlogSettings
from blog.web.pagecache import Rules

MIB = 1024 * 1024


def page_rules(settings: BlogSettings, now: datetime) -> Rules:
    """For how long pages made at ``now`` hold, and how much room kept ones may take.

    A scheduled post comes out at its time, and with ``comments.close_after_days`` each post takes
    no more comments so many days later. Attack mode, which the form tells of, ends at its time.
    """
    ages = {timedelta(0), timedelta(days=settings.comments.close_after_days)}
    last = [turn for age in ages if (turn := _turn(now, age, has_been=True)) is not None]
    coming = [turn for age in ages if (turn := _turn(now, age, has_been=False)) is not None]
    attack_until = settings.comments.attack_until
    if attack_until is not None:
        (last if attack_until <= now else coming).append(attack_until)
    return Rules(
        most_bytes=settings.site.page_cache_mib * MIB,
        last_turn=max(last, default=None),
        next_turn=min(coming, default=None),
    )


def _turn(now: datetime, age: timedelta, *, has_been: bool) -> datetime | None:
    """The last or next moment at which a published post is of this age."""
    born = Post.published_at
    query = (
        select(func.max(born)).where(born <= now - age)
        if has_been
        else select(func.min(born)).where(born > now - age)
    )
    found = db.session.scalar(query.where(Post.status == PostStatus.PUBLISHED))
    return found + age if found is not None else None
