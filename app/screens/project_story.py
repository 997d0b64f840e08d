"""记录: the tab and its Excel list. What the audit trail kept as names and codes is told here in words."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

from flask import abort, current_app, request, send_file, url_for
from flask_babel import gettext

from app.documents.registry import PAPERS
from app.domain.enums import Answer, EmergencyType, Labelled, OrganisationKind
from app.domain.errors import N_
from app.domain.identifiers import mask_account_number
from app.extensions import db
from app.models import Project
from app.permissions import Actor, Permission
from app.queries import project_story as queries
from app.queries.gather import gather
from app.queries.project_story import KINDS, OF_TABLE, Asked, Story
from app.screens.audit import enum_of_column
from app.screens.filters import NOTHING, plain, yuan
from app.screens.labels import ACTIONS
from app.screens.paging import page_of
from app.screens.projects_frame import load_project
from app.screens.projects_tabs import fill_tab
from app.screens.request import Screen, actor, expose, requires
from app.spreadsheets.project_story import write_story

SHOWN_CHANGES = 12
LONG_NUMBER = re.compile(r"(?<![A-Z0-9])\d{12,}")  # a bank account's
MARKS = {
    **dict.fromkeys(("return", "reject", "withdraw", "void", "fail", "reopen", "refuse", "cancel"), "is-returned"),
    **dict.fromkeys(
        ("approve_first", "approve_final", "pass", "start", "pay", "confirm", "close", "put_in_force"), "is-good"
    ),
}
Words = Callable[[Any], str]


def _text(value: Any) -> str:
    return plain(value)


def _yuan(value: Any) -> str:
    return yuan(value) if isinstance(value, int) else NOTHING


def _member(kind: type[Labelled]) -> Words:
    """A stored value by its label; one that is none of the vocabulary is not told."""
    return lambda value: gettext(kind(value).label) if value in {member.value for member in kind} else NOTHING


def _phases(rows: Any) -> str:
    """第 1 期 条件 100.00 …"""
    told = [f"{place}. {condition} {_yuan(amount)}" for place, (condition, amount) in enumerate(rows or (), 1)]
    return "；".join(told) or NOTHING


def _lines(rows: Any) -> str:
    """户名 ****1234 100.00 … of payee lines, kept as "name number fen"."""
    told = []
    for row in rows or ():
        *name, number, amount = str(row).split(" ")
        told.append(f"{' '.join(name)} {mask_account_number(number)} {_yuan(int(amount))}")
    return "；".join(told) or NOTHING


# What a change is of: its name, and how its values are told. A field that stands here neither is not shown.
FIELDS: dict[str, tuple[str, Words]] = {
    "name": (N_("项目名称"), _text),
    "reason": (N_("维修原因"), _text),
    "planned_start": (N_("计划开工日期"), _text),
    "planned_end": (N_("计划完工日期"), _text),
    "contact": (N_("联系人"), _text),
    "phone": (N_("联系电话"), _text),
    "remark": (N_("备注"), _text),
    "emergency_type": (N_("紧急情形"), _member(EmergencyType)),
    "content": (N_("维修内容"), _text),
    "contractor": (N_("施工单位"), _text),
    "budget": (N_("预算金额"), _yuan),
    "phases": (N_("拨付计划"), _phases),
    "number": (N_("表决编号"), _text),
    "lines": (N_("收款账户与金额"), _lines),
    "account_name": (N_("户名"), _text),
    "bank_name": (N_("开户行"), _text),
    "account_no": (N_("账号"), lambda value: mask_account_number(str(value))),
    "amount": (N_("金额"), _yuan),
}
# Acts whose changes are named by house: how their values are told.
BY_HOUSE: dict[str, Words] = {"save_shares": _yuan, "enter_answers": _member(Answer)}


def changes_in_words(row: Story) -> list[tuple[str, str, str]]:
    """(what, old, new) of a line."""
    changes = json.loads(row.changes) if row.changes else {}
    pairs = {name: pair for name, pair in changes.items() if isinstance(pair, list) and len(pair) == 2}
    told = (_change(row, name, *pair) for name, pair in pairs.items())
    return [found for found in told if found]


def _change(row: Story, name: str, old: Any, new: Any) -> tuple[str, str, str] | None:
    if name == "state":
        kind = enum_of_column(row.subject, "state")
        return (gettext("状态"), _member(kind)(old), _member(kind)(new)) if kind and old != new else None
    if name == "item":
        return None
    of, _space, field = name.rpartition(" ")  # "屋面 budget" is an item's
    if field in FIELDS:
        label, words = FIELDS[field]
        return " · ".join(part for part in (of, gettext(label)) if part), words(old), words(new)
    if row.action in BY_HOUSE:
        return name, BY_HOUSE[row.action](old), BY_HOUSE[row.action](new)
    return None


def what_of(row: Story, project: Project) -> str:
    """The line's sentence. On the project's own page its number and name need not stand on every line."""
    if row.paper:
        return gettext("存档：%(paper)s", paper=gettext(PAPERS[row.paper].title))
    if row.entry:
        told = LONG_NUMBER.sub(lambda found: mask_account_number(found[0]), row.summary)
        return f"{gettext(row.entry.label)} {told.removeprefix(row.entry.label)}".strip()
    summary = row.summary.removeprefix(f"{project}：").removeprefix(f"{project.number} ")
    return summary or gettext(ACTIONS.get(row.action, N_("其他操作")))


def who_of(row: Story, reader: Actor) -> str:
    """Persons of the department and of the own organisation by name; of another company or the bank only its name."""
    of = row.organisation
    if not reader.is_tenant or of is None or of.kind is OrganisationKind.DEPARTMENT or of.id == reader.organisation_id:
        return row.who or gettext("系统")
    return of.name


def where_of(row: Story) -> str:
    """The page of what the line is about; "" where there is none that the reader may open."""
    if row.kept_id:
        return url_for("Papers.kept", key=row.kept_id)
    source = OF_TABLE.get(row.subject)
    endpoint = source.page if source else ""
    view = current_app.view_functions.get(endpoint)
    if view is None or not actor().can(view._permission):
        return ""
    return url_for(endpoint, key=row.subject_id)


class ProjectStory(Screen):
    """The story as an Excel list."""

    route_base = "/projects"
    menu_screen = "Projects"

    @expose("/<int:key>/records.xlsx")
    @requires(Permission.PROJECT_VIEW)
    def export(self, key: int):
        """记录 as filtered."""
        project, kind = load_project(key), _kind()
        rows = queries.whole_story(db.session(), _asked(project), kind=kind)
        stream = io.BytesIO()
        write_story(stream, (_cells(row, project) for row in rows))
        stream.seek(0)
        name = f"{project.number}-{gettext('记录')}.xlsx"
        return send_file(stream, as_attachment=True, download_name=name, max_age=0)


def _cells(row: Story, project: Project) -> tuple[Any, ...]:
    changes = "\n".join(f"{what}：{old} → {new}" for what, old, new in changes_in_words(row))
    of = row.organisation.name if row.organisation else ""
    return (
        row.at.strftime("%Y-%m-%d %H:%M"), gettext(KINDS[row.kind]), who_of(row, actor()), of, what_of(row, project),
        row.opinion, changes, row.amount,
    )  # fmt: skip


def _kind() -> str:
    kind = request.args.get("kind", "")
    return kind if kind in KINDS or not kind else abort(400)


def _asked(project: Project) -> Asked:
    reader = actor()
    papers = {paper.key: paper.model for paper in PAPERS.values() if paper.archived and reader.can(paper.permission)}
    return Asked(project.id, reader, papers)


def records_tab(project: Project, ctx) -> dict[str, Any]:
    """One page of the story, with how many lines each kind has."""
    kind, asked = _kind(), _asked(project)
    counts = dict(gather(ctx.session, kinds=queries.counts_query(asked))["kinds"])
    total = sum(counts.values())
    page = page_of(counts.get(kind, 0) if kind else total)
    rows = queries.stories(ctx.session, asked, kind=kind, limit=page.size, offset=page.offset)
    return {
        "records": rows, "page": page, "kind": kind, "counts": counts, "total": total, "kinds": KINDS, "marks": MARKS,
        "shown_changes": SHOWN_CHANGES, "changes_of": changes_in_words, "where_of": where_of,
        "what_of": lambda row: what_of(row, project), "who_of": lambda row: who_of(row, ctx.actor),
        "export_address": url_for("ProjectStory.export", key=project.id, **({"kind": kind} if kind else {})),
    }  # fmt: skip


fill_tab("records", "projects/records.html", records_tab)
