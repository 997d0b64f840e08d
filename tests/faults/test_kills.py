"""kill -9 during approvals and bank confirmations: no acknowledged act is lost, none counts twice, none is half done.

Real server processes are killed at random while four people work through payouts, each of them approved, prepared and
confirmed (some refused by the bank, corrected and rechecked first). Whoever gets no answer sends the same form again.
A few kills in the suite; `make test-long` kills fifteen times within a thousand acts (`KILLS`, `KILL_PAYOUTS`).
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from app import audit, clock
from app.domain.enums import ProjectKind
from app.extensions import db
from app.ledger import checks
from app.models import AuditEvent, JournalEntry, Review, Submission, Transfer
from tests.faults.real_server import Person, Server
from tests.workflows.matrix_subjects import Desk

pytestmark = [pytest.mark.money, pytest.mark.workflow]
KILLS = int(os.environ.get("KILLS", "2"))
PAYOUTS = int(os.environ.get("KILL_PAYOUTS", "6"))
SEED = int(os.environ.get("KILL_SEED", "20260302"))
PEOPLE = ("supervisor", "finance", "bank", "agent", "reviewer")


@pytest.fixture
def payouts(session, city, cast) -> list[int]:
    """Lines of payouts that wait for the second review, ten to a project."""
    desk = Desk(session, city, cast)
    desk.now = clock.now().replace(microsecond=0)
    keys = []
    for start in range(0, PAYOUTS, 10):
        a, b = desk.houses([100_000, 100_000])
        project = desk.running(desk.project([{a: 50_000, b: 50_000}], [60_000, 40_000], kind=ProjectKind.EMERGENCY))
        desk.now = clock.now().replace(microsecond=0)
        for place in range(min(10, PAYOUTS - start)):
            application = desk.accept(desk.submit(desk.open_payout(project, 1, 1_000 + place)))
            desk.act("reviewer", application, "approve_first")
            keys.append(desk.lines(application)[0].id)
    desk.session.rollback()
    return keys


class Storm:
    """Four people at work, and somebody who kills the server under them."""

    def __init__(self, server: Server, engine, lines: list[int], kills: int):
        self.server, self.engine, self.lines, self.kills = server, engine, lines, kills
        self.chance, self.lock = random.Random(SEED), threading.Lock()
        self.sent: list[tuple[str, str, dict, tuple[int, str]]] = []  # (who, address, form, answer)
        self.made = 0

    def run(self) -> None:
        self.server.start()
        self.people = {name: Person(self.server, name).sign_in() for name in PEOPLE}
        plans = [(line, self.chance.random() < 0.25) for line in self.lines]
        acts = sum(6 if refused else 3 for _line, refused in plans)
        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(self.pay, line, refused) for line, refused in plans]
            for kill in range(1, self.kills + 1):
                self.wait_for(acts * kill // (self.kills + 1), work)
                time.sleep(self.chance.uniform(0, 0.05))
                self.server.kill()
                self.server.start()
            for done in work:
                done.result()

    def wait_for(self, acts: int, work) -> None:
        while len(self.sent) < acts and not any(done.done() and done.exception() for done in work):
            time.sleep(0.005)

    def pay(self, line: int, refused: bool) -> None:
        application = self.look("SELECT application_id FROM transfers WHERE id = :key", line)
        self.send("supervisor", f"/applications/{application}/approve-final", "applications", application)
        self.send("finance", "/transfers/prepare", "transfers", line)
        if refused:
            self.send("bank", f"/transfers/{line}/refuse", "transfers", line)
            self.send("agent", f"/transfers/{line}/correct", "transfers", line)
            self.send("reviewer", f"/transfers/{line}/recheck", "transfers", line)
            self.send("finance", "/transfers/prepare", "transfers", line)
        self.send("bank", "/transfers/confirm", "transfers", line)

    def send(self, who: str, address: str, table: str, key: int) -> None:
        with self.lock:
            self.made += 1
            number = self.made
        version = str(self.look(f"SELECT version FROM {table} WHERE id = :key", key))
        form = {
            "form_key": f"kill-{SEED}-{number:06d}", "version": version, f"version-{key}": version, "pick": str(key),
            f"serial-{key}": f"SN{key:06d}", "booked_on": clock.today().isoformat(), "opinion": "同意",
            "reason": "户名不符", "account_name": "云溪电梯工程有限公司", "bank_name": "城东银行",
            "account_no": f"6222{key:012d}",
        }  # fmt: skip
        answer = self.people[who].send(address, form)
        with self.lock:
            self.sent.append((who, address, form, answer))

    def look(self, statement: str, key: int) -> int:
        """As the page that the form is on would say it."""
        with self.engine.connect() as connection:
            return connection.execute(text(statement), {"key": key}).scalar_one()

    def refused(self) -> list:
        return [(who, address, answer) for who, address, _form, answer in self.sent if answer[0] != 302]

    def send_all_again(self) -> list:
        """Answers that differ from the first ones."""
        again = [(act, self.people[act[0]].send(act[1], act[2])) for act in self.sent]
        return [(act[1], act[3], answer) for act, answer in again if answer != act[3]]


@pytest.fixture
def storm(app, session, payouts, tmp_path):
    """`storm(kills, command)` plays it and gives what was sent; whatever it started is gone at the end."""
    made: list[Server] = []

    def play(kills: int, *command: str) -> Storm:
        server = Server(app.config["SQLALCHEMY_DATABASE_URI"], str(tmp_path), *([command] if command else []))
        made.append(server)
        found = Storm(server, db.engine, payouts, kills)
        found.run()
        return found

    yield play
    for server in made:
        server.kill()


def faults(session, storm: Storm) -> list:
    """What is lost, twice or half: empty when nothing is."""
    session.rollback()
    session.expire_all()
    lines = session.scalars(select(Transfer).where(Transfer.id.in_(storm.lines))).all()
    found: list = [line for line in lines if (line.state.value, line.application.state.value) != ("paid", "settled")]
    found += checks.verify(session)
    found += audit.verify(session)
    entries = Counter(session.scalars(select(JournalEntry.business_key).where(JournalEntry.kind == "payout")))
    found += [key for line in lines if entries[key := f"payout:{line.application_id}:{line.line}"] != 1]
    second = Counter(session.scalars(select(Review.application_id).where(Review.act == "approve", Review.level == 2)))
    found += [f"review {line.application_id}" for line in lines if second[line.application_id] != 1]
    keys = [form["form_key"] for _who, _address, form, _answer in storm.sent]
    answered = session.scalars(select(Submission.answer).where(Submission.answer != "")).all()
    found += [f"{len(keys)} forms, {len(answered)} answers"] if len(answered) < len(keys) else []
    trail = Counter(map(tuple, session.execute(select(AuditEvent.action, AuditEvent.subject, AuditEvent.subject_id))))
    acts = [("confirm", "transfers", str(line.id)) for line in lines]
    acts += [("approve_final", "applications", str(line.application_id)) for line in lines]
    return found + [act for act in acts if trail[act] != 1]


def test_killed_at_random_nothing_is_lost_twice_or_half(session, storm):
    played = storm(KILLS)
    assert played.refused() == []
    assert faults(session, played) == []
    count = len(played.sent)
    assert played.send_all_again() == []
    assert faults(session, played) == []
    assert count >= 3 * PAYOUTS


def test_a_server_that_commits_half_an_act_is_caught(session, storm):
    played = storm(1, "-m", "tests.faults.half_server")
    assert faults(session, played) != []
