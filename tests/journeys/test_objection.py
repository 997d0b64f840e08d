"""异议 in the browser: an owner objects on the public page, the final approval waits, the company answers.

The notice runs seven days; on the eighth day it is over, and only the objection keeps the initiation waiting.
"""

from __future__ import annotations

import pytest

from app import clock
from app.models import Notice, Objection, Owner
from tests.factories.repairs import Repairs

WHY = "报价偏高，请公布比价记录。"
ANSWER = "三家比价记录已张贴在小区公告栏，中标价为最低价。"


@pytest.mark.timeout(300)
def test_owner_objects_and_is_answered_before_the_approval(person, city, cast, session, days):
    desk = Repairs(session, city, cast, now=clock.now().replace(microsecond=0))
    project = desk.project([dict.fromkeys(city.houses[:5], 100000)], [250_000, 250_000])
    desk.voted(project)
    notice = desk.published(project)
    stranger = objects(person(""), session, notice)
    receipt = stranger.page.url
    days(8)
    desk.now = clock.now().replace(microsecond=0)
    application = desk.submit(desk.open_initiation(project))
    desk.accept(application)
    desk.act("reviewer", application, "approve_first", opinion="同意")
    held = "1 件业主异议尚未答复（YY2026000001），须答复后或在"
    supervisor = person("supervisor")
    supervisor.open(f"/applications/{application.id}/")
    supervisor.sees(held)
    assert not supervisor.page.locator("button:visible", has_text="复审通过").count()
    supervisor.picture("objection-holds")
    answers(person("agent"))
    stranger.open(receipt)
    stranger.sees("已答复", ANSWER)
    supervisor.open(f"/applications/{application.id}/")
    supervisor.press("通过")
    supervisor.sees("已通过")


def objects(stranger, session, notice: Notice):
    """On the notice's page; a house that is not listed is told at its field, with nothing typed lost."""
    session.rollback()
    owner = session.query(Owner).filter_by(name="张一").one()
    last_six = owner.identity_number[-6:]
    session.rollback()
    stranger.page.set_viewport_size({"width": 390, "height": 844})
    stranger.open(f"/public/notices/{notice.id}/")
    stranger.link("提出异议")
    for label, value in {"姓名": "张一", "联系电话": "13900000001", "异议内容": WHY, "房屋": "9幢101"}.items():
        stranger.fill(label, value)
    stranger.fill("身份证件号码后六位", last_six)
    stranger.press("提交异议")
    stranger.sees("公示的清册中没有这个房屋，请按清册的写法填写")
    stranger.fill("房屋", "1幢1单元101")
    stranger.picture("objection-form")
    stranger.press("提交异议")
    stranger.sees("异议 YY2026000001", "待答复", WHY)
    session.rollback()
    objection = session.query(Objection).one()
    assert (objection.house_label, objection.is_verified) == ("1幢1单元101", True)
    session.rollback()
    return stranger


def answers(agent) -> None:
    """From the start page; the objector stays masked."""
    agent.open("/")
    agent.link("去答复")
    agent.sees("异议 YY2026000001", "张**", "139****0001", "业主身份已核对")
    assert "张一" not in agent.text
    agent.press("答复")
    agent.sees("请填写答复内容")
    agent.fill("答复内容", ANSWER)
    agent.press("答复")
    agent.sees("已答复", ANSWER)
    agent.picture("objection-answered")
