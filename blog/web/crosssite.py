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
STAFF_PATHS = ("/admin", "/login", "/logout", "/setup")


def init_app(app: Flask) -> None:
    """Check every request that may change something."""
    app.before_request(_check)


def is_staff_path(path: str) -> bool:
    """Whether a path belongs to pages with a session."""
    return any(path == start or path.startswith(start + "/") for start in STAFF_PATHS)


def is_cross_site(asked: Request, own_hosts: frozenset[str]) -> bool:
    """Whether a browser says that this request was made by a page of another origin."""
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    source = asked.headers.get("Origin") or asked.headers.get("Referer")
    if source is None:
        return False
    try:
        return urlsplit(source).netloc.lower() not in own_hosts
    except ValueError:
        return True


def _check() -> None:
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
    if is_staff_path(request.path) and current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
