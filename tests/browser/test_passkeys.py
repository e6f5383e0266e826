"""A passkey is made and signs in, with Chromium's virtual authenticator under the real policy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import environment, wait_until_up, watch
from tests.databases import free_port

PASSWORD = "a quiet harbour at noon 41"
EMAIL = "olga@staff.example"


def add_authenticator(context: BrowserContext, page: Page) -> None:
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Page, address: str) -> None:
    page.goto(address + "/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_made_and_signs_in(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    # Browsers know no passkeys for a bare IP address.
    address = f"http://localhost:{port}"
    env = {**environment(tmp_path / "instance"), "BLOG_BASE_URL": address}
    words = ["user", "add", EMAIL, "--name", "Olga", "--role", "admin", "--password-stdin"]
    for command, stdin in ((["db", "upgrade"], ""), (words, PASSWORD)):
        subprocess.run(
            [sys.executable, "-m", "blog", *command], env=env, input=stdin, text=True, check=True
        )
    output = tmp_path / "serve.log"
    with output.open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "blog", "serve", f"--port={port}", "--workers=1"],
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_up(f"http://127.0.0.1:{port}", server, output)
        _make_and_use(browser, address)
    finally:
        server.terminate()
        server.wait(timeout=40)


def _make_and_use(browser: Browser, address: str) -> None:
    context = browser.new_context()
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    watch(page, complaints)
    add_authenticator(context, page)
    sign_in(page, address)
    page.goto(address + "/admin/account")
    page.get_by_label("A name for it").fill("Laptop")
    page.locator("#passkey-password").fill(PASSWORD)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Laptop, made on")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()

    sign_in(page, address)
    expect(page).to_have_url(re.compile("/login/second$"))
    page.goto(address + "/admin/")
    expect(page).to_have_url(re.compile("/login"))
    page.goto(address + "/login/second")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.goto(address + "/admin/log")
    expect(page.get_by_text("add passkey")).to_be_visible()

    # Somebody else's browser, with the password alone, has a code to type and nothing more.
    other = browser.new_context().new_page()
    sign_in(other, address)
    other.get_by_label("Code").fill("wrong-code")
    other.get_by_role("button", name="Go on").click()
    expect(other.get_by_role("alert")).to_be_visible()
    other.context.close()
    # Signing out tells the browser what to clear, and Chromium tells that it did.
    assert [heard for heard in complaints if "Clear-Site-Data" not in heard] == []
    context.close()
