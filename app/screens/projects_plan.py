"""合并分摊清册 and 拨付计划 of a project."""

from __future__ import annotations

import io
import json
from typing import Any

from flask import abort, request, send_file, url_for
from flask_babel import gettext

from app.documents.registry import paper_url
from app.domain.enums import ProjectState
from app.domain.errors import Refusal, Sentence, say
from app.domain.money import format_yuan, parse_percent, parse_yuan
from app.extensions import db
from app.models import Project
from app.permissions import Permission
from app.queries import projects as queries
from app.queries.gather import gather
from app.queries.project_page import PAGE
from app.queries.sharing_range import places_of, range_query
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version, load_project, save_tab, tab_address, whole_number, workbench
from app.screens.projects_posted import checked, key_in_address
from app.screens.projects_tabs import fill_tab
from app.screens.request import Screen, actor, context, expose, requires, translated
from app.spreadsheets.projects import write_merged
from app.workflows.projects.clashes import drawn_with
from app.workflows.projects.collected import may_tick, save_collected
from app.workflows.projects.effects import planned_amounts
from app.workflows.projects.kinds import KINDS
from app.workflows.projects.plan import MAX_PHASES, PhaseEdit, save_plan, told

ONLY = ("", "short", "open", "unsold")
MOST_TICKS = 1000  # more than any page of the list has


