"""A company's desk for drafts: every act in its own unit of work, by the person who may do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.enums import ProjectKind
from app.models import Project
from app.queries.actors import actor_of
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.projects import actions, items, plan

START = datetime(2026, 3, 2, 9, 0)
BASICS = {
    "name": "1 幢电梯维修", "reason": "曳引机异响", "planned_start": date(2026, 4, 1), "planned_end": date(2026, 6, 30),
    "contact": "李维", "phone": "13800000001", "remark": "",
}  # fmt: skip


@dataclass
class Desk:
    """`act(function, project, …)` runs an act of the agent; `draft()` makes a project with items."""

    session: Session
    cast: SimpleNamespace
    city: Any
    now: datetime = START

    def context(self, who: str = "agent", **data: Any) -> Context:
        user = getattr(self.cast, who)
        return Context(self.session, actor_of(self.session, user, self.now.date(), "127.0.0.1"), self.now, data)

    def do(self, what, *, who: str = "agent", **data: Any) -> Any:
        with unit_of_work() as session:
            self.session = session
            result = what(self.context(who, **data))
        self.session.rollback()
        return result

    def act(self, function, project: Project, *args: Any, who: str = "agent", version=None, **data: Any) -> Any:
        key = project.id
        return self.do(lambda ctx: function(key, *args, ctx, version=version), who=who, **data)

    def create(self, who: str = "agent", area=None, **changes: Any) -> Project:
        area_id = (area or self.city.area).id
        values = {**BASICS, **changes}
        return self.do(lambda ctx: actions.create_project(ProjectKind.NORMAL, area_id, values, ctx), who=who)

    def draft(self, *equipment, budget: int = 0) -> Project:
        """A project with these pieces; each with works, contractor and budget when a budget is given."""
        contractor_id = self.city.contractor.id
        chosen = [piece.id for piece in equipment]
        project = self.create()
        self.act(items.add_items, project, chosen)
        if budget:
            edits = [
                items.ItemEdit(item.id, content="更换曳引机", contractor_id=contractor_id, budget=budget)
                for item in self.fresh(project).items
            ]
            self.act(items.save_items, project, edits)
        return self.fresh(project)

    def plan(self, project: Project, *amounts: int) -> None:
        rows = [plan.PhaseEdit(f"条件 {place}", amount) for place, amount in enumerate(amounts, 1)]
        self.act(plan.save_plan, project, rows)

    def fresh(self, row):
        """The row as it stands in the database now."""
        self.session.rollback()
        return self.session.get(type(row), row.id, populate_existing=True)

    def set(self, row, **values: Any) -> None:
        with unit_of_work() as session:
            for name, value in values.items():
                setattr(session.get(type(row), row.id), name, value)


@pytest.fixture
def desk(session, cast, city) -> Desk:
    return Desk(session, cast, city)
