"""投票表决管理: open and print, enter by house, import from Excel, end, void, result."""

from __future__ import annotations

import io
import json
from typing import Any

from flask import abort, flash, jsonify, redirect, request, send_file, url_for
from flask_babel import gettext, lazy_gettext

from app.domain import voting
from app.domain.enums import Answer, BallotSource, VoteState
from app.domain.errors import NotYours, Refusal, say
from app.domain.money import format_area
from app.extensions import db
from app.models import Ballot, Project, Vote
from app.permissions import Permission
from app.queries import projects as project_queries
from app.queries import votes as queries
from app.queries.project_page import PAGE, latest_vote, vote_count
from app.screens import votes_import
from app.screens.fields import ChineseForm, DayField
from app.screens.paging import page_of
from app.screens.projects_tabs import fill_act, fill_tab
from app.screens.request import Screen, context, expose, load, new_form_key, requires, submit_once, translated
from app.spreadsheets.votes import write_missing
from app.workflows import engine
from app.workflows.notices.content import percent
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.flow import in_scope as project_in_scope
from app.workflows.votes import actions
from app.workflows.votes.flow import VOTE
from app.workflows.votes.rules import filed_initiation

CHOICES = (Answer.AGREE, Answer.AGAINST, Answer.ABSTAIN, Answer.NONE)


class OpenForm(ChineseForm):
    """发起表决: the period's end may be left open."""

    ends_on = DayField(lazy_gettext("表决截止日期"))


