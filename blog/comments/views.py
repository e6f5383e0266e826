"""The page of a post with its conversation, and the way a reply comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.wrappers import Response as BaseResponse

from blog.clock import now as clock_now
from blog.comments.addresses import address_of, path_of, thread_path
from blog.comments.drawing import keep_drawn
from blog.comments.forms import ReplyForm, typed_values
from blog.comments.models import CommentStatus
from blog.comments.notsaved import not_saved, small_page
from blog.comments.operations import Draft, prepare, submit, weigh
from blog.comments.pages import (
    FormState,
    PostPage,
    first_picture,
    form_parts,
    gather,
    gather_thread,
    remembered_form,
    reply_target,
)
from blog.comments.queries import public_comment
from blog.comments.receipts import receipt_after
from blog.comments.remember import (
    Reader,
    forget,
    hand_over,
    handed_over,
    preview_token,
    previewed_comment,
    read_reader,
    remember,
)
from blog.config import Config
from blog.db import begin_write, db, is_sqlite
from blog.errors import NotAllowed, NotThere, Refusal, TooSoon
from blog.networks import plain_address
from blog.numbers import LARGEST_NUMBER, row_number
from blog.posts.models import Post
from blog.posts.queries import PostPlace, live_place, live_place_by_id, live_post
from blog.settings.catalogue import BlogSettings
from blog.settings.queries import current_settings
from blog.web.headers import mark_private, mark_secret
from blog.web.limits import hold_back
from blog.web.requestlog import Metrics
from blog.web.turns import Turns
from blog.web.unavailable import is_unavailable

views = Blueprint("comments", __name__)
views.record_once(keep_drawn)

_turns = Turns(patience_seconds=2)
TOO_MANY_REFUSALS = (
    "Too many replies from your network were refused in this minute. This one was not saved "
    "either, and the blog answers it in short."
)


@views.get("/posts/<slug>")
def post(slug: str) -> BaseResponse:
    """A post, its place in the series, its comments and the form."""
    found = live_post(slug, clock_now()) or abort(404)
    return _show(found, page=1)


@views.get(f"/posts/<slug>/comment-page-<int(min=1,max={LARGEST_NUMBER}):page>")
def comment_page(slug: str, page: int) -> BaseResponse:
    """Another page of threads; the first one is the post itself."""
    found = live_post(slug, clock_now()) or abort(404)
    if page == 1:
        return redirect(f"{path_of(found.slug)}#comments", 301)
    return _show(found, page=page)


@views.get(f"/posts/<slug>/thread-<int(min=1,max={LARGEST_NUMBER}):root_id>")
def thread(slug: str, root_id: int) -> BaseResponse:
    """One thread, from its first comment and first replies on."""
    found = live_post(slug, clock_now()) or abort(404)
    return _show_thread(found, root_id, page=1)


@views.get(
    f"/posts/<slug>/thread-<int(min=1,max={LARGEST_NUMBER}):root_id>"
    f"/page-<int(min=1,max={LARGEST_NUMBER}):page>"
)
def later_in_thread(slug: str, root_id: int, page: int) -> BaseResponse:
    """More replies of a long thread."""
    found = live_post(slug, clock_now()) or abort(404)
    if page == 1:
        return redirect(thread_path(found, root_id), 301)
    return _show_thread(found, root_id, page=page)


@views.get(f"/comments/<int(max={LARGEST_NUMBER}):comment_id>")
def permalink(comment_id: int) -> BaseResponse:
    """To the page that holds the comment, when the public may see it."""
    comment = public_comment(comment_id) or abort(404)
    if not comment.post.is_live(clock_now()):
        abort(404)
    return redirect(address_of(comment, current_settings()), 302)


@views.post("/posts/<slug>/comments")
def leave_reply(slug: str) -> BaseResponse:
    """Leave a reply."""
    return _reply(lambda: live_place(slug, clock_now()))


@views.post("/wp-comments-post.php")
def leave_reply_as_in_wordpress() -> BaseResponse:
    """The address and field names of WordPress's form."""
    post_id = row_number(request.form.get("comment_post_ID")) or abort(404)
    return _reply(lambda: live_place_by_id(post_id, clock_now()))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A comment that is on disk: what the answer needs of it, read before the transaction ended."""

    id: int
    status: CommentStatus
    slug: str
    # Whom the browser shall remember; None when the box was not ticked.
    reader: Reader | None
    # The token of its receipt; None for who may only know what everybody reads.
    receipt: str | None


def _reply(find_place: Callable[[], PostPlace | None]) -> BaseResponse:
    typed = typed_values(request.form)
    try:
        # A server of its own answers while others ask; SQLite is asked from within this process.
        with _turns.one() if is_sqlite() else nullcontext():
            taken = _take(find_place() or abort(404), typed)
    except (DBAPIError, PoolTimeout) as error:
        if not is_unavailable(error):
            raise
        db.session.rollback()
        return not_saved(typed)
    # From here on the comment is on disk: no trouble may say otherwise.
    return _answer(taken) if isinstance(taken, _Kept) else taken


def _take(place: PostPlace, typed: Mapping[str, str]) -> BaseResponse | _Kept:
    """Keep the comment, or answer what is wrong with it."""
    settings = current_settings()
    form = ReplyForm(data=typed)
    if not form.validate():
        errors = {name: messages[0] for name, messages in form.errors.items() if name}
        return _show_again(place.slug, typed, 422, errors=errors)
    rules = settings.comments
    weighed = weigh(prepare(_draft(place, form, typed)), settings=rules, now=clock_now())
    try:
        begin_write()
        now = clock_now()
        result = submit(weighed, settings=rules, now=now)
        receipt = receipt_after(result, now=now)
        reader = _reader_to_remember(form) if typed["remember"] else None
        kept = _Kept(result.comment.id, result.comment.status, place.slug, reader, receipt)
        db.session.commit()
    except NotThere:
        db.session.rollback()
        abort(404)
    except Refusal as refusal:
        db.session.rollback()
        return _refused(place.slug, typed, refusal)
    if result.is_new:
        metrics: Metrics = current_app.extensions["blog_metrics"]
        metrics.comments.labels(kept.status.value).inc()
        for check in result.broken_checks:
            metrics.broken_checks.labels(check).inc()
    return kept


def _answer(kept: _Kept) -> BaseResponse:
    """303 to the comment, or to its private preview; the cookie only for who asked for it."""
    response = redirect(_address_after(kept), 303)
    known, reader = read_reader(request), kept.reader
    if reader is not None:
        own = known.comment_ids if known is not None else ()
        is_same = known is not None and known.address.casefold() == reader.address.casefold()
        is_proved = known is not None and known.is_proved and is_same
        reader = replace(reader, comment_ids=own, is_proved=is_proved)
        # The cookie proves authorship later, so it names only what this answer gives a receipt of.
        remember(response, reader.with_comment(kept.id) if kept.receipt else reader)
    elif known is not None:
        forget(response)
    return mark_private(response)


def _address_after(kept: _Kept) -> str:
    path, hand, now = path_of(kept.slug), {}, clock_now()
    if kept.status == CommentStatus.APPROVED:
        comment = public_comment(kept.id)
        if comment is not None:  # else it was removed at this very moment
            path = address_of(comment, current_settings()).partition("#")[0]
    else:
        token = preview_token(kept.id, now)
        hand = {"unapproved": str(kept.id), "moderation-hash": token}
    if kept.receipt is not None:
        hand["receipt"] = hand_over(kept.id, kept.receipt, now)
    # Tokens are of letters that need no escape.
    query = f"?{'&'.join(map('='.join, hand.items()))}" if hand else ""
    return f"{path}{query}#comment-{kept.id}"


def _draft(place: PostPlace, form: ReplyForm, typed: Mapping[str, str]) -> Draft:
    return Draft(
        post_id=place.id,
        author=form.author.data,
        address=form.email.data,
        url=form.url.data,
        text=form.comment.data,
        parent_id=form.parent.data,
        # Only our own link fills it in; what is no number names nobody.
        answers_id=row_number(typed["answers"]),
        ip=plain_address(request.remote_addr),
        agent=request.user_agent.string,
        # No person sees this field; programs that fill in every field give themselves away.
        trap_was_filled=bool(typed["subject"]),
        proof=typed["proof"],
    )


def _reader_to_remember(form: ReplyForm) -> Reader:
    return Reader(form.author.data, form.email.data, form.url.data)


def _show(found: Post, *, page: int) -> BaseResponse:
    """The page as everybody sees it, or as one reader who has a cookie or a preview link does."""
    settings, now = current_settings(), clock_now()
    target = reply_target(request.args.get("replytocom"), found, settings.comments)
    reader = read_reader(request)
    own = list(reader.comment_ids) if reader is not None else []
    receipts, is_handed = _receipts_of(reader)
    preview = previewed_comment(
        request.args.get("unapproved", ""), request.args.get("moderation-hash", ""), now
    )
    if preview is not None:
        own.append(preview)
    contents = gather(
        found,
        settings,
        now=now,
        base_url=_config().base_url,
        page=page,
        form=remembered_form(reader, target),
        own_comment_ids=own,
        receipts=receipts,
    )
    if contents is None:
        abort(404)
    is_own = preview is not None or is_handed
    response = _page(contents, settings, is_hidden_from_search=target is not None or is_own)
    if is_own:
        mark_secret(response)
    elif reader is not None:
        mark_private(response)
    return response


def _receipts_of(reader: Reader | None) -> tuple[dict[int, str], bool]:
    """The ways to the receipts of the reader's comments; and whether the address holds one."""
    own = reader.comment_ids if reader is not None else ()
    receipts = {number: f"own-{number}" for number in own}
    handed = handed_over(request.args.get("receipt", ""), clock_now())
    if handed is not None:
        receipts[handed[0]] = handed[1]
    return receipts, handed is not None


