"""Where to go after signing in: only ever a staff page of this site."""

from __future__ import annotations

import ada_url

HOME = "/admin/"
LONGEST_ADDRESS = 2_000
# Never resolved: it only stands where our own address would.
HERE = "https://here.invalid"


def safe_path(wanted: str | None) -> str:
    """``wanted`` when a browser would stay on this site with it, else the dashboard.

    A path begins with one slash and is plain ASCII without blanks, controls and backslashes; it has
    no empty or dot segment, which proxies fold into ``//``. It is then read as browsers read it
    (WHATWG URL). Sign-in, sign-out, set-up and joining are no places to come back to.
    """
    if not wanted or len(wanted) > LONGEST_ADDRESS or not wanted.startswith("/"):
        return HOME
    if not all("!" <= c <= "~" and c not in '\\"<>' for c in wanted):
        return HOME
    path = wanted.partition("#")[0].partition("?")[0]
    segments = path.lower().replace("%2e", ".").split("/")[1:]
    if "" in segments[:-1] or "." in segments or ".." in segments:
        return HOME
    if segments[0] in {"login", "logout", "setup", "join"}:
        return HOME
    try:
        url = ada_url.URL(wanted, base=HERE)
    except ValueError:
        return HOME
    return wanted if url.origin == HERE and not url.username else HOME
