"""Comments of a WordPress export, written into this blog under the posts that came before them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from blog.comments.models import Comment, CommentStatus, CommentType
from blog.db import db, run
from blog.exchange.cleaning import process_count, with_clean_html
from blog.exchange.comment_threads import Node, ThreadBuilder
from blog.exchange.identity import Ledger, Numbers, digest_of
from blog.exchange.lines import LONGEST_NAME, NO_NAME, plain_name, plain_website
from blog.exchange.masking import AddressMask
from blog.exchange.people import people_of, sealed_ip
from blog.exchange.report import Report
from blog.exchange.wordpress_posts import Placed
from blog.exchange.wxr import WxrComment
from blog.markup import POLICY_VERSION
from blog.naming import cut_graphemes

BATCH = 500
STATUSES = {
    "1": CommentStatus.APPROVED,
    "approved": CommentStatus.APPROVED,
    "0": CommentStatus.PENDING,
    "hold": CommentStatus.PENDING,
    "": CommentStatus.PENDING,
    "spam": CommentStatus.SPAM,
    "trash": CommentStatus.TRASH,
    "post-trashed": CommentStatus.TRASH,
}
PUBLIC_TYPES = {kind.value: kind for kind in CommentType}


class _SeenNumbers:
    """A set of numbers, 64 to an entry, since those of a blog's comments stand close together."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}

    def add(self, number: int) -> bool:
        """Add it; whether it was there already."""
        block, bit = number >> 6, 1 << (number & 63)
        before = self._blocks.get(block, 0)
        self._blocks[block] = before | bit
        return bool(before & bit)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A comment on its way, with the post it goes to."""

    comment: WxrComment
    post: Placed
    # Its number stood in the file before.
    is_repeat: bool
    # Its text as it is kept, and how many commenters' addresses are written out in it.
    text: str
    masked: int


@dataclass(slots=True)
class CommentImport:
    """Writes all comments of a file, in batches, each of them once."""

    ledger: Ledger
    numbers: Numbers
    report: Report
    placed: Sequence[Placed]
    mask: AddressMask
    now: datetime
    _seen: _SeenNumbers = field(default_factory=_SeenNumbers)
    _item: int = -1
    _threads: ThreadBuilder | None = None

    def write_all(self, comments: Iterable[WxrComment], expected: int) -> None:
        """Write them in the order of the file; ``expected`` is about how many there are."""
        batches = self._batches(comments)
        for batch in with_clean_html(batches, _text_of, process_count(expected)):
            self._write(batch)
        self._finish_item()

    def _batches(self, comments: Iterable[WxrComment]) -> Iterator[list[_Waiting]]:
        batch: list[_Waiting] = []
        for comment in comments:
            post = self.placed[comment.item]
            reason = self._why_not(comment, post)
            if reason:
                self.report.leave_out(reason, _name_of(comment))
                continue
            is_repeat = comment.id is not None and self._seen.add(comment.id)
            # What a repeat repeats must be written before it is looked up.
            if len(batch) == BATCH or (batch and is_repeat):
                yield batch
                batch = []
            batch.append(_Waiting(comment, post, is_repeat, *self.mask.written_out(comment.text)))
        if batch:
            yield batch

    @staticmethod
    def _why_not(comment: WxrComment, post: Placed) -> str:
        if comment.type not in PUBLIC_TYPES:
            return f"comments of the type {comment.type[:40]!r}, which readers never saw"
        return post.reason if post.post_id is None else ""

    def _write(self, batch: Sequence[tuple[_Waiting, str]]) -> None:
        keys = [self._key(waiting) for waiting, _ in batch]
        known = self.ledger.known("comment", keys)
        new_indexes = [n for n, key in enumerate(keys) if key not in known]
        people = people_of((batch[n][0].comment for n in new_indexes), self.now)
        taken = self.numbers.taken([batch[n][0].comment.id or 0 for n in new_indexes])
        rows: list[dict[str, Any]] = []
        recorded: dict[str, int] = {}
        for (waiting, safe_html), key in zip(batch, keys, strict=True):
            if waiting.comment.item != self._item:
                self._insert(rows, recorded)
                self._finish_item()
                self._item = waiting.comment.item
            if key in known or key in recorded:
                self._note_known(waiting, key, known.get(key))
                continue
            wanted = waiting.comment.id if not waiting.is_repeat else None
            number = self.numbers.number_for(wanted, taken)
            node = self._threads_of(waiting).place(number, waiting.comment, waiting.is_repeat)
            rows.append(self._row(waiting, number, node, people, safe_html))
            recorded[key] = number
        self._insert(rows, recorded)

    def _insert(self, rows: list[dict[str, Any]], recorded: dict[str, int]) -> None:
        if rows:
            # Not through the session, which would go through each row once more.
            run(insert(Comment), rows)
            self.ledger.record("comment", recorded)
            rows.clear()
            recorded.clear()

    def _key(self, waiting: _Waiting) -> str:
        """What the comment is known by: its number, or its content when that is no help."""
        comment = waiting.comment
        if comment.id is not None and not (waiting.is_repeat and self._differs(waiting)):
            return str(comment.id)
        date = comment.created_at.isoformat()
        return digest_of(waiting.post.old_id, comment.author, comment.email, date, comment.text)

    def _differs(self, waiting: _Waiting) -> bool:
        """Whether the first comment of this number in the file says something else."""
        comment = waiting.comment
        number = self.ledger.known("comment", [str(comment.id)]).get(str(comment.id))
        first = db.session.execute(
            select(Comment.text, Comment.created_at, Comment.edited_at).where(Comment.id == number)
        ).first()
        if first is None:
            return False
        was_edited = first.edited_at is not None
        return first.created_at != comment.created_at or (
            first.text not in (waiting.text, comment.text) and not was_edited
        )

    def _note_known(self, waiting: _Waiting, key: str, number: int | None) -> None:
        comment = waiting.comment
        if number is None or (waiting.is_repeat and key == str(comment.id)):
            twice = "comments that stand twice in the file"
            self.report.leave_out(twice, _name_of(comment))
            return
        self.report.already_here["comment"] += 1
        if comment.id is not None and not waiting.is_repeat:
            self._threads_of(waiting).remember(comment.id, number)

    def _threads_of(self, waiting: _Waiting) -> ThreadBuilder:
        post_id = waiting.post.post_id or 0
        threads = self._threads or ThreadBuilder(post_id, self.ledger, self.report)
        self._threads = threads
        return threads

    def _finish_item(self) -> None:
        if self._threads is not None:
            self._threads.finish()
            self._threads = None

    def _row(
        self,
        waiting: _Waiting,
        number: int,
        node: Node,
        people: dict[str, int],
        safe_html: str,
    ) -> dict[str, Any]:
        comment = waiting.comment
        status = self._status(comment)
        self.report.comments[comment.type, status.value] += 1
        self.report.masked_addresses += waiting.masked
        ip_sealed, ip_index = sealed_ip(comment.ip)
        return {
            "id": number,
            "post_id": waiting.post.post_id,
            "parent_id": node.parent_id,
            "root_id": node.root_id if node.root_id != number else None,
            "depth": node.depth,
            "answers_id": None,
            "thread_public": 0,
            "type": PUBLIC_TYPES[comment.type],
            "status": status,
            "former_status": None,
            "status_by": "import",
            "status_at": self.now,
            "version": 1,
            "author": self._author(comment),
            "url": self._website(comment),
            "person_id": people.get(comment.email.strip().casefold()),
            "ip_sealed": ip_sealed,
            "ip_index": ip_index,
            "agent": "",
            "text": waiting.text,
            "text_format": "html",
            "html": safe_html,
            "policy_version": POLICY_VERSION,
            "created_at": comment.created_at,
            "edited_at": None,
            "erased_at": None,
            "fingerprint": None,
        }

    def _status(self, comment: WxrComment) -> CommentStatus:
        status = STATUSES.get(comment.approved)
        if status is None:
            odd = f"comments with the status {comment.approved[:20]!r}, held here"
            self.report.change(odd, _name_of(comment))
            return CommentStatus.PENDING
        return status

    def _author(self, comment: WxrComment) -> str:
        name = plain_name(comment.author)
        if "\ufffd" in name and "\ufffd" not in comment.author:
            what = "names of commenters with characters that a name may not have"
            self.report.change(what, _name_of(comment))
        address = comment.email.strip()
        if "@" in address and address.casefold() in name.casefold():
            # WordPress shows such a name as it is; here an address is never published.
            what = "names of commenters that held their address, cut before the @"
            self.report.change(what, _name_of(comment))
            before = address.partition("@")[0]
            name = re.sub(re.escape(address), lambda _: before, name, flags=re.IGNORECASE)
        name, masked = self.mask.written_out(name)
        self.report.masked_addresses += masked
        return cut_graphemes(name, LONGEST_NAME) or NO_NAME

    def _website(self, comment: WxrComment) -> str:
        try:
            website = plain_website(comment.url)
        except ValueError:
            what = "websites of commenters that are no web address, left out"
        else:
            if not self.mask.written_out(website)[1]:
                return website
            what = "websites of commenters that held an address of one, left out"
        self.report.change(what, _name_of(comment))
        return ""


def _text_of(waiting: _Waiting) -> str:
    return waiting.text


def _name_of(comment: WxrComment) -> str:
    return f"comment {comment.id}" if comment.id is not None else ""
