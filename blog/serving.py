"""What the server's workers load."""

from __future__ import annotations

import ctypes
import gc
import threading
import typing
from collections.abc import Iterable
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from flask import Flask
from sqlalchemy.orm import configure_mappers

from blog import LARGEST_BODY, LARGEST_DESK_BODY, create_app
from blog.web.pagecache import PageCache
from blog.web.requestlog import configure_logging
from blog.worker import start_thread

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

# Threads of a worker; at most half of them wait for slow senders, the rest go on serving readers.
THREADS = 8
SENDERS_AT_ONCE = THREADS // 2
WAIT_FOR_TURN_SECONDS = 0.3
READ_AT_ONCE = 64 * 1024
# M_TRIM_THRESHOLD and M_ARENA_MAX in malloc.h of glibc.
MALLOC_TRIM_THRESHOLD, MALLOC_ARENA_MAX = -1, -8
KEPT_FREE_BYTES = 1024 * 1024
# A body that is too large is read and thrown away up to here, so that its sender can read why.
DRAINED_AT_MOST = 64 * 1024 * 1024
# Templates that are compiled before the workers begin; the others when they are first asked for.
READ_BY_EVERYBODY = ("comments/post.html", "comments/_comment.html", "comments/_form.html")
BUSY = (
    b"The blog is receiving too much at this moment. Nothing was saved; your text is still in the "
    b"form. Go back and send it again in half a minute.\n"
)


_ready: list[tuple[Flask, WSGIApplication]] = []


def make_ready() -> Flask:
    """Make the app that workers will begin with as copies of this process.

    It must not ask the database yet: a connection cannot be shared between processes.
    """
    _share_one_heap()
    # Nothing that is loaded here will ever be garbage: looking for it takes a tenth of the start,
    # and later, in a worker, would make the shared memory its own.
    gc.disable()
    app = create_app()
    configure_mappers()  # which the first query of each process would do
    for name in READ_BY_EVERYBODY:
        app.jinja_env.get_template(name)
    cache: PageCache = app.extensions["blog_page_cache"]
    # A kept page is sent without a look at bodies; what the app is asked for comes by here.
    cache.put_before_app(receive_bodies)
    _ready.append((app, cache))
    # Signatures that only type checkers read; Python keeps them, and SQLAlchemy has hundreds.
    typing.clear_overloads()
    _give_back()
    gc.freeze()
    gc.enable()
    return app


def make_app() -> WSGIApplication:
    """The app of one worker, with its log on standard error."""
    configure_logging()
    if not _ready:
        make_ready()
    app, answer = _ready[0]
    # Here and not in make_ready(): a thread is not copied into a worker.
    start_thread(app)
    return answer


def _share_one_heap() -> None:
    """Let all threads take memory from one heap.

    glibc gives each thread one of its own and hands little of it back, some megabytes for each;
    threads that take turns at Python gain nothing by it. What is free at its end goes back, after
    large pages too, for which glibc would keep ever more. Elsewhere this does nothing.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(MALLOC_ARENA_MAX, 1)
        set_option(MALLOC_TRIM_THRESHOLD, KEPT_FREE_BYTES)


def _give_back() -> None:
    """Give back what loading used and freed, which each worker would begin with (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


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
        # What is larger than a comment lies on the disk until the app knows who sent it.
        is_small = not is_chunked and _is_small(announced)
        with BytesIO() if is_small else SpooledTemporaryFile(max_size=LARGEST_BODY) as body:
            try:
                length = _receive(environ["wsgi.input"], body, _most(environ))
            finally:
                turns.release()
            environ["wsgi.input"] = body
            environ["CONTENT_LENGTH"] = str(length)
            return inner(environ, start_response)

    return outer


def _is_small(announced: str) -> bool:
    return len(announced) < 10 and announced.isdecimal() and int(announced) <= LARGEST_BODY


def _most(environ: WSGIEnvironment) -> int:
    is_desk = str(environ.get("PATH_INFO", "")).startswith("/admin/")
    return LARGEST_DESK_BODY if is_desk else LARGEST_BODY


def _receive(stream: InputStream, body: IO[bytes], most: int) -> int:
    """Take in a body of at most so many bytes; gives its length, and nothing of one over that."""
    length = 0
    while length < DRAINED_AT_MOST and (part := stream.read(READ_AT_ONCE)):
        length += len(part)
        if length <= most:
            body.write(part)
        else:
            body.seek(0)
            body.truncate()
    body.seek(0)
    return length
