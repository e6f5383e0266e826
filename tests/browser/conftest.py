"""A served blog and a real Chromium; a missing browser is a failure, never a skip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    sync_playwright,
)

from tests.databases import free_port

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STARTS_WITHIN_SECONDS = 60


@dataclass
class ServedBlog:
    """A blog served by its own process, with the sample series in it."""

    address: str
    setup_link: str
    instance: Path

    def command(self, *words: str, stdin: str | None = None) -> str:
        """Run `blog …` on this blog's instance; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "blog", *words],
            env=environment(self.instance),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def environment(instance: Path) -> dict[str, str]:
    """The environment of a blog of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
    return {**kept, "BLOG_INSTANCE_DIR": str(instance)}


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[ServedBlog]:
    """`blog serve --sample` on a free port, until the test ends."""
    port = free_port()
    instance = tmp_path / "instance"
    output = tmp_path / "serve.log"
    with output.open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "blog", "serve", "--sample", "--port", str(port), "--workers=1"],
            env=environment(instance),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(address, server, output)
        printed = output.read_text()
        link = re.search(r"http://\S+/setup/\S+", printed)
        assert link is not None, printed
        yield ServedBlog(address, link[0], instance)
    finally:
        server.terminate()
        server.wait(timeout=40)


def wait_until_up(address: str, server: subprocess.Popen[bytes], output: Path) -> None:
    """Wait for the first answer. Fails with what the server printed."""
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            pytest.fail(f"the server ended: {output.read_text()}")
        try:
            with urllib.request.urlopen(address + "/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not answer: {output.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("The browser tests need Chromium (Debian, Ubuntu: apt-get install chromium).")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A browser of somebody new; each test that asks runs with and without JavaScript."""
    made = browser.new_context(java_script_enabled=request.param == "with JavaScript")
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that complains of every console message and every request to elsewhere."""
    made = context.new_page()
    complaints: list[str] = []
    watch(made, complaints)
    yield made
    assert complaints == []


def press(button: Locator) -> None:
    """Click what makes a new page, and wait until that page is there, whole.

    A click alone returns while the old page, or half of the new one, may still be shown; that is
    enough before ``expect``, which looks again, and too early for all that looks once.
    """
    with button.page.expect_navigation():
        button.click()


def watch(page: Page, complaints: list[str]) -> None:
    """Collect what a clean page never does."""

    def heard(message: ConsoleMessage) -> None:
        # The browser itself notes answers of 4xx; the tests that provoke one expect it.
        if "the server responded with a status of 4" not in message.text:
            complaints.append(f"console: {message.text}")

    def asked(url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "http://localhost:")):
            complaints.append(f"request: {url}")

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda request: asked(request.url))
