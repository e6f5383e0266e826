"""Posts and pages of a WordPress export, written into this blog with their old addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import dirname
from urllib.parse import urlsplit

from sqlalchemy import select

from blog.db import db
from blog.exchange.identity import Ledger, Numbers, digest_of
from blog.exchange.lines import (
    LONGEST_SLUG,
    NO_TITLE,
    plain_name,
    plain_summary,
    plain_title,
    slug_of,
)
from blog.exchange.masking import AddressMask
from blog.exchange.media import Uploads, host_of, outside_hosts
from blog.exchange.report import Report
from blog.exchange.wordpress_html import has_blocks, to_plain_html
from blog.exchange.wxr import WxrAuthor, WxrItem
from blog.markup import POLICY_VERSION, autop, clean_post_html_with_notes, excerpt
from blog.posts.addresses import tidy_address
from blog.posts.models import OldAddress, Post, PostKind, PostStatus, Tag
from blog.posts.operations import (
    SUMMARY_WORDS,
    add_old_address,
    find_or_make_tag,
    free_slug,
)
from blog.posts.search import index_post
from blog.posts.similar import refresh_similar

KINDS = {"post": PostKind.POST, "page": PostKind.PAGE}
# What WordPress does not show to everybody must not be shown here either.
HIDDEN_STATUSES = {
    "draft": "drafts, still drafts here",
    "auto-draft": "unfinished drafts, drafts here",
    "pending": "posts that waited for an editor, drafts here",
    "private": "private posts, drafts here",
    "trash": "posts from the trash, drafts here",
}
UNCATEGORIZED = "uncategorized"
FORGOTTEN_AFTER = 100


@dataclass(frozen=True, slots=True)
class Attachments:
    """The addresses of a blog's attachments by their number, and the numbers by their post."""

    addresses: Mapping[int, str]
    by_post: Mapping[int, Sequence[int]]
    hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the comments of an item go: a post here, or nowhere, for a reason."""

    post_id: int | None
    old_id: str = ""
    reason: str = ""


@dataclass(slots=True)
class PostImport:
    """Takes the items of a file one after another; ``finish`` when the last has come."""

    ledger: Ledger
    numbers: Numbers
    report: Report
    uploads: Uploads
    attachments: Attachments
    mask: AddressMask
    hosts: frozenset[str]
    now: datetime
    placed: list[Placed] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, str] = field(default_factory=dict)
    _new: list[int] = field(default_factory=list)
    _guesses: list[tuple[str, int]] = field(default_factory=list)

    def add_author(self, author: WxrAuthor) -> None:
        """Remember by which name an author signs."""
        self._names[author.login] = plain_name(self._masked(author.display_name))

    def add(self, item: WxrItem) -> None:
        """Write an item, or note why it stays out; ``placed`` gets one entry for each."""
        self.placed.append(self._place(item))

    def finish(self) -> None:
        """What looks at other posts too: weaker claims to addresses, and similar posts."""
        for address, post_id in self._guesses:
            self._claim(address, post_id)
        refresh_similar(self._new)
        self.report.files = self.uploads.used
        for path in self.uploads.missing:
            self.report.missing_files.add(path)

    def _place(self, item: WxrItem) -> Placed:
        kind = _kind(item)
        if kind is None:
            reason = _why_not(item)
            self.report.leave_out(reason, self._title(item))
            return Placed(None, reason=f"comments on what was left out ({reason})")
        old_id, is_repeat = self._identify(item)
        known = self.ledger.known("post", [old_id]).get(old_id)
        if is_repeat or known is not None:
            return self._place_again(item, old_id, known, is_repeat=is_repeat)
        post = self._write(item, kind)
        self.ledger.record("post", {old_id: post.id})
        self._new.append(post.id)
        self._keep_addresses(item, post.id)
        if len(self._new) % FORGOTTEN_AFTER == 0:
            # The texts of thousands of posts need not stay in memory.
            db.session.expunge_all()
        return Placed(self._new[-1], old_id)

    def _identify(self, item: WxrItem) -> tuple[str, bool]:
        """What the item is known by, and whether the very same stood in the file before."""
        digest = digest_of(item.type, item.title, item.link, item.guid, item.content)
        old_id = str(item.id) if item.id is not None else digest
        if self._seen.get(old_id, digest) != digest:
            # Two different items of one number: the second is known by its content.
            old_id = digest
        is_repeat = old_id in self._seen
        self._seen[old_id] = digest
        return old_id, is_repeat

    def _place_again(
        self, item: WxrItem, old_id: str, known: int | None, *, is_repeat: bool
    ) -> Placed:
        if is_repeat:
            self.report.leave_out("items that stand twice in the file", self._title(item))
        else:
            self.report.already_here["post"] += 1
        if known is None or db.session.scalar(select(Post.id).where(Post.id == known)) is None:
            return Placed(None, reason="comments on posts that were deleted here")
        return Placed(known, old_id)

    def _write(self, item: WxrItem, kind: PostKind) -> Post:
        title, status = plain_title(self._masked(item.title)), self._status(item)
        source = self._body(item)
        safe_html, dropped = clean_post_html_with_notes(source)
        self.report.notes.update(dropped)
        self.report.picture_hosts.update(outside_hosts(safe_html))
        at = item.created_at
        if at is None and status == PostStatus.PUBLISHED:
            self.report.change("posts without a date, dated now", title)
            at = self.now
        taken = self.numbers.taken([item.id] if item.id is not None else [])
        number = self.numbers.number_for(item.id, taken)
        post = Post(
            id=number,
            slug=free_slug(slug_of(item.slug, _titled(title)) or f"{kind.value}-{number}"),
            kind=kind,
            title=title,
            status=status,
            published_at=at,
            updated_at=at or self.now,
            author_name=self._author(item.creator),
            summary=plain_summary(self._masked(item.excerpt)) or excerpt(safe_html, SUMMARY_WORDS),
            source=source,
            source_format="html",
            html=safe_html,
            policy_version=POLICY_VERSION,
            comments_open=item.comment_status != "closed",
        )
        post.tags = self._tags(item)
        db.session.add(post)
        index_post(post)
        self.report.posts[kind.value, post.state(self.now)] += 1
        return post

    def _title(self, item: WxrItem) -> str:
        """The title for the report, which names no reader's address either."""
        return plain_title(self.mask.written_out(item.title)[0])

    def _masked(self, text: str) -> str:
        masked, count = self.mask.written_out(text)
        self.report.masked_addresses += count
        return masked

    def _status(self, item: WxrItem) -> PostStatus:
        title = self._title(item)
        if item.is_sticky:
            self.report.change("sticky posts, in their usual place here", title)
        if item.password:
            self.report.change("posts behind a password, drafts here", title)
            return PostStatus.DRAFT
        # A thin export names no status; what it holds was public.
        if item.status in {"publish", "future", ""}:
            return PostStatus.PUBLISHED
        unknown = f"posts with the status {item.status[:20]!r}, drafts here"
        self.report.change(HIDDEN_STATUSES.get(item.status, unknown), title)
        return PostStatus.DRAFT

    def _body(self, item: WxrItem) -> str:
        """The text without WordPress's notation; it is cleaned again whenever the rules change."""
        plain, notes = to_plain_html(
            item.content,
            attachments=self.attachments.addresses,
            attached=self.attachments.by_post.get(item.id or 0, ()),
        )
        self.report.notes.update(notes)
        # Not earlier: to a shortcode that holds an address the brackets would be its end.
        plain = self._masked(plain)
        if not has_blocks(item.content):
            plain = autop(plain)
        return self.uploads.point_to(plain)

    def _author(self, login: str) -> str:
        name = self._names.get(login) or plain_name(self._masked(login))
        if name:
            self.report.authors.add(name)
        return name

    def _tags(self, item: WxrItem) -> list[Tag]:
        tags: dict[int, Tag] = {}
        for term in item.terms:
            name = plain_name(self._masked(term.name)) or plain_name(self._masked(term.slug))
            if term.kind == "term":
                self.report.leave_out(f"terms of the taxonomy {term.taxonomy[:40]!r}", name)
            elif name and UNCATEGORIZED not in (term.slug.lower(), name.lower()):
                tag = find_or_make_tag(name, slug_of(term.slug)[:LONGEST_SLUG] or None)
                tags[tag.id] = tag
                self.report.tags.add(tag.slug)
        return list(tags.values())

    def _keep_addresses(self, item: WxrItem, post_id: int) -> None:
        if self._is_ours(item.link):
            self._claim(item.link, post_id)
            path = urlsplit(item.link).path.rstrip("/")
            if path:
                folder = dirname(path).rstrip("/")
                self._guesses += [(f"{folder}/{slug}", post_id) for slug in item.old_slugs]
        if item.id is not None:
            self._claim(f"?p={item.id}", post_id)
            self._claim(f"?page_id={item.id}", post_id)
        # What a guid names may be the number of another post on a blog that was moved before.
        if self._is_ours(item.guid):
            self._guesses.append((item.guid, post_id))

    def _is_ours(self, address: str) -> bool:
        host = host_of(address)
        return bool(address.strip()) and (not self.hosts or host in self.hosts or not host)

    def _claim(self, address: str, post_id: int) -> None:
        """Send readers of an old address here, unless another post has it."""
        tidy = tidy_address(address)
        if not tidy or db.session.get(OldAddress, tidy) is not None:
            return
        self.report.old_addresses += add_old_address(address, post_id)


def _kind(item: WxrItem) -> PostKind | None:
    if item.status == "inherit":
        return None
    if not item.type and (item.title.strip() or item.link.strip()):
        return PostKind.POST
    return KINDS.get(item.type)


def _titled(title: str) -> str:
    return "" if title == NO_TITLE else title


def _why_not(item: WxrItem) -> str:
    match item.type:
        case "attachment":
            return "attachments, shown where a post uses them"
        case "nav_menu_item":
            return "menu entries"
        case "":
            return "items without type, title and link"
        case "post" | "page" | "revision":
            return "revisions"
        case _:
            return f"items of the type {item.type[:40]!r}"
