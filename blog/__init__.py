"""A blog that serves series of posts, and the conversation under them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from blog.config import Config

if TYPE_CHECKING:
    from flask import Flask

    from blog.clock import Clock

PACKAGE = Path(__file__).parent
LARGEST_BODY = 256 * 1024
# What staff sends: a long post, or lists of words of many thousands.
LARGEST_DESK_BODY = 6 * 1024 * 1024


def create_app(config: Config | None = None, *, clock: Clock | None = None) -> Flask:
    """Make the app: settings, database, shared parts, rooms, in this order.

    ``clock`` tells the time; the machine's when it is None.
    """
    # Here: a process that only cleans texts does without all of Flask.
    from flask import Flask

    from blog.clock import utc_clock

    config, clock = config or Config.from_env(), clock or utc_clock
    app = Flask("blog", template_folder=str(shipped("templates")), static_folder="static")
    _configure(app, config, clock)
    _connect_database(app, config)
    _add_rooms(app, config)
    _keep_pages(app, config, clock)
    return app


def shipped(name: str) -> Path:
    """A folder that stands beside the package in the source tree and inside it in a wheel."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def _configure(app: Flask, config: Config, clock: Clock) -> None:
    from jinja2 import StrictUndefined
    from werkzeug.middleware.proxy_fix import ProxyFix

    from blog.sealing import Sealer

    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=1_000,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    # No view of ours is a coroutine, which Flask looks for twenty times a request.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["blog_config"] = config
    app.extensions["blog_clock"] = clock
    app.extensions["blog_sealer"] = Sealer(config.address_key)
    app.extensions["blog_old_addresses"] = []
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def _connect_database(app: Flask, config: Config) -> None:
    from blog.db import db, engine_options, let_go
    from blog.extensions import csrf

    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(config.database_url)
    db.init_app(app)
    app.teardown_appcontext(let_go)
    csrf.init_app(app)


def _add_rooms(app: Flask, config: Config) -> None:
    from blog import accounts, web
    from blog.comments.proof_views import proofs
    from blog.comments.receipt_views import receipts
    from blog.comments.views import views as comments
    from blog.feeds.views import views as feeds
    from blog.judges import listening as judges
    from blog.moderation.views import views as moderation
    from blog.notifications import desk_views as notifications
    from blog.notifications.listening import listen
    from blog.posts.queries import old_address_redirect
    from blog.posts.views import views as posts
    from blog.privacy.views import views as privacy
    from blog.settings import context as settings

    web.init_app(app)
    settings.init_app(app)
    accounts.init_app(app, config)
    for room in (
        posts,
        comments,
        proofs,
        receipts,
        feeds,
        moderation,
        notifications.views,
        privacy,
    ):
        app.register_blueprint(room)
    listen()
    judges.listen()
    web.crosssite.require_tokens(app)
    app.extensions["blog_old_addresses"].append(old_address_redirect)


def _keep_pages(app: Flask, config: Config, clock: Clock) -> None:
    from blog.comments.remember import cookie_name
    from blog.posts.calendar import page_rules
    from blog.settings.queries import current_settings
    from blog.web.freshness import freshness_of
    from blog.web.pagecache import LONGEST_WAIT_SECONDS, PageCache, Rules
    from blog.web.turns import Turns
    from blog.web.wellformed import is_own_host

    def rules_at(now: datetime) -> Rules:
        with app.app_context():
            return page_rules(current_settings(), now)

    cache = PageCache(
        app.wsgi_app,
        freshness=freshness_of(config.database_url),
        rules_at=rules_at,
        clock=clock,
        private_cookie=cookie_name(config),
        is_own_host=lambda host: is_own_host(config, host),
        count=app.extensions["blog_metrics"].page_outcomes,
        # A server of its own answers while others ask; SQLite is asked from within this process.
        turns=Turns(LONGEST_WAIT_SECONDS) if config.is_sqlite else None,
        tells_timing=config.tells_timing,
    )
    app.extensions["blog_page_cache"] = cache
    app.wsgi_app = cache  # type: ignore[method-assign]
