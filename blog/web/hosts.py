"""Answering only under the blog's own name, once the operator has told it.

No link is made from the Host header anyway; refusing strange ones keeps them out of caches in front
(the host-header attack behind CVE-2017-8295).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request

from blog.config import Config

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
# Load balancers ask these by number.
FOR_MACHINES = frozenset({"/healthz", "/readyz", "/metrics"})


def init_app(app: Flask) -> None:
    """Check the host of every request."""
    app.before_request(_check)


def _check() -> None:
    config: Config = current_app.extensions["blog_config"]
    if not config.base_url_is_set or request.path in FOR_MACHINES:
        return
    own = urlsplit(config.base_url).netloc
    asked = request.host.lower()
    if asked != own and _name(asked) != _name(own) and _name(asked) not in LOOPBACK:
        abort(400)


def _name(netloc: str) -> str:
    """The host without its port."""
    host, colon, port = netloc.rpartition(":")
    return host if colon and port.isdigit() else netloc
