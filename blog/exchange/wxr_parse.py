"""The parser's target: turns XML events into records without ever holding a tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from blog.exchange.wxr_records import (
    TermKind,
    WxrAuthor,
    WxrComment,
    WxrError,
    WxrEvent,
    WxrItem,
    WxrSite,
    WxrTerm,
)

# One post with all its fields has to fit into memory; nobody writes one that is longer.
RECORD_LIMIT = 64 * 1024 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_OFFSET = timedelta(0)

# The version in the address differs from export to export, and some say https.
_WP = re.compile(r"https?://wordpress\.org/export/[^/]*(/excerpt)?/?")
_FIXED = {
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
}


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Which children of a record are records themselves; every other child is a field.
_CHILDREN: dict[str, frozenset[str]] = {
    "": frozenset({"rss"}),
    "rss": frozenset({"channel"}),
    "channel": frozenset({"item", "wp:author", "wp:category", "wp:tag", "wp:term"}),
    "item": frozenset({"wp:comment", "wp:postmeta"}),
    "wp:comment": frozenset({"wp:commentmeta"}),
}
_FIELDS: dict[str, frozenset[str]] = {
    "channel": _names(
        "title link description language pubDate wp:wxr_version wp:base_site_url wp:base_blog_url"
    ),
    "wp:author": _names("wp:author_login wp:author_email wp:author_display_name"),
    "wp:category": _names("wp:category_nicename wp:category_parent wp:cat_name"),
    "wp:tag": _names("wp:tag_slug wp:tag_name"),
    "wp:term": _names("wp:term_taxonomy wp:term_slug wp:term_parent wp:term_name"),
    "item": _names(
        "title link pubDate dc:creator guid content:encoded excerpt:encoded category wp:post_id "
        "wp:post_date wp:post_date_gmt wp:comment_status wp:post_name wp:status wp:post_parent "
        "wp:menu_order wp:post_type wp:post_password wp:is_sticky wp:attachment_url"
    ),
    "wp:postmeta": frozenset({"wp:meta_key", "wp:meta_value"}),
    "wp:comment": _names(
        "wp:comment_id wp:comment_parent wp:comment_author wp:comment_author_email "
        "wp:comment_author_url wp:comment_author_IP wp:comment_date wp:comment_date_gmt "
        "wp:comment_content wp:comment_approved wp:comment_type wp:comment_user_id"
    ),
}
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_XML_SPACE = " \t\r\n"


@dataclass(slots=True)
class _Record:
    name: str
    fields: dict[str, str] = field(default_factory=dict)
    size: int = 0
    meta: dict[str, str] = field(default_factory=dict)
    old_slugs: list[str] = field(default_factory=list)
    terms: list[tuple[str, str, str]] = field(default_factory=list)

    def short(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def body(self, name: str) -> str:
        return self.fields.get(name, "").strip(_XML_SPACE)

    def number(self, name: str) -> int:
        value = self.short(name)
        return int(value) if _NUMBER.fullmatch(value) else 0

    def identity(self, name: str) -> int | None:
        number = self.number(name)
        return number if number > 0 else None


class WxrTarget:
    """Receives the parser's events; calls `on_event` for each finished record.

    `fallback_offset` is the blog's distance from UTC, for dates of which only the local form
    is there; `skip_comments` saves the work of reading them. WxrItem comes when its element
    ends, so it is complete whatever the order of its fields; comments come when they end,
    hence before their WxrItem.
    Raises WxrError for a DOCTYPE, a wrong root and an oversized record.
    """

    def __init__(
        self,
        on_event: Callable[[WxrEvent], None],
        fallback_offset: timedelta = NO_OFFSET,
        *,
        skip_comments: bool = False,
    ) -> None:
        self._on_event = on_event
        self._fallback = fallback_offset
        self._skipped = "wp:comment" if skip_comments else ""
        self._stack = [_Record("")]
        self._depth = 0
        self._field = ""
        self._field_depth = 0
        self._text: list[str] | None = None
        self._attributes: Mapping[str, str] = {}
        self._names: dict[str, str] = {}
        self._site = _Record("channel")
        self._ordinal = -1
        self.has_channel = False
        self.has_namespace = False
        self.offsets: dict[timedelta, int] = {}

    # The names and arguments of the next five methods are the parser's.
    def doctype(self, name: str | None, public_id: str | None, system: str | None) -> None:
        raise WxrError("The file has a DOCTYPE, which a WordPress export never has.")

    def start(self, tag: str, attrib: Mapping[str, str], nsmap: Mapping[str, str]) -> None:
        self._depth += 1
        if self._field_depth:
            return  # markup inside a field: its text still belongs to the field
        name = self._names.get(tag) or self._short_name(tag)
        parent = self._stack[-1]
        if nsmap and not self.has_namespace:
            self.has_namespace = any(_WP.fullmatch(uri or "") for uri in nsmap.values())
        if name in _CHILDREN.get(parent.name, ()) and name != self._skipped:
            self._open(name)
            return
        if self._depth == 1:
            raise WxrError(
                f"This is not a WordPress export: it starts with <{name.strip('?:')[:40]}>, "
                "not with <rss>. Nothing was imported."
            )
        self._field, self._field_depth = name, self._depth
        if name in _FIELDS.get(parent.name, ()):
            self._text = []
            self._attributes = attrib

    def end(self, tag: str) -> None:
        if self._depth == self._field_depth:
            self._close_field()
        elif not self._field_depth:
            self._close(self._stack.pop())
        self._depth -= 1

    def data(self, data: str) -> None:
        if self._text is None:
            return
        self._text.append(data)
        record = self._stack[-1]
        record.size += len(data)
        if record.size > RECORD_LIMIT:
            raise WxrError(
                f"One {record.name.removeprefix('wp:')} of the file is longer than "
                f"{RECORD_LIMIT // 1024 // 1024} MiB. Nothing was imported."
            )

    def close(self) -> None:
        """Nothing is left to do when the document ends."""

    def site(self) -> WxrSite:
        """The channel's fields seen so far."""
        site = self._site
        return WxrSite(
            title=site.short("title"),
            link=site.short("link"),
            description=site.short("description"),
            language=site.short("language"),
            base_site_url=site.short("wp:base_site_url"),
            base_blog_url=site.short("wp:base_blog_url"),
            version=site.short("wp:wxr_version"),
        )

    def _short_name(self, tag: str) -> str:
        uri, _, local = tag.rpartition("}")
        uri = uri[1:]
        match = _WP.fullmatch(uri)
        if match is not None:
            self.has_namespace = True
            name = ("excerpt:" if match.group(1) else "wp:") + local
        else:
            name = (_FIXED.get(uri, "?:") if uri else "") + local
        # A hostile file could have a new name in every element.
        if len(self._names) < 1000:
            self._names[tag] = name
        return name

    def _open(self, name: str) -> None:
        record = _Record(name)
        if name == "item":
            self._ordinal += 1
        elif name == "channel":
            self.has_channel = True
            record = self._site
        self._stack.append(record)

    def _close_field(self) -> None:
        if self._text is not None:
            value = "".join(self._text)
            record = self._stack[-1]
            if self._field == "category":
                domain = self._attributes.get("domain", "").strip()
                slug = self._attributes.get("nicename", "").strip()
                record.terms.append((domain, slug, value.strip()))
            else:
                record.fields[self._field] = value
        self._text = None
        self._field_depth = 0

    def _close(self, record: _Record) -> None:
        match record.name:
            case "wp:comment":
                self._on_event(self._comment(record))
            case "item":
                self._on_event(self._item(record))
            case "wp:postmeta":
                self._keep_meta(record)
            case "wp:author":
                self._on_event(
                    WxrAuthor(
                        login=record.short("wp:author_login"),
                        email=record.short("wp:author_email"),
                        display_name=record.short("wp:author_display_name"),
                    )
                )
            case "wp:category" | "wp:tag" | "wp:term":
                self._on_event(_term_of(record))

    def _keep_meta(self, record: _Record) -> None:
        item = self._stack[-1]
        item.size += record.size
        key, value = record.short("wp:meta_key"), record.body("wp:meta_value")
        item.meta[key] = value
        if key == "_wp_old_slug" and value:
            item.old_slugs.append(value)

    def _item(self, record: _Record) -> WxrItem:
        offset = _offset_between(record.short("wp:post_date"), record.short("wp:post_date_gmt"))
        if offset is not None:
            self.offsets[offset] = self.offsets.get(offset, 0) + 1
        created_at, guessed = self._item_date(record)
        return WxrItem(
            ordinal=self._ordinal,
            id=record.identity("wp:post_id"),
            type=record.short("wp:post_type"),
            title=record.short("title"),
            link=record.short("link"),
            guid=record.short("guid"),
            slug=record.short("wp:post_name"),
            status=record.short("wp:status"),
            created_at=created_at,
            date_guessed=guessed,
            content=record.body("content:encoded"),
            excerpt=record.body("excerpt:encoded"),
            creator=record.short("dc:creator"),
            parent=record.number("wp:post_parent"),
            menu_order=record.number("wp:menu_order"),
            comment_status=record.short("wp:comment_status"),
            password=record.short("wp:post_password"),
            is_sticky=record.short("wp:is_sticky") == "1",
            terms=_item_terms(record.terms),
            meta=record.meta,
            old_slugs=tuple(record.old_slugs),
            attachment_url=record.short("wp:attachment_url"),
        )

    def _item_date(self, record: _Record) -> tuple[datetime | None, bool]:
        gmt = _utc(record.short("wp:post_date_gmt"))
        if gmt is not None:
            return gmt, False
        local = _shifted(_utc(record.short("wp:post_date")), self._fallback)
        if local is not None:
            return local, True
        return _rfc_date(record.short("pubDate")), False

    def _comment(self, record: _Record) -> WxrComment:
        created_at, guessed = self._comment_date(record)
        return WxrComment(
            item=self._ordinal,
            id=record.identity("wp:comment_id"),
            parent=record.number("wp:comment_parent"),
            author=record.short("wp:comment_author"),
            email=record.short("wp:comment_author_email"),
            url=record.short("wp:comment_author_url"),
            ip=record.short("wp:comment_author_IP"),
            created_at=created_at,
            date_guessed=guessed,
            text=record.body("wp:comment_content"),
            approved=record.short("wp:comment_approved"),
            type=record.short("wp:comment_type").lower() or "comment",
            user_id=record.number("wp:comment_user_id"),
        )

    def _comment_date(self, record: _Record) -> tuple[datetime, bool]:
        gmt = _utc(record.short("wp:comment_date_gmt"))
        if gmt is not None:
            return gmt, False
        item = self._stack[-1]
        offset = _offset_between(item.short("wp:post_date"), item.short("wp:post_date_gmt"))
        offset = self._fallback if offset is None else offset
        date = _shifted(_utc(record.short("wp:comment_date")), offset)
        # A comment cannot be older than its post, and has to stand somewhere.
        date = date or self._item_date(item)[0] or _rfc_date(self._site.short("pubDate"))
        return date or EPOCH, True


