"""A changed setting is taken back from the notice or the log, lists too, unless changed again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from blog.db import db
from blog.moderation.models import FormerSetting, LogEntry
from blog.settings.queries import load_settings
from tests.moderation.desk import ADMIN, Visit, keep_words, send

pytestmark = pytest.mark.usefixtures("app")


def entries() -> list[LogEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(LogEntry).order_by(LogEntry.id)))


def test_the_notice_takes_a_change_of_several_settings_back(visit: Visit) -> None:
    browser = visit(ADMIN)
    words = "casino\nbad@reader.example"
    keep_words(browser, {"comments.max_links": "7", "comments.hold_words": words})
    page = browser.get("/admin/settings").text
    notice = page[page.index("desk-notice") : page.index("<h1>")]
    assert 'action="/admin/settings/undo"' in notice
    ids = re.findall(r'name="ids" value="(\d+)"', notice)
    assert len(ids) == 2
    assert send(browser, "/admin/settings/undo", {"ids": ids}).status_code == 303
    db.session.rollback()
    assert load_settings().comments.max_links == 2
    assert load_settings().comments.hold_words == ()
    # The undo is a change like any other, and can be undone itself.
    log = entries()
    assert [entry.reason for entry in log[2:]] == ["undo of 1, 2"] * 2
    send(browser, "/admin/settings/undo", {"ids": [str(entry.id) for entry in log[2:]]})
    assert load_settings().comments.hold_words == ("casino", "bad@reader.example")
    assert all("bad@reader" not in f"{entry.before}{entry.after}" for entry in entries())


def test_the_log_offers_undo_only_for_what_still_stands(visit: Visit) -> None:
    browser = visit(ADMIN)
    send(browser, "/admin/settings", {"comments.max_links": "7"})
    send(browser, "/admin/settings", {"comments.max_links": "9"})
    browser.get("/admin/settings")
    page = browser.get("/admin/log").text
    assert re.findall(r'aria-label="Undo entry (\d+)"', page) == ["2"]
    refused = send(browser, "/admin/settings/undo", {"ids": "1"})
    assert refused.status_code == 409
    assert "was changed again" in refused.text
    db.session.rollback()
    assert load_settings().comments.max_links == 9
    assert send(browser, "/admin/settings/undo", {"ids": "2"}).status_code == 303
    db.session.rollback()
    assert load_settings().comments.max_links == 7


@pytest.mark.parametrize(("ids", "status"), [("", 422), ("x", 422), ("999", 404)])
def test_an_undo_of_nothing_changes_nothing(visit: Visit, ids: str, status: int) -> None:
    assert send(visit(ADMIN), "/admin/settings/undo", {"ids": ids}).status_code == status
    assert entries() == []


def test_former_values_are_forgotten_after_90_days(visit: Visit, clock: Any) -> None:
    browser = visit(ADMIN)
    keep_words(browser, {"comments.hold_words": "someone@reader.example"})
    clock.time += timedelta(days=91)
    send(visit(ADMIN), "/admin/settings", {"comments.max_links": "7"})
    db.session.rollback()
    assert [former.key for former in db.session.scalars(select(FormerSetting))] == [
        "comments.max_links"
    ]
