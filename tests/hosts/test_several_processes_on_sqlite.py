"""Several processes on one SQLite file: writers queue up, and nobody hears of it."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from blog import create_app
from blog.comments.counting import recount
from blog.comments.models import Comment
from blog.config import Config
from blog.db import begin_write, db
from tests.factories import make_post, set_setting
from tests.hosts.processes import SECRET, ask, hosts, readers, round_robin, wait_for


def test_writers_of_several_processes_queue_up(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "blog.sqlite3"
    shutil.copyfile(sqlite_template, path)
    environment = {
        "BLOG_DATABASE_URL": f"sqlite:///{path}",
        "BLOG_SECRET_KEY": SECRET,
        "BLOG_INSTANCE_DIR": str(tmp_path / "instance"),
        "BLOG_TRUSTED_PROXIES": "1",
    }
    app = create_app(Config.from_env(environment))
    with app.app_context():
        make_post("busy")
        set_setting("comments.hold", "none")
        set_setting("comments.flood_seconds", "0")
        with hosts(3, tmp_path, **environment) as made, round_robin(made) as port:
            with readers(port, "busy", 9) as record:
                wait_for(lambda: len(record.acknowledged) >= 90, 40)
            assert record.others == [], "nobody is refused or told of a locked database"
            assert ask(port, "/posts/busy").status == 200
            logs = "".join(host.log.read_text() for host in made)
        assert "locked" not in logs
        db.session.rollback()
        kept = Counter(db.session.scalars(select(Comment.text)))
        assert kept == Counter(record.acknowledged)
        begin_write()
        assert recount() == 0
        db.session.remove()
        db.engine.dispose()
