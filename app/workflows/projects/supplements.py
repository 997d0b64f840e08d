"""补充项目 (`workflows.md` 5.3 rule 5): what costs more than the budget is a project of its own."""

from __future__ import annotations

from typing import Any

from app.domain.enums import ProjectKind
from app.models import Project
from app.workflows import engine
from app.workflows.engine import Context
from app.workflows.projects.actions import create_project
from app.workflows.projects.flow import PROJECT


def create_supplement(key: int, kind: ProjectKind, values: dict[str, Any], ctx: Context) -> Project:
    """A draft in the same area with its own vote, notice and initiation; the running project is locked meanwhile.

    Errors: those of `engine.apply` and of `create_project`.
    """
    first = engine.apply(PROJECT, key, "supplement", ctx)
    project = create_project(kind, first.area_id, values, ctx)
    project.supplements_id = first.id
    ctx.session.flush()
    return project
