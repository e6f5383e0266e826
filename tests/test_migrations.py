"""The schema: one set of migrations, up, down and up, equal to the models, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from blog import create_app
from blog.config import Config, ConfigError
from blog.db import db
from blog.schema import (
    differs_from_models,
    downgrade,
    newest_revision,
    prepare,
    stored_revision,
    upgrade,
)


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_the_schema_equals_the_models(app: Flask) -> None:
    assert not differs_from_models()


def test_a_column_without_a_migration_is_noticed(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE person DROP COLUMN first_seen_at"))
    assert differs_from_models()


def test_it_goes_down_and_up_again(app: Flask) -> None:
    before = tables()
    downgrade()
    assert tables() <= {"alembic_version"}
    upgrade()
    assert tables() == before
    assert not differs_from_models()


def test_a_database_from_the_future_is_refused(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="revision 9999"):
        prepare()


def test_another_key_for_the_addresses_is_noticed(app: Flask, config: Config) -> None:
    prepare()
    other = Config.from_env(
        {
            "BLOG_INSTANCE_DIR": str(config.instance_dir),
            "BLOG_DATABASE_URL": config.database_url.replace("+psycopg", ""),
            "BLOG_ADDRESS_KEY": "quite-another-key-0123456789",
        }
    )
    with create_app(other).app_context():
        with pytest.raises(ConfigError, match="BLOG_ADDRESS_KEY"):
            prepare()
        db.session.remove()
        db.engine.dispose()


def test_an_empty_sqlite_file_is_migrated_on_the_way(tmp_path: Path) -> None:
    config = Config.from_env({"BLOG_INSTANCE_DIR": str(tmp_path)})
    with create_app(config).app_context():
        assert stored_revision() is None
        prepare()
        assert stored_revision() == newest_revision()
        db.session.remove()
        db.engine.dispose()
