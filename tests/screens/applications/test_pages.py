"""Every page of an application, of its lines and of the acceptance, by the person who works on it, over HTTP."""

from __future__ import annotations

import io
import re

import pytest

from app import clock
from app.domain.enums import ApplicationState, NoticeKind, ProjectState, TransferState
from app.models import Application, Attachment
from tests.conftest import csrf_token
from tests.factories.repairs import Repairs

pytestmark = pytest.mark.workflow
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\nxref\n0 1\n0000000000 65535 f \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    desk = Repairs(session, city, cast)
    desk.now = clock.now().replace(microsecond=0)
    return desk


class Desk:
    """A signed-in browser that posts the forms of its pages."""

    def __init__(self, client):
        self.client = client

    def get(self, address: str, status: int = 200) -> str:
        answer = self.client.get(address)
        assert answer.status_code == status, (address, answer.status_code, answer.get_data(as_text=True)[:2000])
        return answer.get_data(as_text=True)

    def post(self, page: str, address: str, data: dict, status: int = 302):
        """Post with the token, key and version that the page was drawn with."""
        drawn = self.client.get(page)
        text = drawn.get_data(as_text=True)
        assert drawn.status_code == 200, text[:2000]
        values = {"csrf_token": csrf_token(drawn), "form_key": re.search(r'name="form_key" value="([^"]+)"', text)[1]}
        if found := re.search(r'name="version" value="(\d+)"', text):
            values["version"] = found[1]
        values |= dict(re.findall(r'name="(version-\d+)" value="(\d+)"', text))
        answer = self.client.post(address, data={**values, **data}, content_type="multipart/form-data")
        assert answer.status_code == status, (address, answer.status_code, answer.get_data(as_text=True)[:3000])
        return answer


@pytest.fixture
def desk(signed_in):
    made = {}

    def of(name: str) -> Desk:
        if name not in made:
            made[name] = Desk(signed_in(name))
        return made[name]

    return of


def stored(session, address: str) -> Application:
    """The application of that page, as it stands now."""
    session.rollback()
    return session.get(Application, int(re.search(r"/(\d+)/", address)[1]))


def upload_all(desk: Desk, page: str) -> None:
    """One PDF for every requirement of the form."""
    names = re.findall(r'name="(file-\d+)"', desk.get(page))
    files = {name: (io.BytesIO(PDF), f"要件{number}.pdf") for number, name in enumerate(names)}
    desk.post(page, page, {"do": "save", **current_lines(desk, page), **files})


