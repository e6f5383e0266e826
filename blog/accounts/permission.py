"""Who is asking, and whether they may. The one place that says which role may do what.

==============================================  =====  =========  ===========================
what                                            admin  moderator  author
==============================================  =====  =========  ===========================
the queue, decisions, one comment               all    all        those under the own posts
edit, answer and pin comments; threads          yes    yes        no
claims, saved views, own shortcuts              yes    yes        no
posts: write, schedule, order, open or close    all    none       the own ones
people and the log                              yes    yes        no
addresses and IPs of readers                    open   masked     masked
reveal the address of one reader (logged)       yes    yes        no
settings, staff                                 yes    no         no
the own account                                 yes    yes        yes
==============================================  =====  =========  ===========================

The rule: nobody signed in is sent to ``/login`` (302) and comes back after it; somebody signed in
without the right gets 403. Roles are read from the database on each request, so that a change
counts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from blog.accounts.models import Role, User

MODERATORS = (Role.ADMIN, Role.MODERATOR)
DECIDERS = (Role.ADMIN, Role.MODERATOR, Role.AUTHOR)
WRITERS = (Role.ADMIN, Role.AUTHOR)

Given = ParamSpec("Given")
View = Callable[Given, ResponseReturnValue]


def staff_or_none() -> User | None:
    """The person signed in, or None; always None outside staff pages."""
    # The proxy stands for somebody else's object: models and identity checks need the real one.
    user = current_user._get_current_object()
    return user if isinstance(user, User) else None


def current_staff() -> User:
    """The person signed in, in a view that let nobody else through."""
    user = staff_or_none()
    if user is None:
        raise RuntimeError("current_staff() is for views behind requires().")
    return user


def comments_limited_to(user: User) -> int | None:
    """The owner under whose posts alone this person sees and decides comments; None: all."""
    return None if user.role in MODERATORS else user.id


def may_edit_post(user: User, owner_id: int | None) -> bool:
    """Whether this person may change a post of this owner (None: a post of nobody)."""
    return user.role is Role.ADMIN or (user.role is Role.AUTHOR and owner_id == user.id)


def sees_addresses_open(user: User) -> bool:
    """Whether readers' addresses and IPs are shown to this person without asking."""
    return user.role is Role.ADMIN


def refuse_unless(*roles: Role) -> ResponseReturnValue | None:
    """None when the person asking has one of the roles (or any role, when none is named).

    Otherwise the way to the sign-in page, or an abort with 403. Fit for ``before_request``.
    """
    user = staff_or_none()
    if user is None:
        # Only what GET asked for can be shown again after signing in.
        path = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else ""
        return redirect(url_for("accounts.login", next=path or None))
    if roles and user.role not in roles:
        abort(403)
    return None


def requires(*roles: Role) -> Callable[[View[Given]], View[Given]]:
    """A view for people with one of the roles, or for anybody signed in when none is named."""

    def guard(view: View[Given]) -> View[Given]:
        @wraps(view)
        def guarded(*args: Given.args, **kwargs: Given.kwargs) -> ResponseReturnValue:
            refusal = refuse_unless(*roles)
            return view(*args, **kwargs) if refusal is None else refusal

        return guarded

    return guard
