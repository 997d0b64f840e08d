"""Large house rosters in the background: check, then (after it was confirmed) store, all or nothing."""

from __future__ import annotations

from dataclasses import asdict

from app.domain.errors import N_
from app.jobs.run import Run
from app.spreadsheets.roster import summarise
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.roster import uploads

SHOWN_FAULTS = 500


def check(run: Run, attachment_id: int) -> None:
    """Judge an uploaded roster; the result is what its preview page shows."""
    sheet = _judge(run, attachment_id)
    faults = [
        {
            "row": f.row,
            "column": f.column,
            "value": f.value,
            "template": f.sentence.template,
            "values": f.sentence.values,
        }
        for f in sheet.faults[:SHOWN_FAULTS]
    ]
    run.result(faults=faults, fault_count=len(sheet.faults), summary=asdict(summarise(sheet)))


def store(run: Run, attachment_id: int) -> None:
    """Judge once more and store in one unit of work."""
    sheet = _judge(run, attachment_id)
    run.progress(len(sheet.rows), len(sheet.rows), N_("正在写入，请稍候"))
    with unit_of_work() as session:
        ctx = Context(session, run.actor, run.now)
        batch = uploads.confirm(uploads.upload(attachment_id, ctx), sheet, ctx)
        batch_id = batch.id
    run.result(batch=batch_id, rows=len(sheet.rows))


def _judge(run: Run, attachment_id: int):
    ctx = Context(run.session, run.actor, run.now)
    run.progress(0, 1, N_("正在读取文件"))
    return uploads.judge(
        uploads.upload(attachment_id, ctx), ctx, progress=lambda done, total: run.progress(done, total, N_("正在核对"))
    )
