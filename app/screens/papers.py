"""文书: one route prints every paper of the registry; the public notice needs no sign-in."""

from __future__ import annotations

import io
from datetime import date

from flask import abort, request, send_file, url_for

from app import clock
from app.documents.archive import checked, print_paper
from app.documents.bundle import rows_to_draw
from app.documents.registry import PAPERS, Paper, paper_url
from app.documents.render import file_name
from app.documents.sizes import AT_ONCE
from app.domain.enums import NoticeState
from app.domain.errors import NotYours, Refusal, say
from app.extensions import limiter
from app.jobs import queue
from app.models import Application, ArchivedPaper
from app.permissions import PUBLIC, Permission
from app.screens.equipment_asked import labels_in_address
from app.screens.request import PublicScreen, Screen, actor, context, expose, load, requires, submit_once
from app.transaction import unit_of_work
from app.workflows.applications.flow import APPLICATION
from app.workflows.engine import Context

# What a paper reads from the address besides its subject.
ASKED = {"equipment_labels": labels_in_address}
# A list of thousands of rows takes seconds to draw; a person prints a few a minute.
PRINTS = "60 per minute"


class Papers(Screen):
    """Every paper of those who are signed in."""

    route_base = "/papers"

    @expose("/<paper>/<int:key>.pdf")
    @requires(Permission.HOME)
    @limiter.limit(PRINTS)
    def pdf(self, paper: str, key: int):
        """The paper as PDF inside the browser. No such paper or row: 404; not this person's right: 403."""
        row = PAPERS.get(paper) or abort(404)
        if not actor().can(row.permission):
            abort(403)
        more = ASKED[paper]() if paper in ASKED else {}
        ctx = context(since=_day("from"), until=_day("to"), **more)
        subject = _subject(row, key)
        if (row.size or row.bundle) and (rows := rows_to_draw(row, subject, ctx)) > AT_ONCE:
            return self.page("jobs/print.html", paper=row, subject=subject, rows=rows)
        return _printed(row, key, ctx)

    @expose("/<paper>/<int:key>/print", methods=["POST"])
    @requires(Permission.HOME)
    def begin(self, paper: str, key: int):
        """Have a long paper drawn in the background; its job's page shows how far it is and gives the file."""
        row = PAPERS.get(paper) or abort(404)
        if not actor().can(row.permission):
            abort(403)
        _subject(row, key)
        return submit_once(
            lambda session: queue.enqueue(
                session, "print_paper", {"paper": row.key, "key": key}, actor=actor(), now=clock.now()
            ),
            answer=lambda job: url_for("Jobs.show", key=job.id),
        )  # fmt: skip

    @expose("/kept/<int:key>.pdf")
    @requires(Permission.HOME)
    @limiter.limit(PRINTS)
    def kept(self, key: int):
        """A paper as it was printed then, byte by byte, also when a later copy stands."""
        kept = load(ArchivedPaper, key)
        row = PAPERS.get(kept.paper) or abort(404)
        if not actor().can(row.permission):
            abort(403)
        return _sent(checked(kept), file_name(row, _subject(row, kept.subject_id)))


class PublicPapers(PublicScreen):
    """The notice with its masked list, for everybody."""

    route_base = "/papers/public_notice"

    @expose("/<int:key>.pdf")
    @requires(Permission.PUBLIC)
    @limiter.limit(PRINTS)
    def pdf(self, key: int):
        """Of a withdrawn notice nothing is left to download."""
        ctx = context()
        return _printed(PAPERS["public_notice"], key, Context(ctx.session, PUBLIC, ctx.now))


def _subject(paper: Paper, key: int):
    """What the paper is printed from; NotYours when it is none of the reader's or of another kind."""
    subject = load(paper.model, key)
    if not paper.fits(subject) or not _in_scope(subject):
        raise NotYours(f"{paper.key} {key}")
    return subject


def _printed(paper: Paper, key: int, ctx: Context):
    subject = _subject(paper, key)
    if reason := paper.reason_against(subject):
        if paper.permission is Permission.PUBLIC and subject.state is NoticeState.WITHDRAWN:
            abort(410)
        raise Refusal(reason)
    name = file_name(paper, subject)
    pdf = print_paper(paper, subject, ctx, unit_of_work)
    return _sent(pdf, name)


def _sent(pdf: bytes, name: str):
    answer = send_file(io.BytesIO(pdf), mimetype="application/pdf", download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _in_scope(subject) -> bool:
    """Applications are also limited by their filer; everything else by the session's guard alone."""
    return not isinstance(subject, Application) or APPLICATION.in_scope(subject, actor())


def _day(name: str) -> date | None:
    """A day of the account slip's period."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(say("日期格式应为 2026-03-02")) from None


def may_print(key: str) -> bool:
    """Has who looks the right to this paper? Pages draw its link only then."""
    paper = PAPERS[key]
    return paper.permission is Permission.PUBLIC or actor().can(paper.permission)


def register(app) -> None:
    """Make `paper_url` and `may_print` known to the templates."""
    app.jinja_env.globals.update(paper_url=paper_url, may_print=may_print)
