"""What the reader makes of well-formed exports of every version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from blog.exchange.wxr import (
    WxrAuthor,
    WxrComment,
    WxrError,
    WxrEvent,
    WxrItem,
    WxrSite,
    WxrTerm,
    check_wxr,
    read_wxr,
)

DATA = Path(__file__).parent / "data"


def events_of(name: str) -> list[WxrEvent]:
    return list(read_wxr(DATA / name))


def items_of(name: str) -> list[WxrItem]:
    return [event for event in events_of(name) if isinstance(event, WxrItem)]


def comments_of(name: str) -> list[WxrComment]:
    return [event for event in events_of(name) if isinstance(event, WxrComment)]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_the_site_comes_first_in_every_version(version: str) -> None:
    site = events_of(f"wxr-{version}.xml")[0]
    assert site == WxrSite(
        title="Harbour Notes",
        link="https://harbour.example",
        description="Boats and tides",
        language="en-GB",
        base_site_url="https://harbour.example/",
        base_blog_url="https://harbour.example",
        version=version,
    )


def test_every_item_comes_before_the_first_comment() -> None:
    kinds = [type(event) for event in events_of("wxr-1.2.xml")]
    assert kinds == sorted(kinds, key=[WxrSite, WxrAuthor, WxrTerm, WxrItem, WxrComment].index)


def test_an_author_is_read() -> None:
    assert WxrAuthor("ines", "ines@harbour.example", "Ines Vaz") in events_of("wxr-1.1.xml")


def test_terms_of_all_kinds_are_read() -> None:
    terms = [event for event in events_of("wxr-1.1.xml") if isinstance(event, WxrTerm)]
    assert terms == [
        WxrTerm("category", "coast", "Coast", "", "category"),
        WxrTerm("category", "bays", "Bays &amp; coves", "coast", "category"),
        WxrTerm("tag", "moon", "Moon", "", "post_tag"),
        WxrTerm("term", "dory", "Dory", "", "boats"),
    ]


def test_the_twin_terms_of_an_old_export_count_once() -> None:
    assert [(term.kind, term.slug) for term in items_of("wxr-1.0.xml")[0].terms] == [
        ("category", "coast"),
        ("tag", "moon"),
    ]


def test_an_item_is_read_with_all_its_fields() -> None:
    item = items_of("wxr-1.2.xml")[0]
    assert (item.ordinal, item.id, item.type, item.status) == (0, 7, "post", "publish")
    assert (item.title, item.slug, item.creator) == ("Tides", "tides", "ines")
    assert item.link == "https://harbour.example/tides/"
    assert item.guid == "https://harbour.example/?p=7"
    assert item.created_at == datetime(2012, 3, 1, 8, tzinfo=UTC)
    assert not item.date_guessed
    assert item.content.splitlines()[1] == "<p>High water at noon.</p>"
    assert item.is_sticky
    assert item.comment_status == "open"
    assert item.meta["_thumbnail_id"] == "9"
    assert item.old_slugs == ("tide-table", "tide")
    assert [term.taxonomy for term in item.terms] == ["category", "post_tag", "boats"]


def test_an_attachment_has_its_address() -> None:
    attachment = items_of("wxr-1.2.xml")[1]
    assert attachment.type == "attachment"
    assert attachment.attachment_url == "https://harbour.example/wp-content/uploads/pier.jpg"


def test_a_comment_is_read_with_all_its_fields() -> None:
    assert comments_of("wxr-1.2.xml")[0] == WxrComment(
        item=0,
        id=21,
        parent=0,
        author="Ines",
        email="ines@mail.example",
        url="",
        ip="198.18.4.7",
        created_at=datetime(2012, 3, 1, 9, 30, tzinfo=UTC),
        date_guessed=False,
        text="A calm day.",
        approved="1",
        type="comment",
        user_id=0,
    )


def test_status_type_and_owner_of_comments_are_kept() -> None:
    facts = [(c.id, c.approved, c.type, c.user_id) for c in comments_of("wxr-1.2.xml")]
    assert facts == [
        (21, "1", "comment", 0),
        (22, "0", "comment", 0),
        (23, "trash", "comment", 0),
        (24, "1", "trackback", 0),
        (25, "1", "comment", 2),
    ]


def test_fields_that_follow_the_comments_are_not_lost() -> None:
    (item,) = items_of("fields-after-comments.xml")
    assert (item.id, item.title, item.slug) == (31, "Tides", "tides")
    assert [(c.item, c.id, c.parent) for c in comments_of("fields-after-comments.xml")] == [
        (0, 3, 2),
        (0, 2, 1),
        (0, 1, 0),
    ]


def test_parents_are_given_as_the_file_has_them() -> None:
    assert [(c.id, c.parent) for c in comments_of("parents.xml")] == [
        (3, 2),
        (2, 1),
        (1, 0),
        (4, 5),
        (5, 6),
        (6, 4),
        (7, 7),
        (8, 99),
        (2, 0),
        (None, 0),
    ]


def test_the_summary_counts_by_type_and_status() -> None:
    summary = check_wxr(DATA / "wxr-1.2.xml")
    assert summary.items == {
        ("post", "publish"): 1,
        ("attachment", "inherit"): 1,
        ("post", "draft"): 1,
    }
    assert summary.comments == {
        ("comment", "1"): 2,
        ("comment", "0"): 1,
        ("comment", "trash"): 1,
        ("trackback", "1"): 1,
    }
    assert (summary.authors, summary.terms) == (1, 4)
    assert (summary.item_total, summary.comment_total) == (3, 5)
    assert summary.most_comments_on_one_item == 5
    assert summary.utc_offset == timedelta(hours=1)
    assert summary.repairs == ()


def test_comments_without_an_id_are_counted() -> None:
    assert check_wxr(DATA / "parents.xml").comments_without_id == 1


def test_a_missing_utc_date_is_worked_out_from_the_local_one() -> None:
    dates = [(c.created_at, c.date_guessed) for c in comments_of("zero-dates.xml")]
    assert dates[0] == (datetime(2012, 3, 1, 9, 30, tzinfo=UTC), True)
    assert dates[1] == (datetime(2012, 7, 1, 11, tzinfo=UTC), True)


def test_a_comment_without_any_date_takes_that_of_its_post() -> None:
    dates = [(c.created_at, c.date_guessed) for c in comments_of("zero-dates.xml")]
    assert dates[2] == (datetime(2012, 3, 1, 8, tzinfo=UTC), True)


def test_a_post_without_any_date_has_none() -> None:
    assert [item.created_at is None for item in items_of("zero-dates.xml")] == [False, True]
    assert check_wxr(DATA / "zero-dates.xml").items_without_date == 1


def test_a_draft_is_dated_by_its_local_date() -> None:
    draft = items_of("wxr-1.2.xml")[2]
    assert draft.created_at == datetime(2012, 3, 5, 11, tzinfo=UTC)
    assert draft.date_guessed


def test_a_file_without_a_version_is_read() -> None:
    assert check_wxr(DATA / "no-version.xml").site.version == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown-version.xml", "WXR '9.7'"),
        ("no-channel.xml", "no <channel>"),
        ("plain-feed.xml", "RSS feed"),
    ],
)
def test_a_file_that_is_no_known_export_is_refused(name: str, said: str) -> None:
    with pytest.raises(WxrError, match=said):
        events_of(name)


def test_progress_adds_up_to_the_bytes_read() -> None:
    path = DATA / "wxr-1.2.xml"
    read: list[int] = []
    summary = check_wxr(path, progress=read.append)
    assert sum(read) == summary.size == path.stat().st_size
    read.clear()
    assert len(list(read_wxr(path, summary=summary, progress=read.append))) == 14
    assert sum(read) == 2 * summary.size