def current_lines(desk: Desk, page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(lines-\d+-\w+)" value="([^"]*)"', desk.get(page)))


def test_a_project_runs_from_initiation_to_last_payout_through_the_pages(repairs, desk, session):
    agent, clerk, reviewer, supervisor = desk("agent"), desk("clerk"), desk("reviewer"), desk("supervisor")
    finance, bank = desk("finance"), desk("bank")
    a, b, c = repairs.houses([10_000, 4_000, 50_000])
    repairs.now = repairs.now.replace(hour=9)
    back = repairs.now
    repairs.pass_days(-10)
    project = repairs.ready([{a: 10_000, b: 10_000, c: 10_000}], [14_400, 9_600])
    repairs.now = back

    # 项目立项
    page = f"/applications/new/initiation/{project.id}"
    assert "无变化" in agent.get(page)
    edit = agent.post(page, page, {}).headers["Location"]
    assert "缺少要件" in agent.get(edit)
    upload_all(agent, edit)
    show = agent.post(edit, edit, {"do": "submit"}).headers["Location"]
    application = stored(session, show)
    assert application.state is ApplicationState.SUBMITTED
    assert f"{application.number}" in agent.get("/applications/")
    assert application.number in clerk.get("/inbox/")
    clerk.post(show, show + "accept", {})
    reviewer.post(show, show + "approve-first", {"opinion": "同意"})
    assert "冻结 3 户共 240.00 元" in supervisor.get(show)
    supervisor.post(show, show + "approve-final", {"opinion": "同意"})
    assert repairs.fresh(project).state is ProjectState.RUNNING

    # 资金拨付
    page = f"/applications/new/payout/{project.id}"
    phase = repairs.fresh(project).phases[0]
    edit = agent.post(page, page, {"phase_id": str(phase.id)}).headers["Location"]
    lines = current_lines(agent, edit)
    assert lines["lines-0-amount"] == "144.00"
    upload_all(agent, edit)
    answer = agent.post(edit, edit, {"do": "submit", **lines, "lines-0-amount": "144.01"}, 422)
    assert "超出 ¥0.01" in answer.get_data(as_text=True)
    show = agent.post(edit, edit, {"do": "submit", **lines}).headers["Location"]
    clerk.post(show, show + "accept", {})
    reviewer.post(show, show + "approve-first", {})
    supervisor.post(show, show + "approve-final", {})
    payout = stored(session, show)
    line = repairs.lines(payout)[0]
    finance.post("/transfers/", "/transfers/prepare", {"pick": str(line.id)})
    assert "划转确认" in bank.get("/transfers/")
    answer = bank.post(
        "/transfers/", "/transfers/confirm", {"pick": str(line.id), "booked_on": str(clock.today())}, 422
    )
    assert "请填写银行流水号" in answer.get_data(as_text=True)
    own = {"pick": str(line.id), "alone": "1", f"serial-{line.id}": " ", "booked_on": str(clock.today())}
    told = bank.post(f"/transfers/{line.id}/", "/transfers/confirm", own, 422).get_data(as_text=True)
    assert re.findall(r'class="field-error"[^>]*id="([^"]*)">([^<]*)<', told) == [
        ("bank_serial-error", "请填写银行流水号")
    ]
    assert "确认已划转" in told  # on the line's own page
    told = bank.post(f"/transfers/{line.id}/", f"/transfers/{line.id}/refuse", {"reason": " "}, 422)
    told = told.get_data(as_text=True)
    assert re.findall(r'class="field-error"[^>]*id="([^"]*)">([^<]*)<', told) == [("reason-error", "请填写原因")]
    assert 'class="alert alert-danger"' not in told
    bank.post(f"/transfers/{line.id}/", f"/transfers/{line.id}/refuse", {"reason": "账号不存在"})
    agent.post(
        f"/transfers/{line.id}/",
        f"/transfers/{line.id}/correct",
        {"account_no": "62220000", "account_name": line.account_name, "bank_name": line.bank_name},
    )
    reviewer.post(f"/transfers/{line.id}/", f"/transfers/{line.id}/recheck", {})
    finance.post("/transfers/", "/transfers/prepare", {"pick": str(line.id)})
    confirm = {"pick": str(line.id), f"serial-{line.id}": "SN1", "booked_on": str(clock.today())}
    bank.post("/transfers/", "/transfers/confirm", confirm)
    assert repairs.fresh(line).state is TransferState.PAID

    # 项目验收
    page = f"/acceptance/project/{project.id}"
    item = repairs.fresh(project).items[0]
    form = {"completed_on": str(clock.today()), "members": "王安", "opinion": "合格", f"settled-{item.id}": "300.01"}
    assert "另立补充项目" in agent.post(page, page, form, 422).get_data(as_text=True)
    agent.post(page, page, {**form, f"settled-{item.id}": "270.00"})
    assert "释放冻结 20.00 元" in agent.get(f"/projects/{project.id}/acceptance")
    repairs.now = clock.now()
    repairs.published(project, NoticeKind.ACCEPTANCE)

    page = f"/applications/new/payout/{project.id}"
    phase = repairs.fresh(project).phases[1]
    edit = agent.post(page, page, {"phase_id": str(phase.id)}).headers["Location"]
    lines = current_lines(agent, edit)
    assert lines["lines-0-amount"] == "76.00"
    upload_all(agent, edit)
    show = agent.post(edit, edit, {"do": "submit", **lines}).headers["Location"]
    clerk.post(show, show + "accept", {})
    reviewer.post(show, show + "approve-first", {})
    supervisor.post(show, show + "approve-final", {})
    line = repairs.lines(stored(session, show))[0]
    finance.post("/transfers/", "/transfers/prepare", {"pick": str(line.id)})
    confirm = {"pick": str(line.id), f"serial-{line.id}": "SN2", "booked_on": str(clock.today())}
    bank.post("/transfers/", "/transfers/confirm", confirm)
    assert repairs.fresh(project).state is ProjectState.CLOSED
    assert repairs.paid(project) == [9_000, 4_000, 9_000]

    # every page that shows it, by everybody who may
    for who in ("agent", "clerk", "reviewer", "supervisor", "finance", "auditor"):
        for address in (show, f"/transfers/{line.id}/", "/transfers/", "/transfers/?state=paid"):
            desk(who).get(address)
    for who in ("clerk", "reviewer", "supervisor", "finance", "auditor"):
        for box in ("mine", "open", "done"):
            desk(who).get(f"/inbox/?box={box}")
    for tab in ("applications", "acceptance", "attachments"):
        agent.get(f"/projects/{project.id}/{tab}")
    file = session.query(Attachment).first()
    assert desk("other_agent").client.get(f"/attachments/{file.id}").status_code == 404
    assert desk("other_agent").client.get(show).status_code == 404
    assert desk("other_agent").client.get(f"/transfers/{line.id}/").status_code == 404
    assert desk("other_bank").client.get(f"/transfers/{line.id}/").status_code == 404
    answer = agent.client.get(f"/attachments/{file.id}")
    assert answer.data == PDF
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert reviewer.client.get(f"/attachments/{file.id}/view").headers["Content-Disposition"].startswith("inline;")