def _show_thread(found: Post, root_id: int, *, page: int) -> BaseResponse:
    settings = current_settings()
    reader = read_reader(request)
    receipts, is_handed = _receipts_of(reader)
    contents = gather_thread(
        found,
        root_id,
        settings,
        now=clock_now(),
        base_url=_config().base_url,
        page=page,
        reader=reader,
        own_comment_ids=reader.comment_ids if reader is not None else (),
        receipts=receipts,
    )
    if contents is None:
        abort(404)
    html = render_template(
        "comments/thread.html",
        page=contents,
        thread_path=thread_path(found, root_id),
        **form_parts(settings, _config()),
    )
    response = Response(html)
    if is_handed:
        return mark_secret(response)
    return mark_private(response) if reader is not None else response


def _show_again(
    slug: str,
    typed: Mapping[str, str],
    status: int,
    *,
    errors: Mapping[str, str] | None = None,
    message: str = "",
) -> BaseResponse:
    """The page again with everything that was typed, and what is wrong with it.

    A network whose replies are refused again and again gets a page that costs little.
    """
    settings = current_settings()
    try:
        hold_back("refused", settings.comments.refusals_per_minute, TOO_MANY_REFUSALS)
    except TooSoon as limit:
        complaints = [message, *(errors or {}).values()]
        return small_page(typed, limit.sentence, complaints, 429, limit.retry_after)
    found = live_post(slug, clock_now()) or abort(404)
    target = reply_target(typed["answers"] or typed["parent"], found, settings.comments)
    state = FormState(
        values=typed,
        errors=errors or {},
        target=target,
        is_remembered=bool(typed["remember"]),
        message=message,
    )
    contents = gather(found, settings, now=clock_now(), base_url=_config().base_url, form=state)
    if contents is None:
        abort(404)
    response = _page(contents, settings, is_hidden_from_search=True)
    response.status_code = status
    return mark_private(response)


def _page(contents: PostPage, settings: BlogSettings, *, is_hidden_from_search: bool) -> Response:
    is_newest_first = settings.comments.order == "newest"
    older, newer = "Older Comments", "Newer Comments"
    html = render_template(
        "comments/post.html",
        page=contents,
        is_hidden_from_search=is_hidden_from_search,
        description=contents.post.summary,
        picture=first_picture(contents.post.current_html, _config().base_url),
        **form_parts(settings, _config()),
        earlier_label=newer if is_newest_first else older,
        later_label=older if is_newest_first else newer,
    )
    response = Response(html)
    if is_hidden_from_search:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _refused(slug: str, typed: Mapping[str, str], refusal: Refusal) -> BaseResponse:
    if isinstance(refusal, TooSoon):
        response = _show_again(slug, typed, 429, message=refusal.sentence)
        response.headers["Retry-After"] = str(refusal.retry_after)
        return response
    if isinstance(refusal, NotAllowed):
        return _show_again(slug, typed, 403, message=refusal.sentence)
    return _show_again(slug, typed, 422, errors={refusal.field or "comment": refusal.sentence})


def _config() -> Config:
    config: Config = current_app.extensions["blog_config"]
    return config
