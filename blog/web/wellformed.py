"""Refusing requests that no reader's browser sends: strange hosts, NUL in a path, packed bodies.

Once the operator has told the blog's own name, it answers under no other.
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
    """Check every request before anything else does."""
    app.before_request(_check)


def _check() -> None:
    if "\0" in request.path:
        abort(404)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        abort(415)
    config: Config = current_app.extensions["blog_config"]
    if request.path in FOR_MACHINES:
        return
    if not is_own_host(config, request.host):
        abort(400)


def is_own_host(config: Config, asked: str) -> bool:
    """Whether the blog answers under this name; under any until the operator has told its own."""
    if not config.base_url_is_set:
        return True
    name = _name(asked.lower())
    return name in LOOPBACK or name == _name(urlsplit(config.base_url).netloc)


def _name(netloc: str) -> str:
    """The host without its port."""
    host, colon, port = netloc.rpartition(":")
    return host if colon and port.isdigit() else netloc
