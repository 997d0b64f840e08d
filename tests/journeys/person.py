"""Somebody at a browser: says what a person does, in the words that stand on the screen."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

from tests.factories.people import PASSWORD

ENGLISH = re.compile(r"\b(None|True|False|undefined|NaN|Traceback)\b")
PATIENCE = 45  # seconds
# Runs in every page before its own scripts. `atRest()` is false from a click until all that it started has ended:
# a question that still fades (its act follows when it has gone), a request or the reading of its answer, a form or link
# on its way to the next page. The next page brings its own: "at rest" is always said of the page that stays.
WATCH = """
(() => {
  let busy = 0, leaving = false;
  const counted = work => function (...given) {
    busy += 1;
    const done = () => setTimeout(() => { busy -= 1; });  // after everything that waits for it
    const answer = work.apply(this, given);
    answer.then(done, done);
    return answer;
  };
  window.fetch = counted(window.fetch);
  for (const name of ['json', 'text', 'blob']) Response.prototype[name] = counted(Response.prototype[name]);
  const goes = event => { if (!event.defaultPrevented && event.target.target !== '_blank') leaving = true; };
  window.addEventListener('submit', goes);
  window.navigation.addEventListener('navigate', event => { if (!event.hashChange) leaving = true; });
  window.stayed = () => { leaving = false; };
  const fades = modal => modal.style.display === 'block' && !modal.classList.contains('in');
  window.atRest = () => document.readyState === 'complete' && !busy && !leaving
    && ![...document.querySelectorAll('.modal')].some(fades);
})();
"""
LOOK = """() => window.atRest() && JSON.stringify({
  text: document.body.innerText,
  wide: document.documentElement.scrollWidth > window.innerWidth,
  address: location.href,
})"""
PICTURES = Path(__file__).resolve().parents[1] / "output" / "journeys"


class Person:
    """A page with its errors remembered; `faults` must be empty at the end of a journey."""

    def __init__(self, page: Any, username: str):
        self.page, self.username = page, username
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(f"{username}: {error}"))
        page.on("console", self._heard)
        page.set_default_timeout(60_000)
        page.add_init_script(WATCH)
        if username:
            page.goto("/login")
            self.sign_in()

    def _heard(self, message: Any) -> None:
        """Scripts' errors and refused inline code; a refused form's status (4xx) is part of the story."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"{self.username}: {message.text}")

    # --- going ---

    def sign_in(self) -> None:
        self.page.fill("[name=username]", self.username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form button[type=submit]")
        self.page.wait_for_selector("nav.sidebar")

    def open(self, address: str) -> int:
        """Sign in again where the session has ended: journeys let days pass."""
        status = self.page.goto(address).status
        if self.username and not self.page.locator("nav.sidebar").count():
            self.page.goto("/login")
            self.sign_in()
            status = self.page.goto(address).status
        self.settled()
        return status

    def menu(self, label: str) -> None:
        """From the start page, an entry of the left menu; its group is opened first where it is closed."""
        self.open("/")
        entry = self.page.locator("nav.sidebar a", has_text=label).first
        group = entry.locator("xpath=ancestor::details")
        if group.count() and not group.first.evaluate("group => group.open"):
            group.first.locator("summary").click()
        entry.click()
        self.settled()

    def act(self, label: str) -> None:
        """An entry of the 操作 menu."""
        self.page.click("button.dropdown-toggle:has-text('操作')")
        self.page.click(f".action-menu a:has-text('{label}')")
        self.settled()

    def closed(self, label: str) -> str:
        """The reason beside a closed act of the 操作 menu."""
        act = self.page.locator(".action-menu li.is-closed", has_text=label).first
        return act.locator(".reason").inner_text() if act.is_visible() else act.locator(".reason").text_content()

    def tab(self, label: str) -> None:
        self.page.click(f".nav-tabs a:has-text('{label}')")
        self.settled()

    def link(self, text: str, within: str = "main") -> None:
        self.page.locator(f"{within} a", has_text=text).first.click()
        self.settled()

    # --- doing ---

    def press(self, label: str, within: str = "main", *, sure: bool = False) -> None:
        """A button by its words; `sure` answers the question that it asks."""
        self.page.locator(f"{within} button:visible", has_text=label).first.click()
        if sure:
            self.page.click("#confirm-ok")
        self.settled()

    def fill(self, label: str, value: str, within: str = "main") -> None:
        self.page.locator(within).get_by_label(label, exact=False).first.fill(value)

    def choose(self, label: str, option: str, within: str = "main") -> None:
        self.page.locator(within).get_by_label(label, exact=False).first.select_option(label=option)

    def upload(self, selector: str, name: str, data: bytes, kind: str = "application/octet-stream") -> None:
        self.page.set_input_files(selector, {"name": name, "mimeType": kind, "buffer": data})

    def download(self, text: str) -> bytes:
        """What a link or button gives as a file."""
        with self.page.expect_download() as waiting:
            self.page.locator("main a:visible, main button:visible", has_text=text).first.click()
        data = Path(waiting.value.path()).read_bytes()
        self.page.evaluate("window.stayed()")  # it looked like leaving, but the answer was a file
        return data

    def paper(self, text: str) -> bytes:
        """The PDF behind a link, fetched with this person's session."""
        address = self.page.locator("a", has_text=text).first.get_attribute("href")
        answer = self.page.request.get(address)
        assert answer.status == 200, f"{text}: {answer.status}"
        assert answer.headers["content-type"] == "application/pdf"
        return answer.body()

    # --- looking ---

    def settled(self) -> None:
        """What was pressed has come to its end, and the page that stays is looked at.

        No page may show a raw value or need sideways scrolling. The wait gives back what it saw, in one piece: asking
        the page again could meet the next one.
        """
        seen = json.loads(self.page.wait_for_function(LOOK).json_value())
        if found := ENGLISH.search(seen["text"]):
            self.faults.append(f"{self.username}: {found[0]!r} on {seen['address']}")
        if seen["wide"]:
            self.faults.append(f"{self.username}: sideways scrolling on {seen['address']}")

    @property
    def text(self) -> str:
        """All the words of the page, blanks drawn together; empty while the next page is on its way."""
        try:
            return " ".join(self.page.inner_text("main", timeout=2000).split())
        except Error:
            return ""

    def sees(self, *words: str) -> None:
        """The words stand on the page, now or as soon as what was pressed has answered."""
        deadline = time.monotonic() + PATIENCE
        while missing := [word for word in words if word not in self.text]:
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.username} does not see {missing} on {self.page.url}:\n{self.text[:2000]}")
            self.page.wait_for_timeout(100)

    def picture(self, name: str) -> None:
        """With PICTURES=1 kept for looking at: tests/output/journeys/<name>.png."""
        if not os.environ.get("PICTURES"):
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")
