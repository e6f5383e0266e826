"""All pages under ``/admin/``, gathered in one blueprint."""

from __future__ import annotations

from blog.moderation import appeals, comment_views, people_views, site_views
from blog.moderation.desk import views

__all__ = ["appeals", "comment_views", "people_views", "site_views", "views"]
