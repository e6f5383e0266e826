"""Bodies as the server hands them on: chunked, too large, and from slow senders."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from blog import LARGEST_BODY, LARGEST_DESK_BODY
from blog.serving import DRAINED_AT_MOST, SENDERS_AT_ONCE, receive_bodies


class Sender(io.RawIOBase):
    """A body of so many bytes that counts what was read of it."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        size = min(self.left, size if size >= 0 else self.left)
        self.left -= size
        return b"x" * size


def seen_by_the_app(environ: dict[str, Any]) -> tuple[int, bytes, bool]:
    """What the app behind gets: announced length, body, whether it still is chunked."""
    seen: list[tuple[int, bytes, bool]] = []

    def app(inner: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = int(inner.get("CONTENT_LENGTH") or 0)
        seen.append((length, inner["wsgi.input"].read(), "HTTP_TRANSFER_ENCODING" in inner))
        start_response("200 OK", [])
        return []

    list(receive_bodies(app)(environ, lambda *_: None))  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("size", [1, LARGEST_BODY, LARGEST_BODY + 1, 20 * LARGEST_BODY])
def test_a_body_gets_its_length_and_a_large_one_is_read_but_not_kept(
    chunked: bool, size: int
) -> None:
    sender = Sender(size)
    environ: dict[str, Any] = {"wsgi.input": sender}
    if chunked:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    else:
        environ["CONTENT_LENGTH"] = str(size)
    length, body, still_chunked = seen_by_the_app(environ)
    assert length == size
    assert len(body) == (size if size <= LARGEST_BODY else 0)
    assert not still_chunked
    assert sender.left == 0


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, LARGEST_DESK_BODY, LARGEST_DESK_BODY + 1])
def test_the_desk_may_be_sent_long_posts_and_lists(size: int) -> None:
    environ = {
        "wsgi.input": Sender(size),
        "CONTENT_LENGTH": str(size),
        "PATH_INFO": "/admin/settings",
    }
    length, body, _ = seen_by_the_app(environ)
    assert length == size
    assert len(body) == (size if size <= LARGEST_DESK_BODY else 0)


def test_an_endless_body_is_cut() -> None:
    length, body, _ = seen_by_the_app(
        {"wsgi.input": Sender(10 * DRAINED_AT_MOST), "HTTP_TRANSFER_ENCODING": "chunked"}
    )
    assert length <= DRAINED_AT_MOST + LARGEST_BODY
    assert body == b""


def test_slow_senders_leave_threads_for_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blog.serving.WAIT_FOR_TURN_SECONDS", 0.1)
    hold, waiting = threading.Event(), threading.Semaphore(0)

    class Slow(Sender):
        def read(self, size: int = -1) -> bytes:
            waiting.release()
            hold.wait(timeout=30)
            return super().read(size)

    answers: list[str] = []

    def start_response(status: str, _headers: Any) -> None:
        answers.append(status)

    def inner(_environ: Any, start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return []

    app = receive_bodies(inner)

    def send() -> None:
        list(app({"wsgi.input": Slow(5), "CONTENT_LENGTH": "5"}, start_response))  # type: ignore[arg-type]

    threads = [threading.Thread(target=send) for _ in range(SENDERS_AT_ONCE)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert waiting.acquire(timeout=10)
    list(app({"wsgi.input": Sender(0)}, start_response))  # type: ignore[arg-type]
    assert answers == ["200 OK"]
    said = b"".join(app({"wsgi.input": Slow(5), "CONTENT_LENGTH": "5"}, start_response))  # type: ignore[arg-type]
    assert answers[-1].startswith("503")
    assert b"Nothing was saved" in said
    hold.set()
    for thread in threads:
        thread.join(timeout=10)
    assert answers.count("200 OK") == 1 + SENDERS_AT_ONCE
