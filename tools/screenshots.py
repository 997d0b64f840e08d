"""Takes pictures of the demo city in Chromium.

    python tools/screenshots.py            the README's pictures, into docs/images/
    python tools/screenshots.py --walk     every menu page of every kind of user, into screenshots/

A server of its own is started on a free port with a demo city of its own; nothing of ./var is touched.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.browser import launch_chromium, new_page, playwright_session  # noqa: E402

SETTINGS = {"DATABASE_URL", "SECRET_KEY", "FIELD_KEY", "APP_ENV", "CLOCK", "HOST", "TRUSTED_HOSTS", "BEHIND_PROXY"}
PHONE = 390
TALLEST = 1400


class Picture(NamedTuple):
    """One picture: who looks, at which address, and the links (CSS selectors) followed from there."""

    name: str
    user: str
    address: str
    clicks: tuple[str, ...] = ()
    width: int = 1366


FIRST_ROW = "main table tbody tr a[href]"
PICTURES = (
    Picture("projects", "anju_agent", "/projects/"),
    Picture("project", "anju_agent", "/projects/", ("main table a:has-text('3栋电梯与屋面维修')",)),
    Picture("vote", "anju_agent", "/projects/", ("main table a:has-text('录入')", "main a:has-text('录入')")),
    Picture("review", "reviewer", "/inbox/", ("main table .acts a",)),
    Picture("bank", "bank", "/transfers/"),
    Picture("account", "finance", "/accounts/", (FIRST_ROW,)),
    Picture("public-notice", "", "/public/notices/", ("main .notice-list a",)),
    Picture("public-phone", "", "/public/", width=PHONE),
)
WALKERS = ("anju_agent", "anju_admin", "clerk", "reviewer", "supervisor", "finance", "auditor", "system", "bank")


@contextmanager
def demo_server() -> Iterator[str]:
    """Address of a server with a fresh demo city, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="funds-pictures-") as folder:
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        environment = {**kept, "DATA_DIR": folder, "PORT": str(port), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(ROOT / "run.py")]
        subprocess.run([*command, "init"], env=environment, check=True)
        subprocess.run([*command, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([*command, "serve"], env=environment, stdout=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/healthz", server)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(150):
        if server.poll() is not None:
            raise SystemExit("!! 网站未能启动 / the server did not start")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("!! 网站在 30 秒内没有应答 / the server did not answer within 30 s")


def sign_in(page, user: str) -> None:
    from app.demo import DEMO_PASSWORD

    page.goto("/login")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.locator("form[name=login] [type=submit]").click()
    page.wait_for_load_state("networkidle")
    if page.url.rstrip("/").endswith("/login"):
        raise SystemExit(f"!! {user} 无法登录 / can't sign in")


def take(page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    # As tall as the page: a bar that sticks to the window's foot then stands at the page's foot.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(max(height, 600), TALLEST)})
    page.screenshot(path=path)
    print("  ", path.relative_to(ROOT), page.title(), flush=True)


def take_pictures(browser, address: str, folder: Path) -> None:
    for picture in PICTURES:
        page = new_page(browser, address, width=picture.width, height=844 if picture.width == PHONE else 768)
        if picture.user:
            sign_in(page, picture.user)
        page.goto(picture.address)
        for selector in picture.clicks:
            page.goto(page.locator(selector).first.get_attribute("href"))
        take(page, folder / f"{picture.name}.png")
        page.context.close()


def walk(browser, address: str, folder: Path) -> None:
    """Every address that a user's left menu holds."""
    for user in WALKERS:
        page = new_page(browser, address)
        sign_in(page, user)
        links = page.locator("nav a[href^='/'], aside a[href^='/']").evaluate_all(
            "rows => [...new Set(rows.map(row => row.getAttribute('href')))]"
        )
        for link in links:
            if "?" in link or "logout" in link or "language" in link:
                continue
            page.goto(link)
            take(page, folder / f"{user}{link.split('?')[0].rstrip('/').replace('/', '-') or '-home'}.png")
        page.context.close()


def main(arguments: list[str]) -> None:
    walking = arguments == ["--walk"]
    if arguments and not walking:
        raise SystemExit("usage: screenshots.py [--walk]")
    folder = ROOT / ("screenshots" if walking else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    with demo_server() as address, playwright_session() as playwright:
        browser = launch_chromium(playwright)
        (walk if walking else take_pictures)(browser, address, folder)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
