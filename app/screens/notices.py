"""公示管理 and 公示查询: list, page, 发布预览, 发布, withdraw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, request, url_for
from flask_babel import lazy_gettext
from wtforms import StringField, TextAreaField

from app import clock
from app.domain.calendar import earliest_closing
from app.domain.enums import NoticeKind, NoticeState, ProjectState
from app.domain.errors import N_, NotYours, Refusal, say
from app.extensions import db
from app.models import Notice, Project
from app.permissions import Permission
from app.queries import notices as queries
from app.queries.project_page import PAGE
from app.screens.exporting import Listing, export_list
from app.screens.fields import ChineseForm, DayField, at_most, required
from app.screens.paging import page_of, remembered
from app.screens.projects_frame import load_project, page_context
from app.screens.projects_tabs import fill_act, fill_tab
from app.screens.request import Screen, context, expose, load, requires, submit_once
from app.screens.votes import own_project, version_of_form
from app.spreadsheets.notices import write_notices
from app.workflows import engine
from app.workflows.notices import actions, changes, content, text
from app.workflows.notices.flow import NOTICE
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.menu import why_closed

KINDS = {kind.value: kind for kind in NoticeKind}
# its notice and its list, as papers
PAPERS_OF = {
    NoticeKind.INITIATION: ("initiation_notice", "budget_list"),
    NoticeKind.ACCEPTANCE: ("acceptance_notice", "final_list"),
    NoticeKind.CANCELLATION: ("cancellation_notice", ""),
}
PREVIEWED = 50


class InitiationForm(ChineseForm):
    """立项公示: 公示截止日 and whom to ask."""

    closes_on = DayField(lazy_gettext("公示截止日"), [required("请选择公示截止日")])
    phone = StringField(lazy_gettext("咨询电话"), [at_most(40)])


class AcceptanceForm(InitiationForm):
    """项目验收公示 also asks 施工日期 and 验收内容."""

    works_from = DayField(lazy_gettext("施工日期（起）"), [required()])
    works_to = DayField(lazy_gettext("施工日期（止）"), [required()])
    works_content = TextAreaField(lazy_gettext("验收内容"), [required(), at_most(2000)])


class CancellationForm(InitiationForm):
    """撤销公示 says why."""

    reason = TextAreaField(lazy_gettext("撤销原因"), [required("请填写撤销原因"), at_most(1000)])


FORMS = {
    NoticeKind.INITIATION: InitiationForm, NoticeKind.ACCEPTANCE: AcceptanceForm,
    NoticeKind.CANCELLATION: CancellationForm,
}  # fmt: skip


class Notices(Screen):
    """Notices for the signed-in."""

    route_base = "/notices"

    @expose("/")
    @requires(Permission.NOTICE_VIEW)
    def list(self):
        """All editions that the actor may see, newest first."""
        if answer := remembered():
            return answer
        chosen, page = filter_of_request(), page_of()
        found = queries.list_notices(db.session(), chosen, clock.today(), limit=page.size, offset=page.offset)
        page.total = found.total
        return self.page("notices/list.html", rows=found.rows, page=page, chosen=chosen, today=clock.today())

    @expose("/export.xlsx")
    @requires(Permission.NOTICE_VIEW)
    def export(self):
        """The list as filtered, as Excel."""
        chosen, today, session = filter_of_request(), clock.today(), db.session()
        return export_list(
            Listing(
                N_("公示"), Notice.__tablename__, write=write_notices,
                count=lambda _most: queries.list_notices(session, chosen, today, limit=1, offset=0).total,
                rows=lambda most: queries.list_notices(session, chosen, today, limit=most, offset=0).rows,
            )
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.NOTICE_VIEW)
    def show(self, key: int):
        """What it said, its editions, its papers, and 撤回 for the department."""
        return self._show(own_notice(key))

    def _show(self, notice: Notice, *, refusal: Refusal | None = None, reason: str = ""):
        session, page = db.session(), page_of()
        search = request.args.get("search", "")[:60].strip()
        rows, page.total = queries.public_rows(session, notice, search=search, limit=page.size, offset=page.offset)
        offers = {offer.transition.name: offer for offer in engine.available(NOTICE, notice, context())}
        return self.page(
            "notices/show.html", notice=notice, rows=rows, page=page, search=search, **told(queries.content_of(notice)),
            editions=queries.editions_of(session, notice), withdraw=offers.get("withdraw"),
            take_back=offers.get("take_back"), refusal=refusal, reason=reason, today=clock.today(), papers=PAPERS_OF,
            record_right=Permission.OBJECTION_RECORD, view_right=Permission.OBJECTION_VIEW,
        )  # fmt: skip

    @expose("/<int:key>/withdraw", methods=["POST"])
    @requires(Permission.NOTICE_WITHDRAW)
    def withdraw(self, key: int):
        """撤回 by the department, with a reason."""
        notice, reason = own_notice(key), request.form.get("reason", "")[:400]

        def do(_session):
            return actions.withdraw_notice(notice, context(), reason=reason, version=version_of_form())

        def refused(refusal: Refusal):
            return self._show(own_notice(key), refusal=refusal, reason=reason)

        return submit_once(do, answer=url_for("Notices.show", key=key), refused=refused, said=say("公示已撤回"))

    @expose("/<int:key>/take-back", methods=["POST"])
    @requires(Permission.NOTICE_PUBLISH)
    def take_back(self, key: int):
        """撤回撤销公示 by the company."""
        notice = own_notice(key)

        def do(_session):
            return actions.take_back(notice, context(), version=version_of_form())

        return submit_once(do, answer=url_for("Notices.show", key=key), said=say("撤销公示已撤回，项目继续进行"))

    @expose("/project/<int:key>/<kind>")
    @requires(Permission.NOTICE_PUBLISH)
    def prepare(self, key: int, kind: str):
        """发布公示: choose the closing date; prefilled with the earliest."""
        project, kind = load_project(key), kind_of(kind)
        days = actions.minimum_days(kind, context())
        wording = self._prefilled(project, kind, days)
        form = FORMS[kind](formdata=None, obj=wording)
        return self._form(project, kind, form, wording=wording, days=days)

    @expose("/project/<int:key>/<kind>/preview", methods=["POST"])
    @requires(Permission.NOTICE_PUBLISH)
    def preview(self, key: int, kind: str):
        """发布预览: the sheet as it will be published. Stores nothing."""
        project, kind = load_project(key), kind_of(kind)
        form = FORMS[kind]()
        if not form.validate_on_submit():
            return self._form(project, kind, form, status=422)
        try:
            actions.check_wording(kind, wording_of(form), context())
        except Refusal as refusal:
            return self._form(project, kind, form, refusal=refusal, status=422)
        return self._form(project, kind, form, wording=wording_of(form), previewed=True)

    @expose("/project/<int:key>/<kind>/publish", methods=["POST"])
    @requires(Permission.NOTICE_PUBLISH)
    def publish(self, key: int, kind: str):
        """发布."""
        project, kind = own_project(key), kind_of(kind)
        form = FORMS[kind]()
        if not form.validate_on_submit():
            return self._form(project, kind, form, status=422)
        words = vars(wording_of(form))

        def do(_session):
            return actions.publish_notice(project, kind, ctx=context(), version=version_of_form(), **words)

        def refused(refusal: Refusal):
            return self._form(load_project(key), kind, form, refusal=refusal)

        return submit_once(do, answer=lambda notice: url_for("Notices.show", key=notice.id), refused=refused,
                           said=say("公示已发布，请打印公告与清册，盖章后张贴在小区"))  # fmt: skip

    def _prefilled(self, project: Project, kind: NoticeKind, days: int) -> content.Wording | None:
        try:
            return content.prefilled(project, kind, context(), days)
        except Refusal:  # no acceptance yet: the page says so
            return None

    def _form(
        self, project: Project, kind: NoticeKind, form: InitiationForm, *, wording: content.Wording | None = None,
        previewed: bool = False, refusal: Refusal | None = None, status: int = 200, days: int | None = None,
    ):  # fmt: skip
        """The form beside the sheet; the sheet is drawn with the earliest closing date while none is chosen."""
        ctx = page_context(project)
        row, days = PROJECT.find(actions.ACTS[kind], project.state), days or actions.minimum_days(kind, ctx)
        closed = engine.reason_against(PROJECT, row, project, ctx)
        if refusal and form.add_refusal(refusal):
            refusal = None
        earliest = earliest_closing(ctx.today, days)
        wording = wording or replace(content.Wording(earliest), **_words_so_far(form, earliest))
        return self.page(
            "notices/publish.html", project=project, kind=kind, form=form, closed=closed, refusal=refusal,
            earliest=earliest, days=days, previewed=previewed and not closed,
            today=ctx.today, status=status,
            prompt=_since_last(project, kind, ctx), **(_sheet(project, kind, wording, ctx) if not closed else {}),
        )  # fmt: skip


def _sheet(project: Project, kind: NoticeKind, wording: content.Wording, ctx: engine.Context) -> dict[str, Any]:
    built = content.build(project, kind, wording, ctx)
    developer = built.content["area"]["developer"]
    rows = [queries.public_row(row, developer) for row in built.rows[:PREVIEWED]]
    unsold = sum(row["owner_name"] == developer for row in built.rows) if developer else 0
    return {"rows": rows, "unsold": unsold, **told(built.content)}


def told(said: dict[str, Any]) -> dict[str, Any]:
    """What a template needs to draw a notice: its content and the text made of it."""
    return {"said": said, "text": text.text_of(said), "final": text.is_final(said), "heads": text.WORKS_HEADS}


def _since_last(project: Project, kind: NoticeKind, ctx: engine.Context) -> changes.Prompt | None:
    """What a new edition would change, when one stands."""
    return changes.before_initiation(project, ctx) if kind == NoticeKind.INITIATION else None


def _words_so_far(form: InitiationForm, earliest) -> dict[str, Any]:
    words = vars(wording_of(form))
    return {**words, "closes_on": words["closes_on"] if words["closes_on"] and not form.errors else earliest}


def wording_of(form: InitiationForm) -> content.Wording:
    """What was typed."""
    return content.Wording(**{name: value for name, value in form.data.items() if name != "csrf_token"})


def kind_of(text: str) -> NoticeKind:
    """The kind in the address, or 404."""
    return KINDS.get(text) or abort(404)


def own_notice(key: int) -> Notice:
    """The notice, or 404 when its project is none of the actor's."""
    notice = load(Notice, key)
    if not NOTICE.in_scope(notice, context().actor):
        raise NotYours(f"Notice {key}")
    return notice


