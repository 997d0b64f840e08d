"""变更物业区域物业服务企业 (manual 1.3): areas by a dialog, the contract's days, files; a draft until submitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from app import clock
from app.domain.enums import ApplicationKind, ApplicationState
from app.domain.errors import Conflict, NotYours, Refusal, say
from app.extensions import db
from app.models import Application, AreaChange, Submission
from app.permissions import Permission
from app.queries import area_change as queries
from app.screens import applications_parts as parts
from app.screens.asked import asked_words
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version, whole_number
from app.screens.request import (
    Screen,
    actor,
    context,
    drawing,
    expose,
    requires,
    submission_key,
    submit_once,
    translated,
)
from app.transaction import forget_changes
from app.workflows.applications.actions import received_copies
from app.workflows.applications.flow import act
from app.workflows.area_change import filing, rules
from app.workflows.area_change.filing import Asked

LISTED = 50


@dataclass
class Typed:
    """The form as typed, and what is wrong with it by field."""

    starts_on: str = ""
    ends_on: str = ""
    remark: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, application: Application, change: AreaChange) -> Typed:
        """As it is stored."""
        days = [day.isoformat() if day else "" for day in (change.starts_on, change.ends_on)]
        return cls(*days, application.remark)

    @classmethod
    def posted(cls) -> Typed:
        get = request.form.get
        return cls(get("starts_on", "").strip()[:20], get("ends_on", "").strip()[:20], get("remark", "")[:2000])

    def read(self, **more: Any) -> Asked:
        """Refusal at the field that is no day."""
        return Asked(_day(self.starts_on, "starts_on"), _day(self.ends_on, "ends_on"), self.remark, **more)


class AreaChanges(Screen):
    """变更物业区域物业服务企业."""

    route_base = "/area-change"

    @expose("/", methods=["GET", "POST"])
    @requires(Permission.AREA_CHANGE_FILE)
    def index(self):
        """A new application begins with its areas; below, those of this company."""
        if request.method == "GET":
            return self._new()
        asked = {"add": _ticked()}

        def do(_session):
            if not asked["add"]:
                raise Refusal(say("请勾选物业区域"), field="areas")
            return filing.save_change(filing.open_draft(context()).id, Asked(**asked), context())

        return submit_once(do, answer=lambda row: url_for("AreaChanges.edit", key=row.id), refused=self._new)

    @expose("/areas")
    @requires(Permission.AREA_CHANGE_FILE)
    def areas(self):
        """The dialog's list: areas of the whole city by name; nothing is listed before something is typed."""
        words, page, rows = asked_words(), page_of(), []
        if words:
            rows, page.total = queries.search_areas(
                db.session(), actor().organisation_id, words, clock.today(), limit=page.size, offset=page.offset
            )
        return self.page("area_change/areas.html", rows=rows, page=page, words=words)

    @expose("/<int:key>/", methods=["GET", "POST"])
    @requires(Permission.AREA_CHANGE_FILE)
    def edit(self, key: int):
        """The form: areas, contract, files; 添加, 删除, 保存, 保存并提交."""
        application = load_change(key)
        if application.state not in parts.EDITABLE:
            if request.method == "POST" and db.session.get(Submission, submission_key()) is None:
                what = gettext(application.state.label)
                flash(gettext("业务单现为“%(what)s”，不能再修改；刚才填写的内容没有保存", what=what), "error")
            return redirect(url_for("Applications.show", key=key))
        if request.method == "GET":
            return self._form(application, Typed.of(application, rules.change_of(application, context())))
        return self._save(application)

    @expose("/<int:key>/discard", methods=["POST"])
    @requires(Permission.AREA_CHANGE_FILE)
    def discard(self, key: int):
        """A draft that was never submitted is thrown away."""
        application = load_change(key)
        return parts.act_once(
            application,
            lambda _session: filing.discard_draft(key, context(), version=drawn_version()),
            answer=url_for("AreaChanges.index"),
            said=say("草稿已删除"),
        )

    def _save(self, application: Application):
        typed, wanted = Typed.posted(), request.form.get("do", "save")
        submits = wanted == "submit"

        def do(_session):
            try:
                return _store(application, typed, wanted)
            except Conflict as conflict:
                raise Stale(conflict) from conflict

        answer = url_for("Applications.show" if submits else "AreaChanges.edit", key=application.id)
        said = say("已提交，请打印申请单并连同纸质要件送交受理窗口") if submits else say("已保存")
        return submit_once(do, answer=answer, said=said, refused=partial(self._form, application, typed))

    def _new(self, refusal: Refusal | None = None):
        if refusal is not None:
            forget_changes()
        rows = db.session.scalars(
            select(Application)
            .where(Application.kind == ApplicationKind.AREA_CHANGE, Application.organisation_id == _own())
            .order_by(Application.id.desc()).limit(LISTED)
        ).all()  # fmt: skip
        changes = select(AreaChange).where(AreaChange.application_id.in_([row.id for row in rows]))
        return self.page(
            "area_change/new.html", rows=rows, refusal=refusal, title_of=parts.titles_of(rows),
            changes={row.application_id: row for row in db.session.scalars(changes)}, address_of=parts.address_of,
        )  # fmt: skip

    def _form(self, application: Application, typed: Typed, refusal: Refusal | None = None):
        if refusal is not None:
            forget_changes()
            application = load_change(application.id)
            if refusal.field in ("starts_on", "ends_on", "remark"):
                typed.errors[refusal.field] = translated(refusal.sentence)
        rows, offers = parts.attachment_rows(application), parts.offers_of(application)
        name = "submit" if application.state is ApplicationState.DRAFT else "resubmit"
        return self.page(
            "area_change/edit.html", status=409 if isinstance(refusal, Stale) else 200, application=application,
            typed=typed, refusal=refusal, rows=rows, areas=rules.areas_of(application, drawing()),
            received=received_copies(db.session(), application),
            offer=offers.get(name), withdraw=offers.get("withdraw"), most=rules.MOST_AREAS,
        )  # fmt: skip


