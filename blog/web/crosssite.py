"""Refusing posts that another site makes a browser send.

By fetch metadata first, by Origin and then Referer where a browser does not send it; a request
with none of them comes from no browser and may act as anonymous. Token CSRF is for signed-in
pages alone, so that the pages everybody reads need no cookie. The rule follows OWASP's CSRF
cheat sheet and Go 1.25's CrossOriginProtection.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, request

from blog.config import Config
from blog.extensions import csrf

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
STAFF_PATHS = ("/admin", "/login", "/logout", "/setup", "/join")


def init_app(app: Flask) -> None:
    """Check where every request that may change something comes from."""
    app.before_request(_check_site)


def require_tokens(app: Flask) -> None:
    """Ask for the token on signed-in pages; call it when all rooms are there."""
    app.before_request(_check_token)


def is_staff_path(path: str) -> bool:
    """Whether a path belongs to pages with a session."""
    return any(path == start or path.startswith(start + "/") for start in STAFF_PATHS)


def is_cross_site(asked: Request, own_hosts: frozenset[str]) -> bool:
    """Whether a browser says that this request was made by a page of another origin."""
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    source = asked.headers.get("Origin") or asked.headers.get("Referer")
    # A page that sends no referrer makes the browser say "null"; the fetch metadata vouches for it.
    if source is None or (source == "null" and site is not None):
        return False
    try:
        return urlsplit(source).netloc.lower() not in own_hosts
    except ValueError:
        return True


def _check_site() -> None:
    if request.method in SAFE:
        return
    config: Config = current_app.extensions["blog_config"]
    own_hosts = frozenset({request.host.lower(), urlsplit(config.base_url).netloc})
    if is_cross_site(request, own_hosts):
        abort(
            403,
            "This form was sent from another site, so nothing was changed. "
            "Open the page here and send it again.",
        )


def _check_token() -> None:
    """After the rooms have asked who is there, so that strangers are told to sign in first."""
    if request.method in SAFE or request.routing_exception is not None:
        return
    if is_staff_path(request.path) and current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
