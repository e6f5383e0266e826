"""A post as somebody wrote it: checked values and a source, before it is one of the blog's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# Limits in characters, and of entries in a list.
LONGEST_TITLE = 300
LONGEST_NAME = 245
LONGEST_SUMMARY = 1_000
LONGEST_TAG = 60
LONGEST_SLUG = 200
MOST_ENTRIES = 50
HIGHEST_PART = 9_999


@dataclass(frozen=True, slots=True)
class PostDocument:
    """What a file says: the checked values of its head, and its Markdown."""

    title: str
    slug: str
    body: str
    published_at: datetime | None = None
    series: str | None = None
    part: int | None = None
    tags: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()
    comments_open: bool = True
    is_draft: bool = False
    summary: str = ""
    author: str = ""
    # "html" only for a post that came from another blog.
    source_format: str = "markdown"
