"""A new key for addresses: everything opens with it, nothing with the old one."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from blog import create_app
from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment, Person
from blog.comments.senders import index_of_address, person_by_address
from blog.config import Config
from blog.db import begin_write, db
from blog.keyring import check_key, note_key
from blog.notifications.models import MAIL_ADDRESS, Mail
from blog.notifications.outbox import put
from blog.rotation import NEXT_KEY_FILE, rotate_key_file, seal_again
from blog.screening.models import RuleKind
from blog.screening.rulebook import standing_rules
from blog.sealing import Sealer, sealer
from blog.worker import LOCK_FILE
from tests.cli.test_commands import Shell
from tests.conftest import START
from tests.factories import make_comment, make_post, make_rule


def ignore(_amount: int) -> None:
    pass


def test_everything_sealed_gets_a_new_seal(app: Flask) -> None:
    make_comment(make_post(), address="Ada@Reader.example", ip="192.0.2.33")
    begin_write()
    note_key(START)
    put("test", address="mo@staff.example", now=START)
    db.session.commit()
    new = Sealer("another-key-0123456789")
    old = sealer()
    assert seal_again(old, new, now=START, progress=ignore) == 3
    assert seal_again(old, new, now=START, progress=ignore) == 0
    app.extensions["blog_sealer"] = new
    assert check_key()
    person = person_by_address("ada@reader.example")
    assert person is not None
    assert new.open(person.address_sealed, PERSON_ADDRESS) == "Ada@Reader.example"
    comment = db.session.scalars(select(Comment)).one()
    assert comment.ip_sealed is not None
    assert new.open(comment.ip_sealed, COMMENT_IP) == "192.0.2.33"
    assert comment.ip_index == new.index("192.0.2.33", COMMENT_IP)
    mail = db.session.scalars(select(Mail)).one()
    assert mail.to_sealed is not None
    assert new.open(mail.to_sealed, MAIL_ADDRESS) == "mo@staff.example"


def test_a_rule_for_an_address_still_knows_it_under_the_new_key(app: Flask) -> None:
    make_comment(make_post(), address="Ada@Reader.example")
    for address in ("ada@reader.example", "nobody@reader.example"):
        index = index_of_address(address)
        make_rule(kind=RuleKind.ADDRESS, value="a•••@r•••", address_index=index)
    new = Sealer("another-key-0123456789")
    seal_again(sealer(), new, now=START, progress=ignore)
    known, lost = standing_rules()
    assert known.address_index == new.index("ada@reader.example", PERSON_ADDRESS)
    assert known.is_on
    assert (lost.address_index, lost.is_on) == (None, False)


def test_a_rotation_that_was_stopped_is_finished(tmp_path: Path, sqlite_template: Path) -> None:
    folder = tmp_path / "instance"
    folder.mkdir()
    shutil.copyfile(sqlite_template, folder / "blog.sqlite3")
    config = Config.from_env({"BLOG_INSTANCE_DIR": str(folder)})
    with create_app(config).app_context():
        make_comment(make_post())
        begin_write()
        note_key(START)
        db.session.commit()
        rotate_key_file(folder, sealer(), now=START, progress=ignore)
        # As if the machine had stopped between the commit and the change of the files.
        (folder / "address.key").rename(folder / NEXT_KEY_FILE)
        (folder / "address.key").write_text(config.address_key)
        db.session.remove()
        db.engine.dispose()
    blog = Shell(tmp_path)
    assert "not the key" in blog("settings", "list").stderr
    assert blog("keys", "rotate").returncode == 0
    assert blog("settings", "list").returncode == 0
    with create_app(Config.from_env({"BLOG_INSTANCE_DIR": str(folder)})).app_context():
        person = db.session.scalars(select(Person)).one()
        assert sealer().open(person.address_sealed, PERSON_ADDRESS) == "ada@reader.example"
        db.session.remove()
        db.engine.dispose()


def test_it_does_not_begin_while_a_server_works(tmp_path: Path) -> None:
    blog = Shell(tmp_path)
    assert blog("settings", "list").returncode == 0
    key = (tmp_path / "instance" / "address.key").read_text()
    with (tmp_path / "instance" / LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = blog("keys", "rotate")
    assert refused.returncode == 1
    assert "Stop it first. Nothing was changed." in refused.stderr
    assert (tmp_path / "instance" / "address.key").read_text() == key
    assert blog("keys", "rotate").returncode == 0
    assert (tmp_path / "instance" / "address.key").read_text() != key


def test_every_sealed_column_is_known_to_the_rotation(app: Flask) -> None:
    from blog.db import SEALED, Base

    forgotten = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed") and SEALED not in column.info
    ]
    assert forgotten == []