def filter_of_request(*, current: bool | None = None) -> queries.NoticeFilter:
    """Search, district, area, kind and state from the address; what can't be read is left out."""
    return queries.NoticeFilter(
        search=request.args.get("search", "")[:60].strip(),
        district_id=_number("district"),
        area_id=_number("area"),
        kind=_member(NoticeKind, "kind"),
        state=_member(NoticeState, "state"),
        current=current,
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _member(kind: type, name: str):
    text = request.args.get(name, "")
    return kind(text) if text in {member.value for member in kind} else None


def notices_tab(project: Project, ctx: engine.Context) -> dict[str, Any]:
    """The workbench's tab 公示: all editions, the acts that publish, what has changed since the standing one."""
    acts = {
        kind.value: engine.Offer(PROJECT.find(name, project.state), why_closed(project, name, ctx))
        for kind, name in actions.ACTS.items()
        if ctx.actor.can(Permission.NOTICE_PUBLISH)
    }
    prompt = changes.before_initiation(project, ctx) if project.state == ProjectState.DRAFT else None
    facts = ctx.data[PAGE]
    return {"notices": facts.notices[::-1], "acts": acts, "prompt": prompt, "objections": facts.objections[::-1]}


fill_tab("notices", "notices/tab.html", notices_tab)
fill_act("publish_initiation", lambda project, ctx: url_for("Notices.prepare", key=project.id, kind="initiation"))
fill_act("publish_cancellation", lambda project, ctx: url_for("Notices.prepare", key=project.id, kind="cancellation"))
fill_act("publish_acceptance", lambda project, ctx: url_for("Notices.prepare", key=project.id, kind="acceptance"))
