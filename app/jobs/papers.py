"""Long papers in the background: drawn with progress, kept for a day to be downloaded; cancelled, nothing is left."""

from __future__ import annotations

from app.documents.archive import print_paper
from app.documents.bundle import rows_to_draw
from app.documents.registry import PAPERS
from app.documents.render import file_name
from app.domain.errors import N_, Refusal, say
from app.jobs.run import Run
from app.models import Message
from app.transaction import unit_of_work
from app.workflows.engine import Context

PDF = "application/pdf"


def draw(run: Run, paper: str, key: int) -> None:
    """Print it as the person who asked may print it now; the file is the job's result, and a message says so."""
    row, ctx = PAPERS[paper], Context(run.session, run.actor, run.now)
    subject = ctx.session.get(row.model, key)
    if subject is None or not ctx.actor.can(row.permission) or not row.fits(subject):
        raise Refusal(say("这份文书已不能打印"))
    if reason := row.reason_against(subject):
        raise Refusal(reason)
    total = rows_to_draw(row, subject, ctx)
    run.progress(0, total, N_("正在读取数据"))
    name = file_name(row, subject)
    pdf = print_paper(
        row, subject, ctx, unit_of_work,
        drawn=lambda rows: run.progress(min(rows, total), total, N_("正在生成 PDF")),
    )  # fmt: skip
    run.stop_if_cancelled()
    run.keep_file(name, PDF, pdf)
    told = say("“%(name)s”已备好，请在一天内下载", name=name)
    with unit_of_work() as session:
        session.add(Message(user_id=run.actor.user_id, at=run.now, text=str(told)[:400], link=f"/jobs/{run.job_id}"))
    run.result(rows=total)
