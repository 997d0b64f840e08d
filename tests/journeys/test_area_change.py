"""Manual 1.3 in the browser, steps 1 to 8: from the menu to the reviewed application that takes hold the same day."""

from __future__ import annotations

import io
import zipfile

import pytest
from pypdf import PdfReader

from app import clock
from tests.factories.repairs import Repairs
from tests.journeys.steps import SCAN, review


@pytest.fixture
def project(session, city, cast):
    """A draft of 安居物业 that passes with its area."""
    desk = Repairs(session, city, cast, now=clock.now())
    (house,) = desk.houses([100_000])
    return desk.project([{house: 10_000}], [6_000, 4_000])


def packed() -> bytes:
    """Several contracts in one zip, as the manual's note says."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for place in (1, 2):
            archive.writestr(f"物业服务合同{place}.pdf", SCAN)
    return stream.getvalue()


def test_company_takes_over_an_area(person, project):
    new, number, today = person("other_admin"), f"BG{clock.today().year}000001", clock.today().isoformat()
    new.menu("变更物业区域物业服务企业")
    new.press("添加")
    new.page.fill("#area-picker [name=search]", "安居")
    new.press("查询", "#area-picker")
    new.page.check("#area-picker .tick input")
    new.press("确定", "#area-picker")
    new.sees("安居苑", "现有物业服务企业", "提交前还缺")
    new.fill("合同起始日期", today)
    new.upload("input[data-requirement]:not([data-requirement='']) >> nth=0", "合同.zip", packed(), "application/zip")
    new.sees("合同.zip")
    new.press("保存并提交")
    new.sees("缺少要件：选聘决议", "安居苑", "合同.zip")
    assert new.page.input_value("#starts_on") == today  # nothing typed is lost
    new.upload("input[data-requirement]:not([data-requirement='']) >> nth=1", "选聘决议.pdf", SCAN, "application/pdf")
    new.sees("选聘决议.pdf")
    new.press("保存并提交")
    new.sees(number, "待受理", "安居物业服务有限公司")
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(new.paper("打印申请单"))).pages)
    assert number in printed and "变更物业区域物业服务企业申请单" in "".join(printed.split())
    review(person("clerk"), number, "受理")
    review(person("reviewer"), number, "通过")
    supervisor = person("supervisor")
    review(supervisor, number, "通过")
    supervisor.sees("已通过", "已生效")
    new.menu("我的物业区域")
    new.sees("安居苑", "鸿雁苑", "合计 2 个区域")
    new.picture("my-areas")
    new.menu("维修项目列表")
    new.sees(project.name)
    old = person("org_admin")
    old.menu("我的物业区域")
    old.sees("还没有物业区域")
    old.menu("历史项目")
    old.link(project.name)
    old.sees("移交给“鸿雁物业服务有限公司”时的记录", "编制中", "100.00")
    old.picture("handover")
