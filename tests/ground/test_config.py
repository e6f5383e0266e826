"""The environment: read once, typed, and a wrong value stops the start with its name."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from blog.config import Config, ConfigError


def read(tmp_path: Path, **given: str) -> Config:
    return Config.from_env({"BLOG_INSTANCE_DIR": str(tmp_path / "instance"), **given})


def test_nothing_set_gives_a_working_blog(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path}/instance/blog.sqlite3"
    assert config.base_url == "http://127.0.0.1:8000"
    assert config.trusted_proxies == 0
    assert not config.is_https


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BLOG_DATABASE_URL", "mysql://host/db"),
        ("BLOG_DATABASE_URL", "sqlite:relative"),
        ("BLOG_DATABASE_URL", "sqlite:///relative.sqlite3"),
        ("BLOG_DATABASE_URL", "sqlite:////"),
        ("BLOG_BASE_URL", "blog.example"),
        ("BLOG_BASE_URL", "https://blog.example/under"),
        ("BLOG_BASE_URL", "ftp://blog.example"),
        ("BLOG_BASE_URL", "https://user@blog.example"),
        ("BLOG_BASE_URL", "https://blog.example:port"),
        ("BLOG_MAIL_URL", "mail.example"),
        ("BLOG_MAIL_URL", "http://mail.example"),
        ("BLOG_VALKEY_URL", "memcached://host"),
        ("BLOG_TRUSTED_PROXIES", "-1"),
        ("BLOG_TRUSTED_PROXIES", "many"),
        ("BLOG_TRUSTED_PROXIES", "99"),
        ("BLOG_SECRET_KEY", "short"),
        ("BLOG_ADDRESS_KEY", "short"),
        ("BLOG_AKISMET_KEY", "not a key!"),
        ("BLOG_AKISMET_KEY", "k" * 65),
        ("BLOG_JUDGE_URL", "http://judge.example/"),
        ("BLOG_JUDGE_URL", "https://user:pass@judge.example/"),
        ("BLOG_JUDGE_URL", "https://judge.example/#x"),
        ("BLOG_JUDGE_URL", "https:///path"),
    ],
)
def test_a_wrong_value_names_its_variable_and_what_was_expected(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, **{name: value})
    assert name in str(raised.value)
    assert "expected" in str(raised.value)


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_judge_without_a_good_secret_stops_the_start(tmp_path: Path, secret: str) -> None:
    with pytest.raises(ConfigError, match="BLOG_JUDGE_SECRET is missing or too short; expected"):
        read(tmp_path, BLOG_JUDGE_URL="https://judge.example/", BLOG_JUDGE_SECRET=secret)


def test_keys_of_judges_are_not_in_what_is_printed_of_the_configuration(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        BLOG_AKISMET_KEY="abcdef123456",
        BLOG_JUDGE_URL="https://judge.example/secret-path",
        BLOG_JUDGE_SECRET="a-secret-for-tests-only-0123456789",
    )
    for secret in ("abcdef123456", "secret-path", "a-secret-for-tests"):
        assert secret not in repr(config)


def test_keys_are_made_once_kept_private_and_the_same_for_processes_that_race(
    tmp_path: Path,
) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: read(tmp_path), range(16)))
    assert len({(config.secret_key, config.address_key) for config in made}) == 1
    for name in ("secret.key", "address.key"):
        mode = (tmp_path / "instance" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert made[0].secret_key != made[0].address_key
    assert [path.name for path in sorted((tmp_path / "instance").glob("*.key*"))] == [
        "address.key",
        "secret.key",
    ]


def test_a_damaged_key_file_is_told_of(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "instance" / "address.key").write_text("x")
    with pytest.raises(ConfigError, match="damaged"):
        read(tmp_path)


def test_hosts_that_share_a_secret_agree_on_the_key_of_addresses(tmp_path: Path) -> None:
    secret = "one secret for all of the hosts"
    one = Config.from_env({"BLOG_INSTANCE_DIR": str(tmp_path / "a"), "BLOG_SECRET_KEY": secret})
    two = Config.from_env({"BLOG_INSTANCE_DIR": str(tmp_path / "b"), "BLOG_SECRET_KEY": secret})
    assert one.address_key == two.address_key


def test_secrets_are_not_in_the_printed_form(tmp_path: Path) -> None:
    config = read(tmp_path, BLOG_SECRET_KEY="a very secret thing", BLOG_MAIL_URL="smtp://u:pw@h:25")
    assert "secret thing" not in repr(config)
    assert "pw@" not in repr(config)
