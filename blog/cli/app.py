"""The app for a command: made, and in its context, only when the command runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def in_app(command: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run a command inside the app's context, on a database whose tables are there."""

    @wraps(command)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        from blog import create_app
        from blog.db import lift_time_limits
        from blog.schema import prepare

        app = create_app()
        with app.app_context():
            lift_time_limits()
            prepare()
            return command(*args, **kwargs)

    return run