class ProjectPlan(Screen):
    """The merged list's export and the plan's save."""

    route_base = "/projects"
    menu_screen = "Projects"

    @expose("/<int:key>/merged.xlsx")
    @requires(Permission.PROJECT_VIEW)
    def export(self, key: int):
        """合并分摊清册 as a workbook: the houses that the filter lets through."""
        project = load_project(key)
        stream = io.BytesIO()
        names = [(item.id, item.equipment.name) for item in project.items]
        write_merged(stream, names, queries.merged_rows(db.session(), project, _chosen()))
        stream.seek(0)
        name = f"{project.number}-{gettext('合并分摊清册')}.xlsx"
        return send_file(stream, as_attachment=True, download_name=name, max_age=0)

    @expose("/<int:key>/collected", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def collect(self, key: int):
        """保存 of the ticks 已收 on one page of the merged list."""
        project = load_project(key)
        ticks = _ticks()

        def again(refusal: Refusal, status: int):
            return workbench(self, load_project(key), "merged", status=status, refusal=refusal, ticks=ticks)

        return save_tab(
            self, lambda _session: save_collected(key, ticks, context(), drawn_version()),
            answer=tab_address(project, "merged", **_place()), said=say("业主自筹收款已登记"), draw=again,
        )  # fmt: skip

    @expose("/<int:key>/plan", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def save(self, key: int):
        """保存 of 拨付计划."""
        project = load_project(key)
        typed, by_percent = _typed(), request.form.get("mode") == "percent"
        faults: list[tuple[str, Sentence]] = []
        rows, drawn = _phase_edits(typed, by_percent, faults), drawn_with(request.form.get("drawn", ""), list)

        def again(refusal: Refusal | None, status: int):
            return workbench(
                self, load_project(key), "plan", status=status, refusal=refusal, typed=typed, by_percent=by_percent,
                errors={field: translated(sentence) for field, sentence in faults},
                **({"drawn": json.dumps(drawn)} if faults and drawn is not None else {}),
            )  # fmt: skip

        if faults:
            return again(None, 422)
        return save_tab(
            self, lambda _session: save_plan(key, rows, context(), drawn_version(), drawn),
            answer=tab_address(project, "plan"), said=say("拨付计划已保存"), draw=again,
        )  # fmt: skip


def merged_tab(project: Project, ctx) -> dict[str, Any]:
    """One page of the merged list; sums are over all pages, and beside them those of the filter."""
    chosen, facts = _chosen(), ctx.data[PAGE]
    asked = {"places": range_query(project)}
    if chosen != queries.MergedFilter():
        asked |= {"part": queries.totals_query(project, chosen), "sums": queries.part_totals_query(project, chosen)}
    answers = gather(ctx.session, **asked)
    part = queries.totals_of(answers["part"][0]) if "part" in answers else facts.totals
    page = page_of(part.houses)
    found = queries.merged_page(
        ctx.session, project, page=page.number, size=page.size, search=chosen.search, building_id=chosen.building_id,
        unit_id=chosen.unit_id, only=chosen.only, count=part.houses,
    )  # fmt: skip
    return {
        "rows": found.rows, "page": page, "chosen": chosen, "totals": facts.totals, "part": part,
        "part_sums": {item: total for item, (_, total) in facts.sums.items()},
        "filtered_sums": dict(answers.get("sums", ())),
        "print_address": paper_url("budget_list_draft", project.id) if facts.totals.houses else "",
        "places": places_of(answers["places"]),
        "export_address": url_for("ProjectPlan.export", key=project.id, **_filters()),
        "can_tick": may_tick(project, actor()) and any(row.own for row in found.rows),
        "ticks": {row.house_id: row.is_collected for row in found.rows},
        "save_address": url_for("ProjectPlan.collect", key=project.id, **_place()),
    }  # fmt: skip


def _ticks() -> dict[int, bool]:
    """{house of the page: ticked}; a house that the page did not show can't be ticked."""
    shown, ticked = request.form.getlist("shown"), set(request.form.getlist("collected"))
    if len(shown) > MOST_TICKS or ticked - set(shown):
        abort(400)
    return {whole_number(house): house in ticked for house in shown}


def _place() -> dict[str, str]:
    """The filter and the page of this address."""
    return _filters() | {name: request.args[name] for name in ("page", "size") if request.args.get(name)}


def _filters() -> dict[str, str]:
    """The filter's own arguments, for an address; whatever else stands in this one is left out."""
    return {name: request.args[name] for name in ("q", "building", "unit", "only") if request.args.get(name)}


def _chosen() -> queries.MergedFilter:
    """The filter of the address."""
    only = request.args.get("only", "")
    return queries.MergedFilter(
        request.args.get("q", "").strip()[:60], key_in_address("building"), key_in_address("unit"),
        only if only in ONLY else "",
    )  # fmt: skip


def plan_tab(project: Project, ctx) -> dict[str, Any]:
    """The stored phases as typed rows, with what percents come to today."""
    fund = ctx.data[PAGE].totals.fund
    live = project.state is ProjectState.DRAFT
    amounts = planned_amounts(project.phases, fund) if live else [phase.amount for phase in project.phases]
    by_percent = any(phase.percent for phase in project.phases)
    typed = [
        {
            "condition": phase.condition,
            "amount": format_yuan(amount),
            "percent": format_yuan(phase.percent) if phase.percent else "",
        }
        for phase, amount in zip(project.phases, amounts, strict=True)
    ]
    return {
        "drawn": json.dumps([told(phase) for phase in project.phases]),
        "fund": fund, "typed": typed, "amounts": amounts, "by_percent": by_percent, "errors": {},
        "max_phases": MAX_PHASES, "at_once": KINDS[project.kind].pays_at_once,
    }  # fmt: skip


def _typed() -> list[dict[str, str]]:
    """The rows of the form in their order, blank ones left out."""
    columns = [request.form.getlist(name)[: MAX_PHASES + 1] for name in ("condition", "amount", "percent")]
    length = max(map(len, columns))
    rows = [
        dict(zip(("condition", "amount", "percent"), cells, strict=True))
        for cells in zip(*(column + [""] * (length - len(column)) for column in columns), strict=True)
    ]
    return [row for row in rows if any(value.strip() for value in row.values())]


def _phase_edits(typed: list[dict[str, str]], by_percent: bool, faults: list) -> list[PhaseEdit]:
    edits = []
    for place, row in enumerate(typed):
        if len(row["condition"]) > 400:
            faults.append((f"condition-{place}", say("最多 %(count)s 个字", count=400)))
        if by_percent:
            percent = checked(lambda row=row: parse_percent(row["percent"]), f"percent-{place}", faults)
            edits.append(PhaseEdit(row["condition"], 0, percent))
        else:
            amount = checked(lambda row=row: parse_yuan(row["amount"], allow_zero=False), f"amount-{place}", faults)
            edits.append(PhaseEdit(row["condition"], amount or 0, None))
    return edits


fill_tab("merged", "projects/merged.html", merged_tab)
fill_tab("plan", "projects/plan.html", plan_tab)
