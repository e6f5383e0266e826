"""What the server's workers load."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Flask

from blog import LARGEST_BODY, create_app
from blog.web.requestlog import configure_logging

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

READ_AT_ONCE = 64 * 1024


def make_app() -> Flask:
    """The app of one worker, with its log on standard error."""
    configure_logging()
    app = create_app()
    inner: WSGIApplication = app.wsgi_app
    app.wsgi_app = measure_chunked_body(inner)  # type: ignore[method-assign,assignment]
    return app


def measure_chunked_body(inner: WSGIApplication) -> WSGIApplication:
    """Give a chunked body a length, so that the app's limit holds for it as for any other."""

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.pop("HTTP_TRANSFER_ENCODING", "") and "CONTENT_LENGTH" not in environ:
            body = bytearray()
            while len(body) <= LARGEST_BODY and (part := environ["wsgi.input"].read(READ_AT_ONCE)):
                body += part
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return inner(environ, start_response)

    return outer
