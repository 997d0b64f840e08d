"""State × action × role: every act of every flow, tried by everybody on a subject in every state.

`matrix.csv` says who may (`works`), who is told why not now (`refused`, with the sentence), who is told that others
have dealt with it (`stale`: the act leaves another state). Whoever stands in none of the three has no right to the act
or does not see the subject: Forbidden or NotYours. Both ways: what the table does not say must not happen.

After a change that is meant: `WRITE_MATRIX=1 .venv/bin/python -m pytest tests/workflows/test_matrix.py`, then read the
difference.
"""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path
from typing import Any

from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.ledger import checks
from app.permissions import PUBLIC
from app.workflows import engine
from app.workflows.engine import Flow, Transition
from tests.workflows.matrix_subjects import Desk, stages

TABLE = Path(__file__).with_name("matrix.csv")
COLUMNS = ("subject", "act", "button", "works", "refused", "stale", "sentence")
# Column → login name of the cast; the public has none.
PEOPLE = {
    "公众": None, "机构管理员": "org_admin", "代办": "agent", "收益代办": "revenue", "他企业代办": "other_agent",
    "窗口": "clerk", "初审": "reviewer", "另一初审": "second_reviewer", "复审": "supervisor",
    "另一复审": "second_supervisor", "财务": "finance", "银行": "bank", "他银行": "other_bank", "审计": "auditor",
    "安全管理": "security", "系统管理": "system",
}  # fmt: skip
# Which number or day it is follows from the order of the stages, and says nothing.
ORDER = re.compile(r"[A-Z]{2}\d{7,10}|\d{4}-\d{2}-\d{2}")
TYPED = {
    "opinion": "理由", "reason": "理由", "text": "答复", "members": "王安", "papers": {},
    "account_name": "云溪电梯工程有限公司", "bank_name": "城东银行", "account_no": "6222000000000999",
}  # fmt: skip


def attempt(desk: Desk, flow: Flow, subject: Any, row: Transition, actor, number: int) -> tuple[str, str]:
    """(`works`, `refused`, `stale` or "", sentence); whatever was done is undone."""
    if not actor.can(row.permission):
        return "", ""
    day = desk.now.date()
    data = {**TYPED, "completed_on": day, "booked_on": day, "bank_serial": f"M{number}"}
    data["settled"] = {item.id: item.budget for item in getattr(getattr(subject, "project", None), "items", ())}
    ctx = engine.Context(desk.session, actor, desk.now, data)
    try:
        engine.apply(flow, subject.id, row.name, ctx)
        desk.session.flush()
        return "works", ""
    except (Forbidden, NotYours):
        return "", ""
    except Conflict:
        return "stale", ""
    except Refusal as refusal:
        return "refused", ORDER.sub("…", str(refusal.sentence))
    finally:
        desk.session.rollback()


def rows_of(desk: Desk, actors: dict[str, Any]) -> list[dict[str, str]]:
    found, number = [], 0
    for name, flow, subject in stages(desk):
        key, model = subject.id, type(subject)
        for act in dict.fromkeys(row.name for row in flow.transitions):
            told: dict[str, list[str]] = {"works": [], "refused": [], "stale": []}
            sentences: dict[str, None] = {}
            desk.session.rollback()
            subject = desk.session.get(model, key)
            row = flow.find(act, flow.state_of(subject))
            for person, actor in actors.items():
                number += 1
                outcome, sentence = attempt(desk, flow, desk.session.get(model, key), row, actor, number)
                if outcome:
                    told[outcome].append(person)
                if outcome == "refused":
                    sentences[sentence] = None
            joined = {column: " ".join(people) for column, people in told.items()}
            found.append(
                {"subject": name, "act": act, "button": row.label, **joined, "sentence": " ｜ ".join(sentences)}
            )
    return found


def written(rows: list[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def test_every_act_works_or_is_refused_as_the_table_says(session, city, cast):
    desk = Desk(session, city, cast)
    actors = {person: desk.context(username).actor if username else PUBLIC for person, username in PEOPLE.items()}
    rows = rows_of(desk, actors)
    assert checks.verify(desk.session) == []
    text = written(rows)
    if os.environ.get("WRITE_MATRIX"):
        TABLE.write_text(text, encoding="utf-8")
    kept = TABLE.read_text(encoding="utf-8")
    said, done = set(kept.splitlines()), set(text.splitlines())
    assert (sorted(said - done), sorted(done - said)) == ([], [])


def test_the_table_knows_every_state_of_every_subject():
    """A state that no stage stands for would be tried by nobody."""
    with TABLE.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len({(row["subject"], row["act"]) for row in rows}) == len(rows)
    idle = {"公众", "收益代办", "他企业代办", "他银行", "审计", "安全管理", "系统管理"}
    assert [row for row in rows if idle & set(row["works"].split())] == []
    assert [row for row in rows if row["refused"] and not row["sentence"]] == []
