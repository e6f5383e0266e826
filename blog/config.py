"""What the operator decides before the program starts: read once from the environment, typed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

SECRET_FILE = "secret.key"  # noqa: S105 - the name of a file
ADDRESS_KEY_FILE = "address.key"
SMALLEST_SECRET = 16
LONGEST_API_KEY = 64


class ConfigError(Exception):
    """An environment variable is wrong; the sentence names it and says what was expected."""


@dataclass(frozen=True, slots=True)
class Config:
    """The typed environment. Build it with :meth:`from_env`; nothing else reads variables."""

    instance_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    address_key: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    base_url_is_set: bool = False
    mail_url: str | None = field(default=None, repr=False)
    valkey_url: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    akismet_key: str | None = field(default=None, repr=False)
    # Where Akismet is asked; no variable changes it.
    akismet_url: str = "https://rest.akismet.com/1.1"
    judge_url: str | None = field(default=None, repr=False)
    judge_secret: str | None = field(default=None, repr=False)
    trusted_proxies: int = 0
    tells_timing: bool = False

    @property
    def is_https(self) -> bool:
        """Whether readers reach the blog over TLS, by its own address."""
        return self.base_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of ours rather than a server."""
        return self.database_url.startswith("sqlite")

    @property
    def media_dir(self) -> Path:
        """Where pictures of posts are kept."""
        return self.instance_dir / "media"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read every ``BLOG_*`` variable; make the instance folder and missing keys.

        Raises ConfigError with the variable's name and what was expected.
        """
        env = os.environ if environ is None else environ
        instance_dir = _instance_dir(env)
        judge_url, judge_secret = _judge(env)
        return cls(
            instance_dir=instance_dir,
            database_url=_database_url(env, instance_dir),
            secret_key=_secret_key(env, instance_dir),
            address_key=_address_key(env, instance_dir),
            base_url=_base_url(env),
            base_url_is_set=bool(env.get("BLOG_BASE_URL", "").strip()),
            mail_url=_url(env, "BLOG_MAIL_URL", {"smtp", "smtps"}, "smtp://user:pass@host:port"),
            valkey_url=_url(
                env,
                "BLOG_VALKEY_URL",
                {"valkey", "valkeys", "redis", "rediss", "unix"},
                "valkey://host:6379/0",
            ),
            metrics_token=env.get("BLOG_METRICS_TOKEN", "").strip() or None,
            akismet_key=_akismet_key(env),
            judge_url=judge_url,
            judge_secret=judge_secret,
            trusted_proxies=_hops(env),
            tells_timing=_switch(env, "BLOG_SERVER_TIMING"),
        )


def _instance_dir(env: Mapping[str, str]) -> Path:
    raw = env.get("BLOG_INSTANCE_DIR", "").strip()
    path = Path(raw).expanduser() if raw else Path.cwd() / "instance"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"BLOG_INSTANCE_DIR: the folder {path} cannot be made ({error.strerror}); "
            "expected a folder that this user may write to."
        ) from error
    return path.resolve()


def _database_url(env: Mapping[str, str], instance_dir: Path) -> str:
    raw = env.get("BLOG_DATABASE_URL", "").strip()
    if not raw:
        return f"sqlite:///{instance_dir / 'blog.sqlite3'}"
    scheme, _, rest = raw.partition("://")
    # One slash ends the host that SQLite has not; a path after it alone would be relative.
    if scheme == "sqlite" and rest.startswith("//") and rest.strip("/"):
        return raw
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"} and rest:
        return f"postgresql+psycopg://{rest}"
    raise ConfigError(
        "BLOG_DATABASE_URL is not understood; expected sqlite:////absolute/path.sqlite3 "
        "or postgresql://user:password@host/name."
    )


def _secret_key(env: Mapping[str, str], instance_dir: Path) -> str:
    given = env.get("BLOG_SECRET_KEY", "")
    if not given:
        return _kept_key(instance_dir / SECRET_FILE, "BLOG_SECRET_KEY")
    if len(given) < SMALLEST_SECRET:
        raise ConfigError(
            f"BLOG_SECRET_KEY is too short; expected at least {SMALLEST_SECRET} random characters."
        )
    return given


def _address_key(env: Mapping[str, str], instance_dir: Path) -> str:
    """The key that seals readers' addresses.

    Order: the variable; the file; a key derived from BLOG_SECRET_KEY when the operator gave one
    (so that several hosts with the same variables agree); else a new file.
    """
    given = env.get("BLOG_ADDRESS_KEY", "")
    if given and len(given) < SMALLEST_SECRET:
        raise ConfigError(
            f"BLOG_ADDRESS_KEY is too short; expected at least {SMALLEST_SECRET} random characters."
        )
    if given:
        return given
    path = instance_dir / ADDRESS_KEY_FILE
    if not path.exists() and env.get("BLOG_SECRET_KEY"):
        return "from-secret:" + env["BLOG_SECRET_KEY"]
    return _kept_key(path, "BLOG_ADDRESS_KEY")


def _kept_key(path: Path, variable: str) -> str:
    """Read the key file, or make it once with mode 0600, also when two processes start at once."""
    try:
        if not path.exists():
            fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            try:
                # link() fails when another process was first, so that both read one key.
                path.hardlink_to(fresh)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{variable} is not set and its file {path} cannot be used ({error}); "
            "expected the variable, or a folder that this user may write to."
        ) from error
    if len(key) < SMALLEST_SECRET:
        raise ConfigError(
            f"The key file {path} is damaged; expected {variable} or a file of "
            f"at least {SMALLEST_SECRET} characters. Restore it from your backup."
        )
    return key


def _base_url(env: Mapping[str, str]) -> str:
    raw = env.get("BLOG_BASE_URL", "").strip()
    if not raw:
        return f"http://127.0.0.1:{env.get('PORT', '').strip() or 8000}"
    try:
        parts = urlsplit(raw)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
        or parts.username
        or any(c.isspace() for c in raw)
    ):
        raise ConfigError(
            "BLOG_BASE_URL is not understood; expected the address readers type, without a path, "
            "such as https://blog.example."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _url(env: Mapping[str, str], name: str, schemes: set[str], example: str) -> str | None:
    raw = env.get(name, "").strip()
    if not raw:
        return None
    try:
        parts = urlsplit(raw)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes or not (parts.hostname or parts.path):
        raise ConfigError(f"{name} is not understood; expected an address such as {example}.")
    return raw


def _akismet_key(env: Mapping[str, str]) -> str | None:
    raw = env.get("BLOG_AKISMET_KEY", "").strip()
    if raw and not (raw.isascii() and raw.isalnum() and len(raw) <= LONGEST_API_KEY):
        raise ConfigError(
            "BLOG_AKISMET_KEY is not understood; expected the key of an Akismet account, which "
            "has letters and digits only."
        )
    return raw or None


def _judge(env: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Where a judge of the operator's own is asked, and the secret that signs the questions."""
    url = _url(env, "BLOG_JUDGE_URL", {"https"}, "https://judge.example/comments")
    secret = env.get("BLOG_JUDGE_SECRET", "").strip() or None
    parts = urlsplit(url or "")
    if url and (not parts.hostname or parts.username or parts.fragment or not _is_plain(url)):
        raise ConfigError(
            "BLOG_JUDGE_URL is not understood; expected an https address without a password, "
            "such as https://judge.example/comments."
        )
    if url and (secret is None or len(secret) < SMALLEST_SECRET):
        raise ConfigError(
            "BLOG_JUDGE_SECRET is missing or too short; expected, beside BLOG_JUDGE_URL, at least "
            f"{SMALLEST_SECRET} random characters."
        )
    return url, secret


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url


def _switch(env: Mapping[str, str], name: str) -> bool:
    raw = env.get(name, "").strip().lower() or "off"
    if raw not in {"on", "off"}:
        raise ConfigError(f"{name} is not understood; expected on or off.")
    return raw == "on"


def _hops(env: Mapping[str, str]) -> int:
    raw = env.get("BLOG_TRUSTED_PROXIES", "").strip() or "0"
    if not (raw.isascii() and raw.isdigit() and int(raw) <= 10):
        raise ConfigError(
            "BLOG_TRUSTED_PROXIES is not understood; expected the number of proxies in front, "
            "0 to 10."
        )
    return int(raw)
