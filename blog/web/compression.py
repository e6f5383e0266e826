"""Sending text compressed, in the way the browser prefers among those it takes.

Only answers that everybody may see: a page that holds one person's data beside words from a request
could be guessed at by its length (the BREACH attack). Equal bytes are compressed once.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

import brotli
from flask import Request, Response
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

SMALLEST = 600  # bytes; below it the headers weigh more than what is won
KEPT = 48  # pages and files whose compressed bytes are kept
BROTLI_QUALITY = 5
GZIP_LEVEL = 6
TEXTUAL = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/rss+xml",
        "application/atom+xml",
        "application/xml",
        "image/svg+xml",
    }
)


def compress(response: Response, request: Request) -> None:
    """Compress a public answer in place; its ETag says in which encoding."""
    if not is_textual(response):
        return
    response.vary.add("Accept-Encoding")
    encoding = preferred_encoding(request.headers.get("Accept-Encoding", ""))
    if encoding == "identity" or "Content-Encoding" in response.headers:
        return
    response.direct_passthrough = False
    plain = response.get_data()
    if len(plain) < SMALLEST:
        return
    etag, _ = response.get_etag()
    response.set_data(_kept(plain, encoding))
    response.headers["Content-Encoding"] = encoding
    if etag is not None:
        response.set_etag(f"{etag}-{encoding}")


def is_textual(response: Response) -> bool:
    """Whether an answer is of a kind that gets smaller by compressing it."""
    kind = response.mimetype or ""
    return kind.startswith("text/") or kind in TEXTUAL


@lru_cache(maxsize=256)
def preferred_encoding(accepted: str) -> str:
    """What the sender of this ``Accept-Encoding`` likes best of br, gzip and identity."""
    accept = parse_accept_header(accepted, Accept)
    return accept.best_match(["br", "gzip", "identity"], "identity")


def compressed(plain: bytes, encoding: str) -> bytes:
    """The bytes in an encoding, br or gzip."""
    if encoding == "br":
        done: bytes = brotli.compress(plain, quality=BROTLI_QUALITY)
        return done
    return gzip.compress(plain, compresslevel=GZIP_LEVEL, mtime=0)


# Files, and public pages that are not kept ready.
_kept = lru_cache(maxsize=KEPT)(compressed)
