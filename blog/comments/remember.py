"""What a reader asked this browser to remember, and the private preview of a held comment.

The cookie is sealed, not only signed: a stolen one tells nobody the address in it.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import Request, current_app
from werkzeug.wrappers import Response as BaseResponse

from blog import signing
from blog.config import Config
from blog.sealing import SealBrokenError, sealer

PURPOSE = "reader.cookie"
PREVIEW = "comment.preview"
HAND_OVER = "comment.receipt"
ONE_YEAR = 365 * 24 * 3600
PREVIEW_SECONDS = 24 * 3600
LONGEST_COOKIE = 3_900  # browsers keep 4,096 bytes with the name and attributes (RFC 6265, 6.1)
OWN_COMMENTS = 20


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader who ticked the box: the form's values, and the comments sent from this browser."""

    author: str = ""
    address: str = ""
    url: str = ""
    comment_ids: tuple[int, ...] = field(default=())
    # A link mailed to the address was used in this browser, so it is the reader's own.
    is_proved: bool = False

    def with_comment(self, comment_id: int) -> Reader:
        """The same reader, who has sent one comment more."""
        others = tuple(known for known in self.comment_ids if known != comment_id)
        return replace(self, comment_ids=(*others, comment_id)[-OWN_COMMENTS:])


def cookie_name(config: Config) -> str:
    """The cookie's name; with TLS the browser itself enforces what the prefix promises."""
    return "__Host-reader" if config.is_https else "reader"


def read_reader(request: Request) -> Reader | None:
    """The remembered reader, or None. A cookie that was changed counts as none."""
    if "HTTP_COOKIE" not in request.environ:
        return None
    raw = request.cookies.get(cookie_name(current_app.extensions["blog_config"]))
    if not raw:
        return None
    try:
        sealed = base64.urlsafe_b64decode(raw.encode("ascii"))
        packed = base64.b64decode(sealer().open(sealed, PURPOSE))
        author, address, url, ids, *proved = json.loads(zlib.decompress(packed))
        own = tuple(int(number) for number in ids)
        return Reader(str(author), str(address), str(url), own, proved == [True])
    except (SealBrokenError, binascii.Error, UnicodeError, ValueError, TypeError, zlib.error):
        return None


def remember(response: BaseResponse, reader: Reader) -> None:
    """Set the cookie for a year. What does not fit is left out, oldest comments first."""
    config: Config = current_app.extensions["blog_config"]
    value = _pack(reader)
    while len(value) > LONGEST_COOKIE and reader.comment_ids:
        reader = replace(reader, comment_ids=reader.comment_ids[1:])
        value = _pack(reader)
    response.set_cookie(
        cookie_name(config),
        value,
        max_age=ONE_YEAR,
        path="/",
        secure=config.is_https,
        httponly=True,
        samesite="Lax",
    )


def forget(response: BaseResponse) -> None:
    """Delete the cookie of a reader who no longer wants to be remembered."""
    config: Config = current_app.extensions["blog_config"]
    response.delete_cookie(
        cookie_name(config), path="/", secure=config.is_https, httponly=True, samesite="Lax"
    )


def preview_token(comment_id: int, now: datetime) -> str:
    """A token by which the author of a held comment sees it, for a day."""
    return signing.sign(PREVIEW, comment_id, now=now)


def previewed_comment(comment_id: str, token: str, now: datetime) -> int | None:
    """The comment that a preview link of its author names, or None."""
    found = signing.read(PREVIEW, token, now=now, max_age_seconds=PREVIEW_SECONDS)
    return found if isinstance(found, int) and str(found) == comment_id else None


def hand_over(comment_id: int, receipt: str, now: datetime) -> str:
    """A parameter that brings a receipt to the page after posting, sealed and for a day.

    So the address bar, and whatever logs addresses, never holds the token itself.
    """
    sealed = sealer().seal(json.dumps([int(now.timestamp()), comment_id, receipt]), HAND_OVER)
    return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")


def handed_over(text: str, now: datetime) -> tuple[int, str] | None:
    """The comment and the token of its receipt that such a parameter holds, or None."""
    if not text or len(text) > LONGEST_COOKIE:
        return None
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        made_at, comment_id, receipt = json.loads(sealer().open(sealed, HAND_OVER))
    except (SealBrokenError, binascii.Error, UnicodeError, ValueError):
        return None
    is_fresh = -60 <= now.timestamp() - made_at <= PREVIEW_SECONDS
    return (comment_id, receipt) if is_fresh else None


def _pack(reader: Reader) -> str:
    ids = list(reader.comment_ids)
    values = [reader.author, reader.address, reader.url, ids, reader.is_proved]
    packed = zlib.compress(json.dumps(values, ensure_ascii=False).encode(), 9)
    sealed = sealer().seal(base64.b64encode(packed).decode("ascii"), PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode("ascii")
