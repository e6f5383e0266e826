"""Ready pages in front of the app: one copy serves all readers, and it is never stale.

As WSGI, in each process. A page that the app marks as the same for everybody is kept with the
versions of what it shows (:mod:`blog.versions`) and until the next moment at which time alone
changes pages; before a copy is sent it is asked how the versions stand now. The bytes are kept as
they go out, plain and compressed, because compressing costs more than all else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from werkzeug.http import http_date, parse_date, parse_etags

from blog.clock import Clock
from blog.versions import CONVERSATIONS, SITE, conversation, raised_at
from blog.web.compression import SMALLEST, compressed, preferred_encoding
from blog.web.freshness import Freshness, FreshnessError, Scopes, Versions
from blog.web.shelf import Shelf
from blog.web.sitememo import SITE_STATE
from blog.web.turns import Turns

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

Headers = list[tuple[str, str]]
# Pages that take milliseconds to draw: kept for all or not, they are drawn one at a time.
POSTS = "/posts/"
# A page waits that long for others, some eighty of them; then something is slow, and it goes on.
LONGEST_WAIT_SECONDS = 0.25
# Where the app is told the state of the site although nothing is kept: pages and replies.
TOLD_OF_THE_SITE = (POSTS, "/wp-comments-post.php")
# In the environ: the cache asks for a whole, plain page; the app answers that it may be kept.
ASKED = "blog.page_cache.asked"
MAY_BE_KEPT = "blog.page_cache.may_be_kept"
# What a kept page weighs besides its bytes, roughly.
OVERHEAD = 4_096
# Made for each variant, or of no meaning in an answer without a body.
OWN_HEADERS = frozenset({"content-length", "etag", "last-modified", "server-timing"})
OF_BODIES = frozenset({"content-type", "content-length", "content-encoding"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What an admin and the calendar say of keeping pages.

    ``last_turn`` and ``next_turn`` are the moments before and after which time alone changes what
    pages show, such as a scheduled post that comes out; None when there is none.
    """

    most_bytes: int
    last_turn: datetime | None
    next_turn: datetime | None

    def hold_at(self, now: datetime) -> bool:
        """Whether no turn lies between the moment these rules were made for and ``now``."""
        return (self.last_turn is None or self.last_turn <= now) and (
            self.next_turn is None or now < self.next_turn
        )


@dataclass(frozen=True, slots=True)
class Variant:
    """A page in one encoding, as it goes out."""

    etag: str
    headers: Headers
    headers_of_304: Headers
    body: list[bytes]


class Page:
    """One kept page: its bytes in each encoding that somebody asked for, and how long it holds."""

    __slots__ = (
        "_headers",
        "_plain",
        "_tag",
        "modified",
        "scopes",
        "until",
        "variants",
        "versions",
    )

    def __init__(
        self,
        plain: bytes,
        headers: Iterable[tuple[str, str]],
        *,
        scopes: Scopes,
        versions: Versions,
        until: datetime | None,
        modified: datetime,
    ) -> None:
        self._plain = plain
        self._headers = [pair for pair in headers if pair[0].lower() not in OWN_HEADERS]
        self._headers.append(("Last-Modified", http_date(modified)))
        self._tag = sha256(plain).hexdigest()[:32]
        self.scopes = scopes
        self.versions = versions
        self.until = until
        self.modified = modified.replace(microsecond=0)
        self.variants: dict[str, Variant] = {}

    @property
    def weight(self) -> int:
        """How many bytes it takes, roughly."""
        return OVERHEAD + len(self._plain) + sum(len(v.body[0]) for v in self.variants.values())

    def make_variant(self, encoding: str) -> Variant:
        """The page in this encoding; kept for the next who asks."""
        body, headers = self._plain, list(self._headers)
        if encoding != "identity" and len(body) >= SMALLEST:
            body = compressed(body, encoding)
            headers.append(("Content-Encoding", encoding))
        etag = f'"{self._tag}"' if body is self._plain else f'"{self._tag}-{encoding}"'
        headers += [("ETag", etag), ("Content-Length", str(len(body)))]
        short = [pair for pair in headers if pair[0].lower() not in OF_BODIES]
        made = self.variants[encoding] = Variant(etag, headers, short, [body])
        return made


