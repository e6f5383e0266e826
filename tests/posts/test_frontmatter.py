"""The head of a Markdown file: what is read from it, and where each mistake is shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from blog.posts.document import PostDocument
from blog.posts.frontmatter import FrontMatterError, parse

WHOLE = """---
title: "Notes: a beginning"
slug: notes-a-beginning
date: 2026-11-15T10:30:00+02:00
series: Notes
part: 2
tags: [Craft, notes, Craft]
see_also: [another, notes-a-beginning]
comments: closed
draft: false
summary: What it is about.
author: Robin Vale
---
The text.
"""


def read(head: str, body: str = "Text.", *, comments_open: bool = True) -> PostDocument:
    return parse(f"---\n{head}\n---\n{body}\n", default_comments_open=comments_open)


def test_every_key_is_read() -> None:
    document = parse(WHOLE, default_comments_open=True)
    assert document == PostDocument(
        title="Notes: a beginning",
        slug="notes-a-beginning",
        body="The text.",
        published_at=datetime(2026, 11, 15, 8, 30, tzinfo=UTC),
        series="Notes",
        part=2,
        tags=("Craft", "notes"),
        see_also=("another",),
        comments_open=False,
        is_draft=False,
        summary="What it is about.",
        author="Robin Vale",
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026-11-15", datetime(2026, 11, 15, tzinfo=UTC)),
        ("2026-11-15 09:30", datetime(2026, 11, 15, 9, 30, tzinfo=UTC)),
        ("2026-11-15 09:30:00 -05:00", datetime(2026, 11, 15, 14, 30, tzinfo=UTC)),
        ('"2026-11-15T09:30:00Z"', datetime(2026, 11, 15, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_date_without_a_zone_is_utc(typed: str, expected: datetime) -> None:
    assert read(f"title: A\ndate: {typed}").published_at == expected


def test_a_title_stays_as_typed_whatever_yaml_makes_of_it() -> None:
    assert [
        read(f"title: {typed}\ndraft: true").title for typed in ("1.10", "No", "2026-11-15")
    ] == [
        "1.10",
        "No",
        "2026-11-15",
    ]


def test_tags_may_be_one_line_with_commas() -> None:
    assert read("title: A\ndraft: true\ntags: one, two words,, three").tags == (
        "one",
        "two words",
        "three",
    )


def test_the_slug_comes_from_the_title_when_none_is_given() -> None:
    assert read("title: What's new?\ndraft: yes").slug == "what-s-new"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("open", True), ("true", True), ("closed", False), ("false", False), ("", None)],
)
def test_comments_follow_the_setting_unless_the_file_says(
    typed: str, expected: bool | None
) -> None:
    for default in (True, False):
        document = read(f"title: A\ndraft: true\ncomments: {typed}", comments_open=default)
        assert document.comments_open is (default if expected is None else expected)


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    text = "\ufeff" + WHOLE.replace("\n", "\r\n")
    assert parse(text, default_comments_open=True) == parse(WHOLE, default_comments_open=True)


def test_a_rule_of_hyphens_in_the_text_belongs_to_the_text() -> None:
    assert read("title: A\ndraft: true", "One\n\n---\n\nTwo").body == "One\n\n---\n\nTwo"


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        ("date: 2026-11-15", 1, "a title is required"),
        ("date: 2026-11-15\ntitle:", 3, "a title is required"),
        ("title: A", 1, "a date is required"),
        ("title: A\ndate: soon", 3, "date 'soon' is not understood"),
        ("title: A\ndate: 2026-13-45", 3, "is not understood"),
        ("title: A\ndate: 2026-11-15\nauthors: B", 4, "unknown key 'authors'; known are title"),
        ("title: A\ntitle: B", 3, "title is given twice"),
        ("title: A\ndraft: perhaps", 3, "draft takes true or false"),
        ("title: A\ndraft: true\ncomments: maybe", 4, "comments takes open or closed"),
        ("title: A\ndraft: true\nseries: S\npart: 0", 5, "part takes a whole number"),
        ("title: A\ndraft: true\nseries: S\npart: 1.5", 5, "part takes a whole number"),
        ("title: A\ndraft: true\npart: 1", 4, "a part needs a series"),
        ("title: A\ndraft: true\nslug: Not A Slug", 4, "'not-a-slug' would be"),
        ("title: A\ndraft: true\nslug: ../etc", 4, "'etc' would be"),
        ("title: A\ndraft: true\nsee_also: [fine, Not fine]", 4, "'not-fine' would be"),
        ("title: [A]\ndraft: true", 2, "title takes one value"),
        ("title: A\ndraft: true\ntags: [[a]]", 4, "takes one value"),
        ("title: A: B", 2, "a value with a colon needs quotes"),
        ("- title", 2, "expected lines of the form"),
        ("title: A\n  bad: [", 3, "needs quotes"),
        (f"title: {'x' * 301}", 2, "at most 300"),
        (f"title: A\ndraft: true\ntags: {'x' * 61}", 4, "at most 60"),
        (f"title: A\ndraft: true\ntags: {','.join(map(str, range(51)))}", 4, "at most 50"),
        ('title: "A\\u202eB"\ndraft: true', 2, "a text-direction override"),
        ("? [a]\n: b", 2, "unknown key"),
        ("title: !!python/object/apply:os.system [ls]\ndraft: true", 2, "takes one value"),
        ("title: " + "[" * 20_000, 1, "nested too deeply"),
        ("title: \x07", 1, "a character YAML forbids"),
    ],
)
def test_each_mistake_names_its_line(head: str, line: int, words: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        read(head)
    assert words in caught.value.sentence
    assert caught.value.line == line
    assert caught.value.sentence.startswith(f"line {line}: ")


@pytest.mark.parametrize("text", ["", "No head.", "---\ntitle: A\n", " ---\ntitle: A\n---\n"])
def test_a_file_without_a_closed_head_is_refused(text: str) -> None:
    with pytest.raises(FrontMatterError, match="three hyphens"):
        parse(text, default_comments_open=True)


def test_a_file_without_text_is_refused() -> None:
    with pytest.raises(FrontMatterError, match="line 5: the file has no text"):
        parse("---\ntitle: A\ndraft: true\n---\n\n", default_comments_open=True)
