"""Uploading, downloading, viewing, ticking, deleting attachments; each file by its row, through its subject's scope."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, abort, flash, g, jsonify, redirect, request, url_for
from flask_babel import gettext

from app import clock
from app.domain.errors import N_, Refusal, say
from app.extensions import db
from app.models import Attachment, AttachmentCheck, Project
from app.permissions import Permission
from app.screens.errors import wants_json
from app.screens.home import own_address
from app.screens.projects_frame import tab_address, whole_number
from app.screens.projects_tabs import fill_tab
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once, translated
from app.workflows.attachments import actions, scanner
from app.workflows.attachments.content import SHOWN, read_limited
from app.workflows.attachments.storage import store
from app.workflows.engine import Context

# No script, no form, no link out; a browser's own PDF viewer still works inside.
SANDBOX = "default-src 'none'; img-src 'self'; object-src 'self'; sandbox"


class Attachments(Screen):
    """附件."""

    route_base = "/attachments"

    @expose("/<subject>/<int:key>", methods=["POST"])
    @requires(Permission.APPLICATION_VIEW)
    def add(self, subject: str, key: int):
        """One or more files for a project, an application, a vote or an acceptance."""
        if subject not in actions.SUBJECTS:
            abort(404)
        back = own_address(request.form.get("back", "")) or url_for("Home.index")
        requirement = request.form.get("requirement_id", "")
        added: list[Attachment] = []

        def do(_session):
            for upload in request.files.getlist("file"):
                if upload.filename:
                    added.append(
                        actions.add_attachment(
                            subject,
                            key,
                            upload.filename,
                            read_limited(upload.stream),
                            context(),
                            requirement_id=whole_number(requirement) if requirement else None,
                        )
                    )
            if not added:
                raise Refusal(say("请选择文件"), field="file")

        def refused(refusal: Refusal):
            if wants_json():
                raise refusal
            flash(translated(refusal.sentence), "danger")
            return redirect(back)

        answer = submit_once(do, answer=back, refused=refused)
        if wants_json() and answer.status_code == 302:
            return jsonify(files=[_told(row.id) for row in added])
        return answer

    @expose("/<int:key>")
    @requires(Permission.APPLICATION_VIEW)
    def download(self, key: int):
        """The file as attachment under its own name; never shown by the browser on this site."""
        return _answer(self._own(key), inline=False)

    @expose("/<int:key>/view")
    @requires(Permission.APPLICATION_VIEW)
    def view(self, key: int):
        """A PDF or picture for the frame of our own pages."""
        attachment = self._own(key)
        if attachment.media_type not in SHOWN:
            abort(404)
        g.may_be_framed = True
        return _answer(attachment, inline=True)

    @expose("/<int:key>/delete", methods=["POST"])
    @requires(Permission.APPLICATION_VIEW)
    def delete(self, key: int):
        """While what it belongs to may still be edited."""
        back = own_address(request.form.get("back", "")) or url_for("Home.index")
        self._own(key)

        def do(_session):
            actions.delete_attachment(key, context())

        def refused(refusal: Refusal):
            if wants_json():
                raise refusal
            flash(translated(refusal.sentence), "danger")
            return redirect(back)

        answer = submit_once(do, answer=back, refused=refused)
        return jsonify(deleted=key) if wants_json() and answer.status_code == 302 else answer

    @expose("/<int:key>/check", methods=["POST"])
    @requires(Permission.APPLICATION_RETURN)
    def check(self, key: int):
        """Tick or untick a file as checked; each reviewer's own tick."""
        attachment = self._own(key)

        def do(session):
            mine = session.get(AttachmentCheck, (attachment.id, actor().user_id))
            if mine is not None:
                session.delete(mine)
            else:
                session.add(AttachmentCheck(attachment_id=attachment.id, user_id=actor().user_id, at=clock.now()))

        answer = submit_once(do, answer=own_address(request.form.get("back", "")) or url_for("Home.index"))
        return jsonify(checked=key) if wants_json() else answer

    def _own(self, key: int) -> Attachment:
        return actions.readable(load(Attachment, key), context())


def _answer(attachment: Attachment, *, inline: bool) -> Response:
    """The stored bytes with headers that keep a browser from taking them for anything else."""
    try:
        data = store().read(attachment.stored_name)
    except FileNotFoundError:
        abort(404)
    answer = Response(data, content_type=attachment.media_type)
    name = quote(attachment.file_name, safe="")
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in attachment.file_name)
    answer.headers["Content-Disposition"] = (
        f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{name}"
    )
    frame = "frame-ancestors 'self'" if inline else "frame-ancestors 'none'"
    answer.headers["Content-Security-Policy"] = f"{SANDBOX}; {frame}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _told(key: int) -> dict:
    """A file as the script draws it."""
    row = db.session.get(Attachment, key)
    return {
        "id": row.id,
        "name": row.file_name,
        "size": row.size,
        "address": url_for("Attachments.download", key=row.id),
        "remove": url_for("Attachments.delete", key=row.id),
    }


def tab_values(project: Project, ctx: Context) -> dict:
    """附件 of a project: its own files and, below, those of its applications."""
    spec = actions.SUBJECTS["projects"]
    return {
        "files": actions.attachments_of(ctx.session, "projects", project.id),
        "may_add": ctx.actor.can(spec.permission) and spec.is_editable(project),
        "scanner": gettext(SCANNER[scanner.state()]),
        "here": tab_address(project, "attachments"),
    }


SCANNER = {"off": N_("未启用"), "ready": N_("正常"), "unreachable": N_("无应答")}

fill_tab("attachments", "attachments/tab.html", tab_values)
