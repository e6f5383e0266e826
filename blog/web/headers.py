"""Headers of every answer: the browser-side policy, and who may keep a copy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from werkzeug.wrappers import Response as BaseResponse

from blog.config import Config
from blog.web.compression import compress, is_textual
from blog.web.pagecache import ASKED, MAY_BE_KEPT

AnyResponse = TypeVar("AnyResponse", bound=BaseResponse)

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), payment=(), usb=(), browsing-topics=()"
    ),
    "X-Frame-Options": "DENY",
}
ONE_YEAR = 31_536_000


def content_policy(image_hosts: Iterable[str] = ()) -> str:
    """The Content-Security-Policy: files from our own origin, and nothing that runs inline."""
    pictures = " ".join(["'self'", *(f"https://{host}" for host in image_hosts)])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; "
        "media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def mark_private(response: AnyResponse) -> AnyResponse:
    """This answer is for one person: nobody may keep it."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def mark_secret(response: AnyResponse) -> AnyResponse:
    """This page's address is a secret: nobody may keep it, list it or be told of it."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return mark_private(response)


def init_app(app: Flask) -> None:
    """Set the headers on every answer, error pages included."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    headers = response.headers
    there = {name for name, _ in headers}
    headers.extend((name, value) for name, value in FIXED.items() if name not in there)
    headers.setdefault("Content-Security-Policy", content_policy(_image_hosts()))
    config: Config = current_app.extensions["blog_config"]
    if config.is_https:
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        response.vary.update({"Sec-Fetch-Site", "Origin"})
    _set_caching(response)
    return response


def _image_hosts() -> tuple[str, ...]:
    """Hosts an admin let in; only pages that read the settings already carry pictures."""
    settings = g.get("blog_settings")
    return settings.site.image_hosts if settings is not None else ()


def _set_caching(response: Response) -> None:
    if request.endpoint == "static" and response.status_code == 200:
        compress(response, request)
        response.make_conditional(request)
    if "Cache-Control" in response.headers:
        return
    if response.status_code >= 400 or request.method not in {"GET", "HEAD"}:
        response.headers["Cache-Control"] = "no-store"
        return
    settings = g.get("blog_settings")
    shared = settings.site.shared_max_age if settings is not None else 0
    keep = f", s-maxage={shared}" if shared else ""
    response.headers["Cache-Control"] = f"public, max-age=0, must-revalidate{keep}"
    # A page may be private for a reader who has asked for a cookie, so copies differ by it.
    if response.mimetype == "text/html":
        response.vary.add("Cookie")
    if response.status_code != 200 or response.direct_passthrough:
        return
    if ASKED in request.environ:
        request.environ[MAY_BE_KEPT] = True
        if is_textual(response):
            response.vary.add("Accept-Encoding")
    else:
        response.add_etag()
        compress(response, request)
        response.make_conditional(request)