class Stale(Refusal):
    """The page was drawn before somebody else's save: drawn again with what was typed."""

    def __init__(self, conflict: Conflict):
        super().__init__(conflict.sentence, field=conflict.field, details=conflict.details)


def load_change(key: int) -> Application:
    """An application of this kind, or 404."""
    application = parts.load_application(key)
    if application.kind is not ApplicationKind.AREA_CHANGE:
        raise NotYours(f"Application {key}")
    return application


def _store(application: Application, typed: Typed, wanted: str) -> Application:
    """Save, keep the files chosen, add or take out areas, submit: one act, all of it or nothing."""
    more: dict[str, Any] = {"add": _ticked()} if wanted == "add" else {}
    if wanted == "add" and not more["add"]:
        raise Refusal(say("请勾选物业区域"), field="areas")
    if wanted.startswith("remove-"):
        more["remove"] = whole_number(wanted.removeprefix("remove-"))
    asked = typed.read(**more)
    if wanted == "submit" and asked.starts_on is None:
        raise Refusal(say("请填写合同起始日期"), field="starts_on")
    saved = filing.save_change(application.id, asked, context(), version=drawn_version())
    parts.store_files(saved)
    if wanted != "submit":
        return saved
    db.session.flush()
    return act(saved.id, "submit" if saved.state is ApplicationState.DRAFT else "resubmit", context())


def _ticked() -> tuple[int, ...]:
    """The areas ticked in the dialog; nonsense answers 400."""
    texts = request.form.getlist("add")
    if len(texts) > rules.MOST_AREAS * 2 or not all(t.isascii() and t.isdigit() and len(t) <= 18 for t in texts):
        abort(400)
    return tuple(dict.fromkeys(map(int, texts)))


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal(say("日期无效，格式为 2026-01-31"), field=name) from error


def _own() -> int | None:
    return actor().organisation_id
