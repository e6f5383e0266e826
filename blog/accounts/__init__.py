"""People who sign in: staff, their roles, sessions, signing in and out, and the first admin."""

from __future__ import annotations

from flask import Flask

from blog.accounts import lean as lean  # before whatever imports Flask-Security
from blog.accounts import passkey_views as passkey_views
from blog.accounts.security import init_security, security_config
from blog.accounts.sessions import StaffSessions, forbid_storing, note_session_seen
from blog.accounts.views import accounts
from blog.config import Config


def init_app(app: Flask, config: Config) -> None:
    """Wire sessions, Flask-Security and the pages. After the database and the CSRF protection."""
    app.config.from_mapping(security_config(config.secret_key, is_https=config.is_https))
    app.session_interface = StaffSessions()
    app.before_request(note_session_seen)
    init_security(app)
    app.after_request(forbid_storing)
    app.register_blueprint(accounts)