class PageCache:
    """The WSGI app that answers from kept pages, and asks the app behind it for all else."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        freshness: Freshness,
        rules_at: Callable[[datetime], Rules],
        clock: Clock,
        private_cookie: str,
        is_own_host: Callable[[str], bool],
        count: Mapping[str, Callable[[], None]],
        turns: Turns | None = None,
        tells_timing: bool = False,
    ) -> None:
        """``rules_at`` makes the rules for a moment; ``count`` has "hit", "same" and "miss".

        With ``turns`` pages are drawn one at a time, and who has waited gets what was drawn
        meanwhile. Requests with ``private_cookie``, or for a host that is not ours, are the
        app's alone.
        """
        self._app = app
        self._freshness = freshness
        self._rules_at = rules_at
        self._clock = clock
        self._private_cookie = f"{private_cookie}="
        self._is_own_host = is_own_host
        self._count = count
        self._turns = turns
        self._tells_timing = tells_timing
        self._started_at = clock()
        self._shelf: Shelf[str, Page] = Shelf()
        self._rules: tuple[int, Rules] | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not self._is_for_everybody(environ):
            with self._turn(_is_page_of_post(environ)):
                self._tell_state(environ)
                return self._app(environ, start_response)
        started = time.perf_counter() if self._tells_timing else 0.0
        path = environ["PATH_INFO"]
        page = self._shelf.get(path)
        scopes = page.scopes if page is not None else scopes_of(path)
        try:
            versions = self._freshness.versions(scopes)
        except FreshnessError:
            return self._app(environ, start_response)
        if page is None or not self._holds(page, versions):
            if self._turns is None:
                return self._ask_app(environ, start_response, scopes, versions)
            with self._turn(page is not None or path.startswith(POSTS)):
                return self._answer_after_wait(environ, start_response, scopes, started)
        timing = _told_of_hit(started) if self._tells_timing else []
        return self._answer(page, environ, start_response, timing, is_kept=True)

    def put_before_app(self, wrap: Callable[[WSGIApplication], WSGIApplication]) -> None:
        """Let what the app is asked for go through ``wrap`` first."""
        self._app = wrap(self._app)

    def close(self) -> None:
        """Let go of the connections."""
        self._freshness.close()

    def _turn(self, is_page: bool) -> AbstractContextManager[object]:
        """Wait while another page is drawn, where pages are drawn one at a time."""
        return self._turns.one() if is_page and self._turns is not None else nullcontext()

    def _holds(self, page: Page, versions: Versions) -> bool:
        """Whether the page still shows how things stand."""
        if page.versions != versions:
            return False
        return page.until is None or self._clock() < page.until

    def _answer_after_wait(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        scopes: Scopes,
        started: float,
    ) -> Iterable[bytes]:
        """Look again: the thread before may have drawn this very page."""
        try:
            versions = self._freshness.versions(scopes)
        except FreshnessError:
            return self._app(environ, start_response)
        page = self._shelf.get(environ["PATH_INFO"])
        if page is not None and self._holds(page, versions):
            timing = _told_of_hit(started) if self._tells_timing else []
            return self._answer(page, environ, start_response, timing, is_kept=True)
        return self._ask_app(environ, start_response, scopes, versions)

    def _tell_state(self, environ: WSGIEnvironment) -> None:
        """Tell the app the state of the site also where the page is one reader's own."""
        path = environ["PATH_INFO"]
        if path.startswith(TOLD_OF_THE_SITE):
            with suppress(FreshnessError):
                versions = self._freshness.versions(scopes_of(path))
                now = self._clock()
                environ[SITE_STATE] = self._state(versions, self._current_rules(versions, now))

    def _is_for_everybody(self, environ: WSGIEnvironment) -> bool:
        if environ.get("QUERY_STRING") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return False
        cookies = environ.get("HTTP_COOKIE")
        if cookies is not None and self._private_cookie in cookies:
            return False
        if "HTTP_CONTENT_ENCODING" in environ or _has_body(environ):
            return False
        return self._is_own_host(environ.get("HTTP_HOST", ""))

    def _answer(
        self,
        page: Page,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        timing: Headers,
        *,
        is_kept: bool,
    ) -> Iterable[bytes]:
        encoding = preferred_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        variant = page.variants.get(encoding)
        if variant is None:
            variant = page.make_variant(encoding)
            self._shelf.weigh(environ["PATH_INFO"])
        is_same = _has_it(environ, variant, page)
        headers = variant.headers_of_304 if is_same else variant.headers
        if is_kept:
            self._count["same" if is_same else "hit"]()
        if timing:
            headers = [*headers, *timing]
        if is_same:
            start_response("304 Not Modified", headers)
            return ()
        start_response("200 OK", headers)
        return variant.body if environ["REQUEST_METHOD"] == "GET" else ()

    def _ask_app(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        scopes: Scopes,
        versions: Versions,
    ) -> Iterable[bytes]:
        """Let the app make the page; keep it when the app says that it is the same for all."""
        # Before the app looks at anything: what it sees is then at least as new.
        now = self._clock()
        rules = self._current_rules(versions, now)
        state = self._state(versions, rules)
        asked = {**environ, "REQUEST_METHOD": "GET", ASKED: True, SITE_STATE: state}
        answer: list[Any] = []

        def note(*given: Any) -> Any:
            answer[:] = given
            return _no_write

        body = self._app(asked, note)
        if MAY_BE_KEPT not in asked:
            start_response(*answer)
            if environ["REQUEST_METHOD"] == "GET":
                return body
            _close(body)
            return ()
        try:
            plain = b"".join(body)
        finally:
            _close(body)
        self._count["miss"]()
        page = Page(
            plain,
            answer[1],
            scopes=scopes,
            versions=versions,
            until=rules.next_turn if rules else now,
            modified=self._modified(versions, rules),
        )
        if rules is not None:
            self._shelf.put(environ["PATH_INFO"], page, rules.most_bytes)
        timing = [pair for pair in answer[1] if pair[0] == "Server-Timing"]
        return self._answer(page, environ, start_response, timing, is_kept=False)

    @staticmethod
    def _state(versions: Versions, rules: Rules | None) -> Hashable | None:
        """What differs whenever the site does; None when that is not known."""
        return (dict(versions).get(SITE, 0), rules) if rules is not None else None

    def _current_rules(self, versions: Versions, now: datetime) -> Rules | None:
        """The rules, made anew when the site was changed or a turn has passed; None: unknown."""
        kept, site_version = self._rules, dict(versions).get(SITE, 0)
        if kept is not None and kept[0] == site_version and kept[1].hold_at(now):
            return kept[1]
        try:
            rules = self._rules_at(now)
        except Exception:
            log.exception("The rules for keeping pages could not be read; this page is not kept.")
            return None
        self._rules = (site_version, rules)
        return rules

    def _modified(self, versions: Versions, rules: Rules | None) -> datetime:
        """When the page last changed, as far as anybody knows.

        Not before this process began: another version of the program may draw pages otherwise.
        """
        moments = [self._started_at, *(raised_at(version) for _, version in versions)]
        if rules is not None and rules.last_turn is not None:
            moments.append(rules.last_turn)
        return max(moments)


