"""How many rows a paper has, asked before it is drawn: long lists are drawn in the background."""

from __future__ import annotations

from app.documents.contexts_lists import FINAL_ITEM_COLUMNS, ITEM_COLUMNS
from app.models import Notice, Project, Vote
from app.queries import papers as queries
from app.workflows.engine import Context

AT_ONCE = 3000  # rows: two seconds of drawing; more would hold a thread of the server
FORM = 400  # rows that take as long as a form


def voting_sheet(vote: Vote, ctx: Context) -> int:
    return queries.sheet_size(ctx.session, vote)


def budget_list(notice: Notice, ctx: Context) -> int:
    return _sections(queries.notice_size(ctx.session, notice), notice.project_id, ITEM_COLUMNS, ctx)


def final_list(notice: Notice, ctx: Context) -> int:
    return _sections(queries.notice_size(ctx.session, notice), notice.project_id, FINAL_ITEM_COLUMNS, ctx)


def budget_list_draft(project: Project, ctx: Context) -> int:
    return _sections(queries.range_size(ctx.session, project.id), project.id, ITEM_COLUMNS, ctx)


def _sections(houses: int, project_id: int, as_columns: int, ctx: Context) -> int:
    """More items than fit as columns come as a section each behind the list."""
    items = queries.item_count(ctx.session, project_id)
    return houses * (1 if items <= as_columns else 1 + items)
