"""The real browser of the journeys: the machine's own Chromium, driven by Playwright, cut off from the network.

    with playwright_session() as playwright:
        browser = launch_chromium(playwright)
        page = new_page(browser, base_url="http://127.0.0.1:8080")

Playwright's own browser download is not used: it comes from a place that many machines may not reach.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / "app" / "static" / "vendor" / "fonts"
AXE = ROOT / "tests" / "vendor" / "axe.min.js"

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
MAC_PATHS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Nothing but this machine answers: a page that loads from the web shows it here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def find_chromium() -> str | None:
    """Path of a Chromium-like browser, `CHROMIUM` first; None where there is none."""
    named = os.environ.get("CHROMIUM")
    for candidate in (named, *NAMES, *MAC_PATHS):
        found = shutil.which(candidate) if candidate else None
        if found:
            return found
    return None


@cache
def find_driver() -> str | None:
    """A Node.js that runs, for Playwright: its own needs a library that a bare Debian lacks; None where none does."""
    package = importlib.util.find_spec("playwright")
    own = str(Path(package.origin).parent / "driver" / "node") if package and package.origin else None
    beside = str(Path(sys.executable).parent / "node")
    for candidate in (os.environ.get("PLAYWRIGHT_NODEJS_PATH"), own, shutil.which("node"), beside):
        if candidate and os.access(candidate, os.X_OK) and _runs(candidate):
            return candidate
    return None


def _runs(node: str) -> bool:
    return subprocess.run([node, "--version"], capture_output=True).returncode == 0


@contextmanager
def playwright_session() -> Iterator[Any]:
    """`sync_playwright()` with a driver that runs."""
    from playwright.sync_api import sync_playwright

    driver = find_driver()
    if driver:
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = driver
    with sync_playwright() as playwright:
        yield playwright


def launch_chromium(playwright: Any, **options: Any) -> Any:
    """Start the browser; Playwright gives each start a profile folder of its own and removes it at the end.

    `options` go to Playwright's `launch`; `args` are added to ours.
    """
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("没有找到 Chromium：请运行 make test，或用环境变量 CHROMIUM 指明路径")
    arguments = [*FLAGS, *options.pop("args", [])]
    environment = {**os.environ, **chinese_fonts(), **options.pop("env", {})}
    return playwright.chromium.launch(executable_path=executable, args=arguments, env=environment, **options)


def new_page(browser: Any, base_url: str, *, width: int = 1366, height: int = 768, **options: Any) -> Any:
    """A page in a context of its own (cookies apart), in Chinese and in the city's time."""
    settings = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "accept_downloads": True, **options}
    context = browser.new_context(base_url=base_url, viewport={"width": width, "height": height}, **settings)
    return context.new_page()


def axe_violations(page: Any, impacts: tuple[str, ...] = ("serious", "critical")) -> list[str]:
    """What axe finds on the page, one line each: rule, how grave, the elements."""
    # Put in through the debugger and not as a script element, so that the page's own CSP stays in force.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{row['id']} ({row['impact']}): " + "; ".join(" ".join(map(str, node["target"])) for node in row["nodes"])
        for row in found
        if row["impact"] in impacts
    ]


@cache
def chinese_fonts() -> dict[str, str]:
    """Environment that shows the browser the fonts of `make assets`, for machines without a Chinese font."""
    if not FONTS.is_dir() or not Path("/etc/fonts/fonts.conf").exists():
        return {}
    folder = Path(tempfile.mkdtemp(prefix="funds-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = folder / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{FONTS}</dir><cachedir>{folder / 'cache'}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(settings)}