def _term_of(record: _Record) -> WxrTerm:
    if record.name == "wp:category":
        slug, name = record.short("wp:category_nicename"), record.short("wp:cat_name")
        return WxrTerm("category", slug, name, record.short("wp:category_parent"), "category")
    if record.name == "wp:tag":
        slug, name = record.short("wp:tag_slug"), record.short("wp:tag_name")
        return WxrTerm("tag", slug, name, "", "post_tag")
    slug, name = record.short("wp:term_slug"), record.short("wp:term_name")
    taxonomy = record.short("wp:term_taxonomy")
    return WxrTerm(_kind(taxonomy), slug, name, record.short("wp:term_parent"), taxonomy)


def _kind(taxonomy: str) -> TermKind:
    if taxonomy in ("", "category"):
        return "category"
    return "tag" if taxonomy in ("tag", "post_tag") else "term"


def _item_terms(found: list[tuple[str, str, str]]) -> tuple[WxrTerm, ...]:
    """The terms of an item, once each.

    WXR 1.0 writes each term two or three times, with and without its slug; the one with the
    slug is kept.
    """
    named = {(_kind(domain), name) for domain, slug, name in found if slug}
    terms: dict[tuple[str, str, str], WxrTerm] = {}
    for domain, slug, name in found:
        kind = _kind(domain)
        bare_twin = not slug and ((kind, name) in named or (not domain and ("tag", name) in named))
        if bare_twin or not (slug or name):
            continue
        taxonomy = {"category": "category", "tag": "post_tag"}.get(kind, domain)
        terms.setdefault((taxonomy, slug, name), WxrTerm(kind, slug, name, "", taxonomy))
    return tuple(terms.values())


def _utc(value: str) -> datetime | None:
    """WordPress's `2014-01-14 17:31:03`; None for zeros and for what is no date."""
    if not value or value.startswith("0000"):
        return None
    try:
        date = datetime.fromisoformat(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rfc_date(value: str) -> datetime | None:
    """An RSS date; WordPress writes the year -0001 for drafts, which is none."""
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _shifted(local: datetime | None, offset: timedelta) -> datetime | None:
    if local is None:
        return None
    try:
        return local - offset
    except OverflowError:
        return None


def _offset_between(local: str, gmt: str) -> timedelta | None:
    """The blog's distance from UTC at that time; None unless it can be one.

    Zones lie between -12 and +14 hours, in quarters of an hour.
    """
    here, there = _utc(local), _utc(gmt)
    if here is None or there is None:
        return None
    offset = here - there
    possible = timedelta(hours=-12) <= offset <= timedelta(hours=14)
    return offset if possible and offset % timedelta(minutes=15) == NO_OFFSET else None
