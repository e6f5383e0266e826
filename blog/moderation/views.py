"""All pages under ``/admin/``, gathered in one blueprint."""

from __future__ import annotations

from blog.moderation import (
    account_views,
    appeals,
    attack_views,
    author_log,
    comment_views,
    decision_views,
    figure_views,
    own_views,
    passkey_views,
    people_views,
    person_views,
    post_views,
    rule_views,
    site_views,
    staff_log,
    staff_views,
    words_views,
)
from blog.moderation.desk import views

__all__ = [
    "account_views",
    "appeals",
    "attack_views",
    "author_log",
    "comment_views",
    "decision_views",
    "figure_views",
    "own_views",
    "passkey_views",
    "people_views",
    "person_views",
    "post_views",
    "rule_views",
    "site_views",
    "staff_log",
    "staff_views",
    "views",
    "words_views",
]
