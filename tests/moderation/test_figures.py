"""The dashboard's figures against counts by hand, its plots, what readers are told of waiting."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree

from blog.accounts.models import User
from blog.comments.models import CommentStatus
from blog.db import begin_write, db
from blog.moderation.figures import (
    comments_by_day,
    decisions,
    nearest_rank,
    rules,
    weeks,
)
from blog.moderation.operations import decide
from blog.posts.models import Post
from blog.versions import SITE, PageVersion
from blog.worker import forget_what_is_old
from tests.factories import make_comment, make_post, make_staff
from tests.moderation.desk import MODERATOR, P, Visit

pytestmark = pytest.mark.usefixtures("app")


def settle(action: str, number: int, clock: Any, staff_id: int | None) -> None:
    begin_write()
    staff = db.session.get(User, staff_id) if staff_id else None
    decide(action, [number], staff=staff, now=clock())
    db.session.commit()


def test_figures_equal_those_counted_by_hand(clock: Any) -> None:
    start = clock()
    post = make_post(published_at=start - timedelta(days=60)).id
    staff = make_staff().id

    def held(days_ago: int, **given: Any) -> int:
        at = start - timedelta(days=days_ago)
        return make_comment(db.session.get_one(Post, post), status=P, at=at, **given).id

    waits = {1: "approve", 2: "approve", 3: "spam", 10: "approve"}
    for hours, action in waits.items():
        number = make_comment(
            db.session.get_one(Post, post), status=P, at=start - timedelta(hours=hours)
        ).id
        settle(action, number, clock, staff)
    # Not by a person; too long ago; changed twice, of which the first counts.
    settle("spam", held(0), clock, None)
    held(31)
    twice = held(2)
    settle("trash", twice, clock, staff)
    settle("restore", twice, clock, staff)
    settle("approve", twice, clock, staff)

    made = decisions(clock())
    assert len(made) == 5
    assert sum(decision.is_overturned for decision in made) == 3
    (week,) = weeks(made)
    # 1, 2, 3, 10 and 48 hours.
    assert (week.monday, week.decisions) == (date(2026, 11, 16), 5)
    assert (week.median, week.ninetieth) == (3.0, 48.0)
    days = comments_by_day(clock())
    assert len(days) == 30
    assert days[-1].day == start.date()
    counts = {day.day: dict(day.counts) for day in days if day.counts}
    assert counts == {
        start.date(): {"approved": 3, "spam": 2},
        start.date() - timedelta(days=2): {"approved": 1},
    }
    (rule,) = [rule for rule in rules(made) if rule.name == "hold_all"]
    assert (rule.decisions, rule.overturned, rule.percent) == (5, 3, 60)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([5.0], 90, 5.0), ([1.0, 2.0], 50, 1.0), ([float(n) for n in range(1, 21)], 90, 18.0)],
)
def test_a_percentile_is_a_value_that_was_measured(
    values: list[float], percent: int, expected: float
) -> None:
    assert nearest_rank(values, percent) == expected


@pytest.mark.parametrize("name", ["days", "times", "rules"])
def test_a_plot_is_a_drawing_without_a_script(visit: Visit, clock: Any, name: str) -> None:
    post, staff = make_post(), make_staff().id
    settle("approve", make_comment(post, status=P).id, clock, staff)
    answer = visit(MODERATOR).get(f"/admin/figures/{name}.svg")
    assert answer.mimetype == "image/svg+xml"
    tree = etree.fromstring(answer.data)
    assert list(tree.iter("{*}script", "script")) == []
    assert b"prefers-color-scheme" in answer.data
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert visit(MODERATOR).get("/admin/figures/other.svg").status_code == 404


def test_the_dashboard_has_each_plot_and_its_table(visit: Visit, clock: Any) -> None:
    browser = visit(MODERATOR)
    assert "Nobody decided anything yet." in browser.get("/admin/").text
    post, staff = make_post(), make_staff().id
    settle("approve", make_comment(post, status=P).id, clock, staff)
    page = browser.get("/admin/").text
    for name in ("days", "times", "rules"):
        assert f"/admin/figures/{name}.svg" in page
    assert "1 by people; 1 of them (100 %)" in page
    assert "<td>100 %</td>" in page


def version() -> int | None:
    db.session.rollback()
    row = db.session.get(PageVersion, SITE)
    return row.version if row else None


def test_readers_are_told_how_soon_once_twenty_were_decided(
    client: FlaskClient, clock: Any
) -> None:
    post, staff = make_post("talk").id, make_staff().id
    clock.move(days=2)

    def decide_one(hours: int) -> None:
        at = clock() - timedelta(hours=hours)
        made = make_comment(db.session.get_one(Post, post), status=P, at=at)
        settle("approve", made.id, clock, staff)

    for hours in range(18):
        decide_one(1 + hours % 3)
    decide_one(30)
    assert "usually reviewed" not in client.get("/posts/talk").text
    clock.move(hours=25)
    before = version()
    decide_one(2)
    assert version() != before
    assert "usually reviewed within 3 hours" in client.get("/posts/talk").text
    # The next day the words are the same, so that kept pages stay good.
    clock.move(hours=25)
    before = version()
    decide_one(2)
    assert version() == before
    make_comment(db.session.get_one(Post, post), status=CommentStatus.APPROVED)
    clock.move(days=40)
    decide_one(2)
    assert "usually reviewed" not in client.get("/posts/talk").text


def test_the_worker_measures_the_pace_each_day_also_when_nobody_decides(
    client: FlaskClient, clock: Any
) -> None:
    post = make_post("talk").id
    staff = make_staff().id
    clock.move(days=2)
    for _ in range(20):
        at = clock() - timedelta(hours=2)
        made = make_comment(db.session.get_one(Post, post), status=P, at=at)
        settle("approve", made.id, clock, staff)
    forget_what_is_old()
    assert "usually reviewed" not in client.get("/posts/talk").text
    clock.move(hours=25)
    forget_what_is_old()
    assert "usually reviewed within 3 hours" in client.get("/posts/talk").text
    clock.move(days=31)
    forget_what_is_old()
    assert "usually reviewed" not in client.get("/posts/talk").text
