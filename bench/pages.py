"""`pages`: lists over a million houses on PostgreSQL (first, filtered, last page) against a tuned Django admin on the
same database; SQL statements of each page, the workbench of 20,000 houses, an inbox of 10,000; 8 users at once.

Both sites run in processes of their own behind waitress with 8 threads; a page is asked by one connection that stays
open. `--houses N` makes a smaller city. Lines of statements count instead of measuring: "ours" is the most of a page.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from sqlalchemy import event, text

from app import tenancy
from app.extensions import db
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from bench import workshop
from bench.framework import Case
from bench.metropolis import PASSWORD, Size, build

USERS, REQUESTS, MOST = 8, 12, 8.0
ROOT = Path(__file__).resolve().parent.parent
# (name, our address, Django's); {end} is the last page of a list that Django counts
LISTS = (
    ("houses, first page", "/houses/list/?page=1", "/admin/admin/house/"),
    ("houses, room 702", "/houses/list/?_flt_0_room=702", "/admin/admin/house/?q=702"),
    ("houses, last page", "/houses/list/?end=1", "/admin/admin/house/?p={end}"),
    ("owners, first page", "/owners/list/?page=1", "/admin/admin/owner/"),
    ("owners, by name", f"/owners/list/?_flt_0_name={quote('王永康')}", f"/admin/admin/owner/?q={quote('王永康')}"),
    ("owners, last page", "/owners/list/?end=1", "/admin/admin/owner/?p={end}"),
    ("accounts, first page", "/accounts/?page=1", "/admin/admin/houseaccount/"),
    ("accounts, room 702", "/accounts/?room=702", "/admin/admin/houseaccount/?q=702"),
    ("accounts, last page", "/accounts/?end=1", "/admin/admin/houseaccount/?p={end}"),
    ("units, first page", "/units/list/", "/admin/admin/unit/"),
    ("buildings, first page", "/buildings/list/", "/admin/admin/building/"),
)
TABS = (
    "basics", "items", "merged", "plan", "votes", "notices", "applications", "acceptance", "attachments", "records",
)  # fmt: skip
Ask = Callable[[str], float]


def cases(options) -> Iterator[Case]:
    houses = getattr(options, "houses", 0) or 1_000_000
    size = Size() if houses >= 1_000_000 else Size(houses, houses // 50, houses // 100)
    with workshop.application("postgresql") as app:
        with unit_of_work() as session:
            tenancy.enter(session, SYSTEM)
            build(session, size)
        _tune(app)
        yield from _statements(app, size)
        with _sites(app) as (ours, agent, django):
            end = (size.areas * 400 + size.project) // 50 - 1
            for name, address, peer in LISTS:
                theirs = peer.format(end=end)
                yield Case(
                    size=f"{name}, {houses:,}", ours=lambda a=address: _median(ours(), a),
                    yardstick="Django admin, tuned", theirs=lambda a=theirs: _median(django(), a), target=1, rounds=3,
                )  # fmt: skip
            pages = [("inbox", ours, "/inbox/?box=open"), ("houses", ours, "/houses/list/?page=1")]
            pages += [(f"workbench {tab}", agent, f"/projects/1/{tab}") for tab in ("basics", "items", "merged")]
            for name, connect, address in pages:
                yield Case(
                    size=f"{name}, {USERS} users", ours=lambda c=connect, a=address: _together(c, a, 0.95),
                    yardstick="its own median at 8 users", theirs=lambda c=connect, a=address: _together(c, a, 0.5),
                    target=2, rounds=3,
                )  # fmt: skip


def _tune(app) -> None:
    """Statistics, and for Django's searches a trigram index where the extension may be had."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = connection.scalar(text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"))
        if found:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            for table, column in (("houses", "room"), ("owners", "name")):
                connection.execute(text(f"CREATE INDEX ON {table} USING gin (upper({column}) gin_trgm_ops)"))
        connection.execute(text("VACUUM ANALYZE"))


def _statements(app, size: Size) -> Iterator[Case]:
    """The most statements that a page of a group takes, session, user and menu counted; 8 is the figure."""
    lists = [address for _, address, _ in LISTS]
    groups = (
        (f"statements, lists, {size.houses:,}", "reviewer", [*lists, "/projects/", "/inbox/", "/inbox/?box=open"]),
        (f"statements, {len(TABS)} tabs, {size.project:,}", "agent", [f"/projects/1/{tab}" for tab in TABS]),
    )
    for name, user, addresses in groups:
        most = _most_statements(app, user, addresses)
        yield Case(
            size=name, ours=lambda n=most: n, yardstick="8 statements a page", theirs=lambda: MOST, target=1, rounds=1
        )


def _most_statements(app, user: str, addresses: list[str]) -> float:
    client, seen, most = app.test_client(), [], 0

    def get(address: str, **options):
        with app.app_context():  # a server has one for each request; here one is open all the time
            return client.open(address, **options)

    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', get("/login").text)[1]
    get("/login", method="POST", data={"username": user, "password": PASSWORD, "csrf_token": token})
    event.listen(db.engine, "before_cursor_execute", note := lambda *given: seen.append(given[2]))
    try:
        for address in addresses:
            get(address)  # a list remembers its filters at the first visit
            seen.clear()
            assert get(address).status_code == 200, address
            most = max(most, len(seen))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return float(most)


@contextmanager
def _sites(app):
    """(reviewer's, agent's, Django's): functions that open a connection and give the function that asks for a page."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": app.config["DATA_DIR"], "HOST": "127.0.0.1"}
    mine, other = _free_port(), _free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    serve = [sys.executable, "run.py", "serve", "--no-worker", "--no-init"]
    site = subprocess.Popen(serve, cwd=ROOT, env={**environment, "PORT": str(mine)}, **quiet)
    peer = subprocess.Popen(
        [sys.executable, "-m", "bench.django_admin", url, str(other)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        cookie = f"sessionid={peer.stdout.readline().strip()}"
        _wait(mine), _wait(other)
        cookies = {user: _sign_in(mine, user) for user in ("reviewer", "agent")}
        yield (
            lambda: _asking(mine, cookies["reviewer"]),
            lambda: _asking(mine, cookies["agent"]),
            lambda: _asking(other, cookie),
        )
    finally:
        for process in (site, peer):
            process.terminate()
            process.wait()


def _asking(port: int, cookie: str) -> Ask:
    """A browser: one open connection; asking gives the seconds to the last byte."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(address: str) -> float:
        start = time.perf_counter()
        connection.request("GET", address, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (answer.status, address)
        return time.perf_counter() - start

    return ask


def _median(ask: Ask, address: str) -> float:
    ask(address)
    return statistics.median(ask(address) for _ in range(5))


def _together(connect: Callable[[], Ask], address: str, quantile: float) -> float:
    """That quantile of the seconds of 8 users who ask at once, again and again."""
    with ThreadPoolExecutor(USERS) as pool:
        runs = pool.map(lambda ask: [ask(address) for _ in range(REQUESTS)][1:], [connect() for _ in range(USERS)])
        seconds = sorted(second for run in runs for second in run)
    return seconds[min(int(len(seconds) * quantile), len(seconds) - 1)]


def _sign_in(port: int, user: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())[1]
    form = urlencode({"username": user, "password": PASSWORD, "csrf_token": token})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", form, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    return answer.headers["Set-Cookie"].split(";")[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing listens on {port}")
