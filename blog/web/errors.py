"""Error pages: one shape in HTML, one in JSON (RFC 9457), none that tells of the inside."""

from __future__ import annotations

import traceback
from http import HTTPStatus

from flask import Flask, Response, current_app, g, json, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from blog.errors import Refusal
from blog.web.unavailable import is_unavailable

# What happened, what is safe, what to do: for the person who reads it.
SENTENCES = {
    400: "Your browser sent something this page cannot read. Nothing was changed. "
    "Go back and try again.",
    403: "You may not do this. Nothing was changed.",
    404: "There is no such page. It may have moved, or the address has a typing error. "
    "The search and the archive list everything there is.",
    405: "This address does not take that kind of request. Nothing was changed.",
    413: "What you sent is larger than this blog takes (256 KiB), so nothing was saved. Your text "
    "is still in the form: go back, shorten it or send it in two parts.",
    415: "Compressed requests are not taken here. Nothing was changed.",
    429: "That was too many requests in a short time. Nothing was changed. Wait a little.",
    500: "Something went wrong on our side and was written to the log. Nothing was changed by "
    "this request. Please try again later.",
    503: "The blog cannot reach its database just now. Nothing was changed. Please try again in "
    "half a minute.",
}


def init_app(app: Flask) -> None:
    """Answer every error through this module."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(Exception, _unexpected)


def error_page(status: int, sentence: str | None = None) -> Response:
    """An error as a page, or as problem+json for programs; needs no database."""
    title = HTTPStatus(status).phrase
    sentence = sentence or SENTENCES.get(status, title + ". Nothing was changed.")
    if _wants_json():
        body = {"type": "about:blank", "title": title, "status": status, "detail": sentence}
        return Response(json.dumps(body), status, mimetype="application/problem+json")
    html = render_template("errors/error.html", status=status, title=title, text=sentence)
    return Response(html, status)


def _wants_json() -> bool:
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def _http_error(error: HTTPException) -> BaseResponse:
    if error.code == 404 and request.method in {"GET", "HEAD"}:
        try:
            moved = _old_address()
        except (DBAPIError, PoolTimeout) as trouble:
            return _database_error(trouble)
        if moved is not None:
            return redirect(moved, 301)
    code = error.code or 500
    if code < 400:
        return error.get_response()
    own_words = error.description if code in {403, 409} else None
    standard = type(error).description
    response = error_page(code, own_words if own_words != standard else None)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _old_address() -> str | None:
    """Ask the rooms whether the address is one that a post had elsewhere before."""
    finders = current_app.extensions["blog_old_addresses"]
    query = request.query_string.decode("utf-8", "replace")
    for finder in finders:
        moved: str | None = finder(request.path, query)
        if moved is not None:
            return moved
    return None


def _refusal(refusal: Refusal) -> Response:
    response = error_page(refusal.status, refusal.sentence)
    retry_after = getattr(refusal, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _stale_form(_error: CSRFError) -> Response:
    return error_page(
        403,
        "This form was open for too long, or the sign-in has changed since. Nothing was changed. "
        "Go back, load the page again and repeat it.",
    )


def _database_error(error: Exception) -> Response:
    if not is_unavailable(error):
        return _unexpected(error)
    # The driver's words may quote values; the class and its code say enough.
    current_app.logger.error("The database did not answer: %s", _kind(error))
    g.database_is_away = True  # the page is drawn without it
    response = error_page(503)
    response.headers["Retry-After"] = "30"
    return response


def _kind(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return f"{type(cause).__name__} {code or ''}".strip()


def _unexpected(error: Exception) -> Response:
    if isinstance(error, DBAPIError):
        # The driver's own words may quote a row, and with it what a reader wrote.
        where = "".join(traceback.format_tb(error.__traceback__))
        current_app.logger.error("A request failed: %s\n%s", _kind(error), where)
    else:
        current_app.logger.error("A request failed.", exc_info=error)
    try:
        return error_page(500)
    except Exception:
        current_app.logger.exception("The error page failed too.")
        return Response(SENTENCES[500], InternalServerError.code, mimetype="text/plain")
