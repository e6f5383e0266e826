"""What the server's workers load."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Flask

from blog import LARGEST_BODY, create_app
from blog.web.requestlog import configure_logging
from blog.worker import start_thread

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

# Threads of a worker; at most half of them wait for slow senders, the rest go on serving readers.
THREADS = 8
SENDERS_AT_ONCE = THREADS // 2
WAIT_FOR_TURN_SECONDS = 0.3
READ_AT_ONCE = 64 * 1024
# A body that is too large is read and thrown away up to here, so that its sender can read why.
DRAINED_AT_MOST = 64 * 1024 * 1024
BUSY = (
    b"The blog is receiving too much at this moment. Nothing was saved; your text is still in the "
    b"form. Go back and send it again in half a minute.\n"
)


def make_app() -> Flask:
    """The app of one worker, with its log on standard error."""
    configure_logging()
    app = create_app()
    start_thread(app)
    inner: WSGIApplication = app.wsgi_app
    app.wsgi_app = receive_bodies(inner)  # type: ignore[method-assign,assignment]
    return app


def receive_bodies(inner: WSGIApplication) -> WSGIApplication:
    """Receive each body before the app runs, with a limit on its length and on slow senders.

    A chunked body gets a length, so that the app's limit holds for it as for any other.
    """
    turns = threading.BoundedSemaphore(SENDERS_AT_ONCE)

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_chunked = bool(environ.pop("HTTP_TRANSFER_ENCODING", ""))
        announced = environ.get("CONTENT_LENGTH") or "0"
        if not is_chunked and announced == "0":
            return inner(environ, start_response)
        if not turns.acquire(timeout=WAIT_FOR_TURN_SECONDS):
            headers = [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(BUSY))),
                ("Retry-After", "30"),
                ("Cache-Control", "no-store"),
            ]
            start_response("503 Service Unavailable", headers)
            return [BUSY]
        try:
            body, length = _receive(environ["wsgi.input"])
        finally:
            turns.release()
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(length)
        return inner(environ, start_response)

    return outer


def _receive(stream: InputStream) -> tuple[bytes, int]:
    """A body and its length; of one over the limit only the length is kept."""
    body, length = bytearray(), 0
    while length < DRAINED_AT_MOST and (part := stream.read(READ_AT_ONCE)):
        length += len(part)
        if length <= LARGEST_BODY:
            body += part
        else:
            body.clear()
    return bytes(body), length
