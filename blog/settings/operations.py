"""Changing a setting."""

from __future__ import annotations

from datetime import datetime

from flask import g

from blog.db import db
from blog.settings.catalogue import as_text, parse
from blog.settings.models import StoredSetting
from blog.versions import site_changed


def change_setting(key: str, text: str, *, now: datetime) -> str:
    """Keep what an admin typed for ``key``; returns it in its tidy form.

    Raises Refusal when there is no such setting or the value does not fit; nothing changes then.
    """
    tidy = as_text(parse(key, text))
    row = db.session.get(StoredSetting, key)
    if row is None:
        db.session.add(StoredSetting(key=key, value=tidy, changed_at=now))
    else:
        row.value, row.changed_at = tidy, now
    site_changed()
    # The version that says so is written as the transaction commits: until then, read anew.
    g.blog_settings_changed = True
    g.pop("blog_settings", None)
    return tidy
