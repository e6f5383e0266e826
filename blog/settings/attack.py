"""Attack mode: whether it is on at a moment. It ends by the clock, with nobody to end it."""

from __future__ import annotations

from datetime import datetime

from blog.settings.catalogue import CommentSettings


def is_under_attack(settings: CommentSettings, now: datetime) -> bool:
    """Whether attack mode is on at ``now``: until ``comments.attack_until``, that moment not."""
    return settings.attack_until is not None and now < settings.attack_until