def scopes_of(path: str) -> Scopes:
    """What the page at this path shows: the site, and one conversation or all of them."""
    if path.startswith(POSTS):
        slug = path.removeprefix(POSTS).partition("/")[0].encode("latin-1", "replace")
        return (SITE, conversation(slug.decode("utf-8", "replace")))
    return (SITE, CONVERSATIONS)


def _told_of_hit(started: float) -> Headers:
    took = (time.perf_counter() - started) * 1000
    return [("Server-Timing", f'cache;desc="hit", check;dur={took:.3f}')]


def _has_body(environ: WSGIEnvironment) -> bool:
    is_announced = environ.get("CONTENT_LENGTH", "0") not in ("", "0")
    return is_announced or "HTTP_TRANSFER_ENCODING" in environ


def _is_page_of_post(environ: WSGIEnvironment) -> bool:
    """Whether a page of a post is asked for, without a body that its sender could keep back."""
    is_asked = environ["REQUEST_METHOD"] in ("GET", "HEAD") and not _has_body(environ)
    return is_asked and environ["PATH_INFO"].startswith(POSTS)


def _has_it(environ: WSGIEnvironment, variant: Variant, page: Page) -> bool:
    """Whether the asker has this very page already (RFC 9110, 13.2.2)."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return bool(tags == variant.etag or parse_etags(tags).contains_weak(variant.etag[1:-1]))
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    if since is None:
        return False
    known = parse_date(since)
    return known is not None and known.astimezone(UTC) >= page.modified


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _no_write(_data: bytes) -> None:
    raise RuntimeError("the app writes its answers by returning them")
