"""`workbench`: a project of 20,000 houses × 10 items as an agent meets it: every tab, and the acts on its tables.

The promise is absolute, so it is the yardstick: a second a page, ten an act. What takes longer runs in the background
and is measured without a promise (the list of 220,000 rows, an hour allowed).
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.jobs import runner
from app.models import ItemShare, Project, ProjectItem
from app.transaction import unit_of_work
from bench import large, workshop
from bench.framework import Case

PAGE, ACT, BACKGROUND = 1.0, 10.0, 3600.0
TABS = (
    "basics", "items", "items?page=400", "items?q=1201", "merged", "merged?page=400", "merged?q=1201",
    "merged?only=short", "plan", "votes", "notices", "applications", "acceptance", "attachments", "records",
)  # fmt: skip


class Agent:
    """A signed-in agent's browser; every answer must be the one that a person would be glad of."""

    def __init__(self, app):
        self.app, self.client = app, app.test_client()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/login"))[1]
        form = {"username": "agent", "password": large.PASSWORD, "csrf_token": token}
        self._open("/login", 302, method="POST", data=form)
        self.token = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/"))[1]
        self.made = 0

    def get(self, address: str) -> str:
        return self._open(address, 200).get_data(as_text=True)

    def file(self, address: str) -> bytes:
        return self._open(address, 200).data

    def post(self, address: str, values: dict[str, Any] | None = None, *, status: int = 302):
        return self._open(address, status, method="POST", data={**self._hidden(), **(values or {})})

    def send(self, address: str, values: dict[str, Any], *, status: int = 200):
        body = {**self._hidden(), **values}
        return self._open(address, status, method="POST", json=body, headers={"X-CSRFToken": self.token})

    def _hidden(self) -> dict[str, Any]:
        self.made += 1
        with self.app.app_context():
            version = db.session.scalar(select(Project.version).where(Project.id == 1))
            db.session.remove()
        return {"csrf_token": self.token, "form_key": f"bench-{self.made:020d}", "version": version}

    def _open(self, address: str, status: int, **options):
        with self.app.app_context():
            answer = self.client.open(address, **options)
            answer.get_data()
        assert answer.status_code == status, (address, answer.status_code, answer.get_data(as_text=True)[-800:])
        return answer


def cases(options) -> Iterator[Case]:
    for database in workshop.databases(options):
        with workshop.application(database) as app:
            with unit_of_work() as session:
                key = large.build(session, large.Size()).id
                items = list(session.scalars(select(ProjectItem.id).order_by(ProjectItem.position)))
                houses = list(session.scalars(select(ItemShare.house_id).where(ItemShare.item_id == items[0])))
            workshop.gather_statistics(app)
            for name, act, seconds, rounds in _all(app, Agent(app), key, items, houses):
                yield Case(
                    size=f"{name}, {database}", ours=act, yardstick=f"{seconds:g} s", theirs=partial(float, seconds),
                    target=1, rounds=rounds,
                )  # fmt: skip


Measured = tuple[str, Callable[[], Any], float, int]


def _all(app, agent: Agent, key: int, items: list[int], houses: list[int]) -> Iterator[Measured]:
    """(name, what is done, seconds allowed, rounds)."""
    for tab in TABS:
        yield tab, partial(agent.get, f"/projects/{key}/{tab}"), PAGE, 3
    for name, act in _acts(agent, key, items, houses):
        yield name, act, ACT, 1
    yield "list of 220,000 rows", partial(_background, app, agent, key), BACKGROUND, 1


def _acts(agent: Agent, key: int, items: list[int], houses: list[int]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What an agent does with the table, in an order that can be done."""
    base, first = f"/projects/{key}", f"/projects/{key}/items/{items[0]}"
    cells = [[house, large.SHARE, "101"] for house in houses[:50]]
    yield "save 50 cells", lambda: agent.send(f"{base}/items/save", {"item": items[0], "cells": cells})
    yield "export shares", lambda: agent.file(f"{first}/shares.xlsx")
    sheet = agent.file(f"{first}/shares.xlsx")
    preview = {}

    def read() -> None:
        page = agent.post(f"{first}/import", {"file": (io.BytesIO(sheet), "shares.xlsx")}, status=200)
        preview["packed"] = re.search(r'name="packed" value="([^"]*)"', page.get_data(as_text=True))[1]

    if shutil.which("soffice"):
        yield "LibreOffice and back, same figures", partial(_round_trip, agent, first, sheet)
    else:
        print("未找到 LibreOffice，略过往返核对")
    yield "import, preview", read
    yield "import, confirm", lambda: agent.post(f"{first}/import/confirm", preview)
    yield "split a budget", lambda: agent.post(f"{first}/split")
    yield "merged list as Excel", lambda: agent.file(f"{base}/merged.xlsx")
    yield "copy", lambda: agent.post(f"{base}/copy", {"name": "再修", "reason": "老化"})
    yield "open the vote", lambda: agent.post(f"/votes/project/{key}/open")
    yield (
        "enter 20,000 answers",
        lambda: agent.send(
            "/votes/1/answers",
            {"version": 1, "answers": dict.fromkeys(map(str, houses), "agree"), "number": "JX2026001"},
            status=302,
        ),
    )
    yield "vote's page", lambda: agent.get("/votes/1/")
    yield "end the vote", lambda: agent.post("/votes/1/close", {"version": 2})
    notice, in_a_month = f"/notices/project/{key}/initiation", (date.today() + timedelta(days=30)).isoformat()
    yield "notice, preview", lambda: agent.get(notice)
    yield "publish the notice", lambda: agent.post(f"{notice}/publish", {"closes_on": in_a_month, "phone": ""})


def _round_trip(agent: Agent, item: str, sheet: bytes) -> None:
    """Saved by LibreOffice as a person would, the list is read without a fault and changes no house's share."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "saved")
        Path(folder, "shares.xlsx").write_bytes(sheet)
        convert = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx"]
        subprocess.run([*convert, "--outdir", str(saved), f"{folder}/shares.xlsx"], check=True, capture_output=True)
        file = io.BytesIO(Path(saved, "shares.xlsx").read_bytes())
    page = agent.post(f"{item}/import", {"file": (file, "shares.xlsx")}, status=200).get_data(as_text=True)
    assert re.search(r"金额有变动</dt><dd>0 ", page), "LibreOffice has changed a figure"


def _background(app, agent: Agent, key: int) -> None:
    answer = agent.post(f"/papers/budget_list_draft/{key}/print")
    assert runner.work_off(app, "bench") == 1
    state = json.loads(agent.get(answer.location.rstrip("/") + "/state"))
    assert state["state"] == "done", state