class Votes(Screen):
    """The vote of a project, from the sheet to the result."""

    route_base = "/votes"
    menu_screen = "Projects"

    @expose("/project/<int:key>/sheet")
    @requires(Permission.VOTE_EDIT)
    def sheet(self, key: int):
        """打印投票表决签字表: the open vote's sheet, or the question that opens one."""
        project = own_project(key)
        vote = queries.latest_vote(db.session(), project.id, VoteState.OPEN)
        if vote is not None:
            return redirect(url_for("Votes.entry", key=vote.id, _anchor="print"))
        return self._question(project, OpenForm())

    @expose("/project/<int:key>/open", methods=["POST"])
    @requires(Permission.VOTE_EDIT)
    def open(self, key: int):
        """发起表决."""
        project, form = own_project(key), OpenForm()
        if not form.validate_on_submit():
            return self._question(project, form, status=422)

        def do(_session):
            return actions.open_vote(project, context(), ends_on=form.ends_on.data, version=version_of_form())

        def refused(refusal: Refusal):
            form.add_refusal(refusal)
            return self._question(project, form, refusal=refusal)

        return submit_once(do, answer=lambda vote: url_for("Votes.entry", key=vote.id), refused=refused,
                           said=say("表决已发起，请打印投票表决签字表"))  # fmt: skip

    def _question(self, project: Project, form: OpenForm, *, refusal: Refusal | None = None, status: int = 200):
        session = db.session()
        row = PROJECT.find("open_vote", project.state)
        reason = engine.reason_against(PROJECT, row, project, context())
        totals = project_queries.merged_totals(session, project)
        return self.page(
            "votes/open.html", project=project, form=form, refusal=refusal, reason=reason, totals=totals,
            rule=actions.rule_of(context()), status=status,
        )  # fmt: skip

    @expose("/project/<int:key>/enter")
    @requires(Permission.VOTE_EDIT)
    def enter(self, key: int):
        """录入投票表决结果 of the open vote; without one, the sheet comes first."""
        project = own_project(key)
        vote = queries.latest_vote(db.session(), project.id)
        if vote is None:
            flash(gettext("没有正在进行的表决，请先打印投票表决签字表"), "warning")
            return redirect(url_for("Votes.sheet", key=key))
        return redirect(url_for("Votes.entry" if vote.state == VoteState.OPEN else "Votes.show", key=vote.id))

    @expose("/<int:key>/")
    @requires(Permission.PROJECT_VIEW)
    def show(self, key: int):
        """The result: both scales, distances, missing households, every house with its answer."""
        vote, session = own_vote(key), db.session()
        facts, page, wanted = facts_of(vote), page_of(), _filters()
        found = queries.page_of_ballots(session, vote, page=page.number, size=page.size, **wanted)
        page.number, page.total = found.page, found.total
        return self.page(
            "votes/show.html", vote=vote, counted=facts.count, meters=meters(facts.count.result), page=page,
            rows=found.rows, buildings=facts.buildings, wanted=wanted, offers=offers(vote, facts),
            reason=request.args.get("reason", ""), scans=facts.scans, vote_right=Permission.VOTE_EDIT,
        )  # fmt: skip

    @expose("/<int:key>/entry")
    @requires(Permission.VOTE_EDIT)
    def entry(self, key: int):
        """录入投票表决结果: every house on one page; the script sends changed rows only."""
        vote = own_vote(key)
        if vote.state != VoteState.OPEN:
            return redirect(url_for("Votes.show", key=key))
        facts = facts_of(vote)
        return self.page(
            "votes/entry.html", vote=vote, counted=facts.count, meters=meters(facts.count.result),
            buildings=facts.buildings, data=_entry_data(vote), choices=CHOICES, offers=offers(vote, facts),
            scans=facts.scans, vote_right=Permission.VOTE_EDIT,
        )  # fmt: skip

    @expose("/<int:key>/answers", methods=["POST"])
    @requires(Permission.VOTE_EDIT)
    def answers(self, key: int):
        """Store changed rows ({house id: answer}) and the number; answers where the page stands now, as JSON."""
        vote, sent = own_vote(key), request.get_json(silent=True)
        if not isinstance(sent, dict):
            abort(400)
        answers, number, version = _posted(sent)

        def do(_session):
            return actions.enter_answers(vote, context(), answers, number=number, version=version)

        return submit_once(do, answer=url_for("Votes.stored", key=key), refused=_as_json)

    @expose("/<int:key>/stored")
    @requires(Permission.VOTE_EDIT)
    def stored(self, key: int):
        """What the entry page needs after a save: version, number, a new one-time key."""
        vote = own_vote(key)
        return jsonify(version=vote.version, number=vote.number, form_key=new_form_key())

    @expose("/<int:key>/now")
    @requires(Permission.VOTE_EDIT)
    def now(self, key: int):
        """How the vote stands, for a page that another clerk's save has made stale: it takes over what it lacks."""
        vote = own_vote(key)
        stands = {row.house_id: _standing(row) for row in queries.all_ballots(db.session(), vote)}
        return jsonify(
            version=vote.version, number=vote.number, open=vote.state == VoteState.OPEN, answers=stands,
            form_key=new_form_key(),
        )  # fmt: skip

    @expose("/<int:key>/missing.xlsx")
    @requires(Permission.PROJECT_VIEW)
    def missing(self, key: int):
        """The households that have not voted, to be asked."""
        vote, stream = own_vote(key), io.BytesIO()
        write_missing(stream, queries.unanswered_ballots(db.session(), vote))
        stream.seek(0)
        name = gettext("未投票户 %(number)s.xlsx", number=vote.number)
        return send_file(stream, as_attachment=True, download_name=name, max_age=0)

    @expose("/<int:key>/answers.xlsx")
    @requires(Permission.VOTE_EDIT)
    def export(self, key: int):
        """The list of the vote's houses with their answers, to be filled and brought back."""
        vote = own_vote(key)
        name = gettext("表决结果 %(number)s.xlsx", number=vote.number)
        return send_file(votes_import.workbook(db.session(), vote), as_attachment=True, download_name=name)

    @expose("/<int:key>/import", methods=["GET", "POST"])
    @requires(Permission.VOTE_EDIT)
    def read(self, key: int):
        """导入 Excel: upload, then a preview that names every faulty cell; nothing is stored by either."""
        vote = own_vote(key)
        preview, refusal = None, None
        if request.method == "POST":
            try:
                preview = votes_import.preview(db.session(), vote, request.files.get("file"))
            except Refusal as found:
                refusal = found
        status = 422 if refusal or (preview and preview.faults) else 200
        return self.page("votes/import.html", vote=vote, preview=preview, refusal=refusal, status=status)

    @expose("/<int:key>/import/confirm", methods=["POST"])
    @requires(Permission.VOTE_EDIT)
    def confirm_import(self, key: int):
        """Store what the preview showed, all or nothing."""
        vote = own_vote(key)
        try:
            answers = parse_answers(json.loads(request.form.get("answers", "")))
        except ValueError:
            abort(400)

        def do(_session):
            return actions.enter_answers(
                vote, context(), answers, source=BallotSource.IMPORTED, version=version_of_form()
            )

        return submit_once(do, answer=url_for("Votes.entry", key=key), said=say("导入完成"))

    @expose("/<int:key>/close", methods=["POST"])
    @requires(Permission.VOTE_EDIT)
    def close(self, key: int):
        """结束表决."""
        vote = own_vote(key)

        def do(_session):
            return actions.close_vote(vote, context(), version=version_of_form())

        return submit_once(do, answer=url_for("Votes.show", key=key), said=say("表决已结束"))

    @expose("/<int:key>/void", methods=["POST"])
    @requires(Permission.VOTE_EDIT)
    def void(self, key: int):
        """作废, with a reason."""
        vote, reason = own_vote(key), request.form.get("reason", "")[:400]

        def do(_session):
            return actions.void_vote(vote, context(), reason=reason, version=version_of_form())

        def refused(refusal: Refusal):
            flash(translated(refusal.sentence), "danger")
            return redirect(url_for("Votes.show", key=key, reason=reason, _anchor="void"))

        return submit_once(do, answer=url_for("Votes.show", key=key), refused=refused, said=say("表决已作废"))


def own_project(key: int) -> Project:
    """The project, or 404 when it is none of the actor's."""
    project = load(Project, key)
    if not project_in_scope(project, context().actor):
        raise NotYours(f"Project {key}")
    return project


def own_vote(key: int) -> Vote:
    """The vote, or 404 when its project is none of the actor's."""
    vote = queries.vote_with_project(db.session(), key)
    if vote is None or not VOTE.in_scope(vote, context().actor):
        raise NotYours(f"Vote {key}")
    return vote


