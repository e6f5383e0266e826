"""The way to a judge: one POST over TLS, with an end in time, and nothing that leads elsewhere.

The address is the operator's (Akismet's own, or BLOG_JUDGE_URL), never a reader's. No redirect is
followed, no proxy of the environment is used, and of an answer no more is read than a vote needs.
"""

from __future__ import annotations

import socket
import ssl
import threading
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from blog.judges.question import Answer, JudgeTroubleError, Request

TIMEOUT_SECONDS = 5.0
LONGEST_ANSWER = 16_384


def post(request: Request, *, timeout: float = TIMEOUT_SECONDS) -> Answer:
    """Ask, within ``timeout`` seconds from connecting to the last byte.

    Raises JudgeTroubleError. Looking up the host's name takes as long as the system allows.
    """
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    try:
        raw = socket.create_connection((host, parts.port or 443), timeout)
        with _secured(raw, host) as secure:
            return _asked(secure, host, request, timeout)
    except TimeoutError:
        raise JudgeTroubleError("It did not answer in time.") from None
    except ssl.SSLError as error:
        raise JudgeTroubleError(f"It cannot be trusted ({error.reason or 'TLS'}).") from None
    except (OSError, HTTPException) as error:
        # The words of these may quote what was sent.
        raise JudgeTroubleError(f"It cannot be reached ({type(error).__name__}).") from None


def _secured(raw: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        context = ssl.create_default_context()
        # The handshake comes later, when somebody looks at the time.
        return context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        raw.close()
        raise


def _asked(secure: ssl.SSLSocket, host: str, request: Request, timeout: float) -> Answer:
    """The sockets' own timeout is for each byte; this one ends a server that drips."""
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        try:
            socket.socket.shutdown(secure, socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself

    watch = threading.Timer(timeout, end)
    watch.daemon = True
    watch.start()
    try:
        return _exchange(secure, host, request)
    except (OSError, HTTPException):
        if is_late.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()


def _exchange(secure: ssl.SSLSocket, host: str, request: Request) -> Answer:
    parts = urlsplit(request.url)
    secure.do_handshake()
    connection = HTTPConnection(host, parts.port or 443)
    connection.sock = secure
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc, "User-Agent": "series-blog", "Connection": "close"}
    connection.request("POST", target, request.body, headers | request.headers)
    response = connection.getresponse()
    try:
        if 300 <= response.status < 400:
            raise JudgeTroubleError("It leads elsewhere, which is not followed.", is_for_long=True)
        body = response.read(LONGEST_ANSWER + 1)
    finally:
        response.close()
    if len(body) > LONGEST_ANSWER:
        raise JudgeTroubleError("Its answer is too long for a vote.")
    named = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, named, body)
