"""What judges are to be asked and told: errands written with the comments' signals."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from blog.comments.models import Comment, CommentStatus, CommentType
from blog.comments.signals import NewComment, comment_edited, comment_left, comment_moved
from blog.comments.states import Move
from blog.config import Config
from blog.judges.errands import put
from blog.judges.models import Errand
from blog.screening.outside import AKISMET, asked_judges
from blog.settings.queries import current_settings


def listen() -> None:
    """Connect to the signals; doing it again changes nothing."""
    comment_left.connect(_ask)
    comment_edited.connect(_ask)
    comment_moved.connect(_tell)


def _ask(comment: Comment | NewComment, *, now: datetime) -> None:
    """Of what is spam by our own rules nobody outside needs to hear, nor of what the staff says."""
    is_ours = comment.is_staff or comment.type != CommentType.COMMENT
    if is_ours or comment.status in {CommentStatus.SPAM, CommentStatus.TRASH}:
        return
    for name in _asked():
        put(comment.id, name, Errand.CHECK, now=now)


def _tell(comment: Comment, *, move: Move, by: str, now: datetime) -> None:
    """A person's decision; whether the judge had said otherwise is seen when it is its turn."""
    if not by.startswith("staff:") or comment.is_staff or AKISMET not in _asked():
        return
    if move.after == CommentStatus.SPAM:
        put(comment.id, AKISMET, Errand.SPAM, now=now)
    elif move.after == CommentStatus.APPROVED:
        put(comment.id, AKISMET, Errand.HAM, now=now)


def _asked() -> list[str]:
    config: Config = current_app.extensions["blog_config"]
    # Without a key or an address, which few blogs have, no setting needs to be read.
    if not config.akismet_key and not config.judge_url:
        return []
    return [judge.name for judge in asked_judges(current_settings(), config)]