def version_of_form() -> int:
    """The version that the posted page was drawn from; 400 without one."""
    text = request.form.get("version", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        abort(400)
    return int(text)


def facts_of(vote: Vote) -> queries.VoteFacts:
    """What the pages of a vote show around its houses."""
    return queries.vote_facts(db.session(), vote, filed_initiation(vote))


def offers(vote: Vote, facts: queries.VoteFacts) -> dict[str, engine.Offer]:
    """The vote's acts by name, each open or with its reason."""
    ctx = context(**{queries.PAGE: facts})
    return {offer.transition.name: offer for offer in engine.available(VOTE, vote, ctx)}


def parse_answers(sent: Any) -> dict[int, Answer]:
    """{house id: answer} of a posted object; ValueError when it is none."""
    if not isinstance(sent, dict):
        raise ValueError("answers must be an object")
    if any(not key.isascii() or not key.isdigit() or len(key) > 18 for key in sent):
        raise ValueError("house ids are numbers")
    return {int(key): Answer(value) for key, value in sent.items()}


def _posted(sent: dict[str, Any]) -> tuple[dict[int, Answer], str, int]:
    number, version = sent.get("number", ""), sent.get("version")
    try:
        answers = parse_answers(sent.get("answers", {}))
    except ValueError:
        abort(400)
    if not isinstance(number, str) or type(version) is not int:
        abort(400)
    return answers, number, version


def _as_json(refusal: Refusal):
    return jsonify(error=translated(refusal.sentence), field=refusal.field), 422


def _filters() -> dict[str, Any]:
    building = request.args.get("building", "")
    return {
        "search": request.args.get("search", "")[:60],
        "building_id": int(building) if building.isascii() and building.isdigit() and len(building) < 19 else None,
        "unanswered": request.args.get("only") == "unanswered",
    }


def meters(result: voting.Result) -> list[dict[str, Any]]:
    """Each threshold as the page draws it: exact percent cut to two places, what is missing."""
    return [
        {
            "threshold": row,
            "percent": percent(row.counted, row.base),
            "value": row.counted * 10000 // row.base if row.base else 0,
            **{name: format_area(size) if row.scale == "area" else size for name, size in _sizes(row).items()},
        }
        for row in result.thresholds
    ]


def _sizes(row: voting.Threshold) -> dict[str, int]:
    """The whole numbers of a threshold: the fraction, what is needed, and by how much it is missed or passed."""
    return {
        "counted": row.counted, "base": row.base, "needed": row.needed, "missing": row.missing,
        "spare": max(0, row.counted - row.needed),
    }  # fmt: skip


def _entry_data(vote: Vote) -> dict[str, Any]:
    """What the script draws; a row: id, house, owner, area, head, answer or -1, building, unproven, online."""
    heads: dict[str, int] = {}
    rows = [
        [
            ballot.house_id, ballot.house_label, ballot.owner_name, ballot.floor_area,
            heads.setdefault(ballot.head, len(heads)), answer, building, int(ballot.head_unproven), online,
        ]
        for ballot, building in queries.ballots_with_buildings(db.session(), vote)
        for answer, online in (_standing(ballot),)
    ]  # fmt: skip
    return {
        "rows": rows,
        "choices": [[answer.value, gettext(answer.label)] for answer in CHOICES],
        "conditions": [
            {name: getattr(condition, name) for name in ("counted", "base", "numerator", "denominator", "above")}
            for condition in voting.RULES[vote.rule.value]
        ],
        "version": vote.version,
    }  # fmt: skip


def _standing(ballot: Ballot) -> tuple[int, int]:
    """A house's answer as the script counts it (-1: not entered yet), and whether its owner gave it online."""
    return CHOICES.index(ballot.answer) if ballot.source else -1, int(ballot.source == BallotSource.ONLINE)


def votes_tab(project: Project, ctx: engine.Context) -> dict[str, Any]:
    """The workbench's tab 表决: every vote with its count, the acts that open and enter one."""
    votes = [(vote, vote_count(ctx, vote)) for vote in reversed(ctx.data[PAGE].votes)]
    acts = {
        name: engine.Offer(PROJECT.find(name), engine.reason_against(PROJECT, PROJECT.find(name), project, ctx))
        for name in ("open_vote", "enter_votes")
        if ctx.actor.can(Permission.VOTE_EDIT)
    }
    return {"votes": votes, "acts": acts, "latest_meters": meters(votes[0][1].result) if votes else []}


def _sheet_of_open_vote(project: Project, ctx: engine.Context) -> str | None:
    """打印投票表决签字表 while a vote is open leads to its page with the print button."""
    return url_for("Votes.sheet", key=project.id) if latest_vote(ctx, project.id, VoteState.OPEN) else None


fill_tab("votes", "votes/tab.html", votes_tab)
fill_act("open_vote", lambda project, ctx: url_for("Votes.sheet", key=project.id), shortcut=_sheet_of_open_vote)
fill_act("enter_votes", lambda project, ctx: url_for("Votes.enter", key=project.id))
