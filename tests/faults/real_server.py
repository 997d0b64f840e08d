"""The website as a process of its own that can be killed, and people who go on sending the same form until answered."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import config
from tests.factories.people import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds that a person goes on trying


@dataclass
class Server:
    """`run.py serve` (or a faulty one) on a database that is there already."""

    database_url: str
    folder: str
    command: tuple[str, ...] = ("run.py",)
    port: int = 0
    process: subprocess.Popen | None = None

    def start(self) -> None:
        """Returns at once; people find out by trying."""
        self.port = self.port or _free_port()
        settings = {
            "DATABASE_URL": self.database_url, "DATA_DIR": self.folder, "PORT": str(self.port), "SECRET_KEY": "k" * 40,
            "FIELD_KEY": config.TEST_FIELD_KEY, "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, *self.command, "serve", "--no-worker", "--no-init"], cwd=ROOT, env=kept | settings,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(30)
            self.process = None


@dataclass
class Person:
    """One user's browser: a cookie, a token, and the same form sent again until there is an answer."""

    server: Server
    username: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def sign_in(self) -> Person:
        page = self.ask("GET", "/login")[2]
        self.ask("POST", "/login", {"username": self.username, "password": PASSWORD, "csrf_token": _token(page)})
        self.token = _token(self.ask("GET", "/account/password")[2])
        return self

    def send(self, address: str, form: dict[str, str]) -> tuple[int, str]:
        """(status, where the answer leads) of a form that counts once."""
        status, location, _page = self.ask("POST", address, {**form, "csrf_token": self.token})
        return status, location

    def ask(self, method: str, address: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                status, location, page = self._once(method, address, form)
                if status < 500:
                    return status, location, page
            except (OSError, http.client.HTTPException):
                pass
            if time.monotonic() > until:
                raise TimeoutError(f"{method} {address}")
            time.sleep(0.05)

    def _once(self, method, address, form) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, address, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            page = answer.read().decode(errors="replace")
            for header in answer.headers.get_all("Set-Cookie") or ():
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
            return answer.status, answer.headers.get("Location") or "", page
        finally:
            connection.close()


def _token(page: str) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', page)[1]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
