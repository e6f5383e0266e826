"""Where readers find a comment."""

from __future__ import annotations

from urllib.parse import quote

from blog.comments.models import Comment
from blog.comments.queries import page_in_thread, page_of
from blog.posts.models import Post
from blog.settings.catalogue import BlogSettings


def address_of(comment: Comment, settings: BlogSettings) -> str:
    """Where a public comment stands: its page, and the place on it."""
    rules = settings.comments
    if comment.root_id is not None:
        page = page_in_thread(comment, per_page=rules.replies_per_thread)
        if page > 1:
            return f"{thread_path(comment.post, comment.root_id)}/page-{page}#comment-{comment.id}"
    page = page_of(comment, per_page=rules.threads_per_page, newest_first=rules.order == "newest")
    rest = "" if page == 1 else f"/comment-page-{page}"
    return f"{path_of(comment.post.slug)}{rest}#comment-{comment.id}"


def path_of(slug: str) -> str:
    """The page of a post."""
    return f"/posts/{quote(slug)}"


def thread_path(post: Post, root_id: int) -> str:
    """The page of one long thread."""
    return f"{path_of(post.slug)}/thread-{root_id}"
