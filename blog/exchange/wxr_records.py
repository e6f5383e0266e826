"""What a WordPress export says, as plain frozen values that know no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

TermKind = Literal["category", "tag", "term"]


class WxrError(Exception):
    """The file cannot be imported; the text is one sentence or two for the operator.

    `line` and `column` (both from 1) point into the file where the parser can tell.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class WxrSite:
    """The channel's own fields; what the file lacks is an empty string."""

    title: str
    link: str
    description: str
    language: str
    base_site_url: str
    base_blog_url: str
    version: str


@dataclass(frozen=True, slots=True)
class WxrAuthor:
    """A person who may have written posts."""

    login: str
    email: str
    display_name: str


@dataclass(frozen=True, slots=True)
class WxrTerm:
    """A category, a tag, or a term of another taxonomy (its name is in `taxonomy`).

    `slug` is as in the file, often percent-encoded, and empty where the file names no slug;
    `parent` is the parent's slug.
    """

    kind: TermKind
    slug: str
    name: str
    parent: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class WxrItem:
    """A post, page, attachment or anything else the blog kept, without its comments.

    `ordinal` counts the items of the file from 0. `created_at` is UTC and None when the file
    has no usable date; `date_guessed` says that the zone of that date was assumed.
    """

    ordinal: int
    id: int | None
    type: str
    title: str
    link: str
    guid: str
    slug: str
    status: str
    created_at: datetime | None
    date_guessed: bool
    content: str
    excerpt: str
    creator: str
    parent: int
    menu_order: int
    comment_status: str
    password: str
    is_sticky: bool
    terms: tuple[WxrTerm, ...]
    meta: Mapping[str, str]
    old_slugs: tuple[str, ...]
    attachment_url: str


@dataclass(frozen=True, slots=True)
class WxrComment:
    """A comment, pingback or trackback of the item whose `ordinal` is `item`.

    `approved` is the raw value (`1`, `0`, `spam`, `trash`, `post-trashed`); `parent` is 0 for
    none and may name a comment that comes later, is missing, or is a descendant.
    """

    item: int
    id: int | None
    parent: int
    author: str
    email: str
    url: str
    ip: str
    created_at: datetime
    date_guessed: bool
    text: str
    approved: str
    type: str
    user_id: int


@dataclass(frozen=True, slots=True)
class WxrRepair:
    """One kind of damage that was mended while reading: how often, and the first line."""

    kind: str
    count: int
    first_line: int


@dataclass(frozen=True, slots=True)
class WxrSummary:
    """What the validating pass found; `items` and `comments` count by (type, status).

    `addresses` are those of all commenters, in lower case; they belong into no log.
    """

    site: WxrSite
    size: int
    authors: int
    terms: int
    items: Mapping[tuple[str, str], int]
    comments: Mapping[tuple[str, str], int]
    items_without_id: int
    items_without_date: int
    comments_without_id: int
    comments_with_guessed_date: int
    most_comments_on_one_item: int
    utc_offset: timedelta
    repairs: tuple[WxrRepair, ...]
    mended_cdata: bool = field(default=False)
    addresses: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def item_total(self) -> int:
        return sum(self.items.values())

    @property
    def comment_total(self) -> int:
        return sum(self.comments.values())


WxrEvent = WxrSite | WxrAuthor | WxrTerm | WxrItem | WxrComment
