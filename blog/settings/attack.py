"""Attack mode: whether it is on at a moment, and what it tightens. It ends by the clock alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from blog.settings.catalogue import CommentSettings

ATTACK_UNTIL = "comments.attack_until"
ATTACK_FLOOD_SECONDS = 60
ATTACK_MAX_LINKS = 1


def is_under_attack(settings: CommentSettings, now: datetime) -> bool:
    """Whether attack mode is on at ``now``: until ``comments.attack_until``, that moment not."""
    return settings.attack_until is not None and now < settings.attack_until


def tightened(settings: CommentSettings, now: datetime) -> CommentSettings:
    """The settings as they count at ``now``: in attack mode with limits that are no laxer than
    a minute between two comments of somebody, and one link that holds.
    """
    if not is_under_attack(settings, now):
        return settings
    limits = [limit for limit in (settings.max_links, ATTACK_MAX_LINKS) if limit]
    return replace(
        settings,
        flood_seconds=max(settings.flood_seconds, ATTACK_FLOOD_SECONDS),
        max_links=min(limits),
    )
