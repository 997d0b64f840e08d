"""Attachments as rows: who adds and deletes them while what, and what a business asks for."""

from __future__ import annotations

import io
import os

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.domain.enums import NoticeKind
from app.domain.errors import Forbidden, NotYours, Refusal
from app.models import Attachment
from app.transaction import unit_of_work
from app.workflows.attachments import actions, storage
from app.workflows.attachments.rules import missing_attachments, requirements_of

pytestmark = pytest.mark.workflow


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), 0).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def application(repairs):
    a, b = repairs.houses([100_000, 100_000])
    return repairs.open_initiation(repairs.ready([{a: 10_000, b: 10_000}], [15_000, 5_000]))


def add(repairs, who, application, **options):
    return repairs.do(
        who, lambda ctx: actions.add_attachment("applications", application.id, "签字表.png", png(), ctx, **options)
    )


def test_a_file_is_kept_under_a_made_up_name_with_its_own_name_beside(repairs, application):
    row = add(repairs, "agent", application, requirement_id=None)
    assert row.file_name == "签字表.png"
    assert len(row.stored_name) == 32
    assert storage.store().read(row.stored_name).startswith(b"\x89PNG")
    assert (row.organisation_id, row.area_id) == (application.organisation_id, application.area_id)


def test_it_counts_for_its_requirement(repairs, application):
    needed = missing_attachments(application, repairs.context("agent"))
    add(repairs, "agent", application, requirement_id=needed[0].id)
    left = missing_attachments(repairs.fresh(application), repairs.context("agent"))
    assert [row.name for row in left] == [row.name for row in needed[1:]]


def test_a_requirement_of_another_business_is_refused(repairs, application):
    with pytest.raises(Refusal) as caught:
        add(repairs, "agent", application, requirement_id=999_999)
    assert caught.value.field == "requirement_id"


def test_it_is_deleted_while_editable_and_stays_after_submission(repairs, application):
    first = add(repairs, "agent", application)
    second = add(repairs, "agent", application)
    repairs.do("agent", lambda ctx: actions.delete_attachment(first.id, ctx))
    repairs.submit(application)
    for act in (
        lambda ctx: actions.delete_attachment(second.id, ctx),
        lambda ctx: actions.add_attachment("applications", application.id, "x.png", png(), ctx),
    ):
        with pytest.raises(Refusal) as caught:
            repairs.do("agent", act)
        assert str(caught.value.sentence) == "当前状态不能增删附件"


def test_whose_it_is_not(repairs, application):
    row = add(repairs, "agent", application)
    with pytest.raises(NotYours):
        add(repairs, "other_agent", application)
    with pytest.raises(NotYours):
        repairs.do("other_agent", lambda ctx: actions.delete_attachment(row.id, ctx))
    with pytest.raises(Forbidden):
        add(repairs, "clerk", application)
    with pytest.raises(NotYours):
        actions.readable(repairs.session.get(Attachment, row.id), repairs.context("other_agent"))
    assert actions.readable(repairs.session.get(Attachment, row.id), repairs.context("clerk")).id == row.id


def test_a_refused_file_leaves_no_row(repairs, application):
    with pytest.raises(Refusal):
        repairs.do("agent", lambda ctx: actions.add_attachment("applications", application.id, "x.pdf", b"MZ", ctx))
    assert repairs.session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_conditions_of_the_list(repairs):
    a, b = repairs.houses([30_000_000, 30_000_000])
    project = repairs.running([{a: 10_000_000, b: 10_000_000}], [14_000_000, 6_000_000])

    def names(phase: int) -> list[str]:
        return [row.name for row in requirements_of(repairs.session, repairs.open_payout(project, phase, 1))]

    assert names(1) == ["发票", "施工合同", "收款账户证明"]
    repairs.accept_works(project, 10_000_000)
    notice = repairs.published(project, NoticeKind.ACCEPTANCE)
    assert names(1) == ["发票", "施工合同", "收款账户证明", "验收单", "验收公示照片"]  # 100,000.00 is not above
    assert notice.kind is NoticeKind.ACCEPTANCE


def test_above_a_hundred_thousand_settled_an_audit_report_is_asked_for(repairs):
    a, b = repairs.houses([30_000_000, 30_000_000])
    project = repairs.running([{a: 10_000_000, b: 10_000_000}], [14_000_000, 6_000_000])
    repairs.accept_works(project, 10_000_001)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    rows = requirements_of(repairs.session, repairs.open_payout(project, 1, 1))
    assert [row.name for row in rows][-1] == "审价报告"


def test_files_without_a_row_are_swept_a_day_later(repairs, application, monkeypatch, tmp_path):
    monkeypatch.setattr(storage, "_store", storage.FolderStore(tmp_path))
    kept = add(repairs, "agent", application)
    lost = storage.store().put(b"lost")
    for path in tmp_path.glob("??/*"):
        os.utime(path, (0, 0))
    fresh = storage.store().put(b"being written")
    with unit_of_work() as session:
        assert actions.sweep_files(session) == 1
    assert storage.store().read(kept.stored_name)
    assert storage.store().read(fresh)
    with pytest.raises(FileNotFoundError):
        storage.store().read(lost)


def test_a_name_of_the_users_is_no_path(tmp_path):
    store = storage.FolderStore(tmp_path)
    for name in ("../../etc/passwd", "", "a" * 31, "A" * 32):
        with pytest.raises(ValueError, match="no stored name"):
            store.read(name)
