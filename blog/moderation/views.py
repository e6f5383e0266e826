"""All pages under ``/admin/``, gathered in one blueprint."""

from __future__ import annotations

from blog.moderation import (
    appeals,
    comment_views,
    decision_views,
    own_views,
    people_views,
    person_views,
    site_views,
    words_views,
)
from blog.moderation.desk import views

__all__ = [
    "appeals",
    "comment_views",
    "decision_views",
    "own_views",
    "people_views",
    "person_views",
    "site_views",
    "views",
    "words_views",
]
