"""What is worked out once for each version of the site, and not again for each page.

Settings, and what stands around the text of a post, change only when somebody publishes or changes
a setting, or at a moment the calendar knows. The page cache, which asks for the versions anyway,
tells each request the state of the site; what was made for that state is given again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import current_app, has_request_context, request

Value = TypeVar("Value")
# In the environ: something that differs whenever the site does. Missing when nobody knows it.
SITE_STATE = "blog.site_state"
# In the environ too: what was made for that state.
_VALUES = "blog.site_values"
MOST_KEPT = 2_000


class SiteMemo:
    """The values made for one state of the site, for the threads of one process."""

    def __init__(self) -> None:
        self._kept: tuple[Hashable, dict[Hashable, object]] = (None, {})

    def values_for(self, state: Hashable) -> dict[Hashable, object]:
        """The values of this state; those of any other are forgotten."""
        kept = self._kept
        if kept[0] != state or len(kept[1]) >= MOST_KEPT:
            kept = self._kept = (state, {})
        return kept[1]


def once_for_site(name: Hashable, make: Callable[[], Value]) -> Value:
    """What ``make`` gives, made once for the present state of the site.

    It must be a value that nobody changes and that needs no session: no model.
    """
    environ = request.environ if has_request_context() else {}
    state = environ.get(SITE_STATE)
    if state is None:
        return make()
    values = environ.get(_VALUES)
    if values is None:
        memo: SiteMemo = current_app.extensions["blog_site_memo"]
        values = environ[_VALUES] = memo.values_for(state)
    if name not in values:
        values[name] = make()
    return values[name]  # type: ignore[return-value]  # of this name only make()'s are kept
