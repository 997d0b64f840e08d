"""The flow of wishes; an application waits for the confirmation; two at once are one after the other."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import func, select

from app import tenancy
from app.domain.enums import ApplicationState, OrganisationKind
from app.domain.enums import WishState as S
from app.domain.errors import Refusal
from app.extensions import db
from app.models import AreaWish, Organisation, OrganisationPaper, PlatformUser, ServiceContract
from app.permissions import PUBLIC, SYSTEM
from app.transaction import unit_of_work
from app.workflows.attachments.rules import registration_requirements
from app.workflows.engine import Context
from app.workflows.registration import confirmation, drafts
from app.workflows.registration.actions import WINDOW, Typed, register
from app.workflows.registration.flow import WISH
from tests.conftest import post
from tests.factories import people
from tests.factories.people import actor, add_organisation
from tests.factories.repairs import Repairs
from tests.factories.strangers import CODE, IDENTITY, MOBILE, scan
from tests.support.threads import together

pytestmark = pytest.mark.workflow


def test_the_flow_is_this_table():
    rows = {(source, row.name, row.target) for row in WISH.transitions for source in row.sources}
    assert rows == {
        (S.WAITING, "grant_wish", S.GRANTED),
        (S.DECLINED, "grant_wish", S.GRANTED),
        (S.WAITING, "decline_wish", S.DECLINED),
        (S.GRANTED, "decline_wish", S.DECLINED),
    }


def test_an_application_of_an_unconfirmed_organisation_is_not_accepted(signed_in, session, city, cast):
    repairs = Repairs(session, city, cast)
    a, b = repairs.houses([100_000, 4_000])
    application = repairs.open_initiation(repairs.ready([{a: 10_000, b: 10_000}], [10_000, 4_000]))
    repairs.submit(application)
    with unit_of_work() as work:
        work.get(Organisation, city.company.id).papers_confirmed = False
    clerk, page = signed_in("clerk"), f"/applications/{application.id}/"
    text = clerk.get(page).get_data(as_text=True)
    sentence = "申请单位的注册资料尚未核对，请先在“机构注册待核”中核收纸质要件并确认"
    assert sentence in text and f'href="/registrations/{city.company.id}/"' in text and "资料待核" in text
    with pytest.raises(Refusal, match="申请单位的注册资料尚未核对"):
        repairs.act("clerk", application, "accept")
    with unit_of_work() as work:
        work.get(Organisation, city.company.id).papers_confirmed = True
    repairs.act("clerk", application, "accept")
    assert repairs.fresh(application).state is ApplicationState.IN_REVIEW


def typed(username: str, code: str | None, area_ids: tuple[int, ...]) -> Typed:
    return Typed(
        kind=OrganisationKind.PROPERTY_COMPANY, name=f"企业{username}", credit_code=code, legal_representative="甲",
        address="乙", founded_on=None, registered_capital=None, qualification="", contact="丙", phone=MOBILE, email="",
        agent_name="丁", agent_identity=IDENTITY, username=username, password_hash=people.password_hash(),
        area_ids=area_ids,
    )  # fmt: skip


def filled_draft(now) -> str:
    """A draft with all files; its token."""
    token = drafts.new_token()
    with unit_of_work() as work:
        draft = drafts.open_draft(work, token, now)
        for row in registration_requirements(work):
            drafts.hold(work, draft, row.id, "a.pdf", scan(), now)
    return token


def at_once(app, *acts) -> list[str]:
    """Each act in a thread of its own; what each was told, sorted."""
    told = []

    def run(what) -> None:
        with app.app_context():
            try:
                with unit_of_work() as work:
                    tenancy.enter(work, SYSTEM)
                    what(work)
                told.append("done")
            except Refusal as refusal:
                told.append(str(refusal.sentence))
            finally:
                db.session.remove()

    together([partial(run, act) for act in acts])
    return sorted(told)


@pytest.mark.parametrize(
    ("names", "codes", "refusal"),
    [
        (("one", "two"), (CODE, CODE), str(WINDOW)),
        (("one", "one"), (None, None), "用户名“one”已被使用"),
    ],
)
def test_the_same_code_or_name_twice_at_once_registers_one(app, session, lists, free_area, names, codes, refusal):
    now = people.LONG_AGO
    tokens = [filled_draft(now) for _ in names]
    area = (free_area.id,)
    session.rollback()

    def act(place: int):
        def do(work) -> None:
            draft = drafts.open_draft(work, tokens[place], now)
            register(typed(names[place], codes[place], area), draft, Context(work, PUBLIC, now), address="")

        return do

    told = at_once(app, act(0), act(1))
    assert told[0] == "done" or told[1] == "done"
    assert [text for text in told if text != "done"] in ([refusal], ["该用户名已被使用"])
    assert session.scalar(select(func.count()).where(Organisation.registered_at.is_not(None))) == 1


def test_two_companies_confirmed_at_once_do_not_get_the_same_area(app, session, lists, cast, free_area):
    with unit_of_work() as work:
        company = OrganisationKind.PROPERTY_COMPANY
        made = [add_organisation(work, company, name, papers_confirmed=False) for name in ("甲企业", "乙企业")]
        work.add_all(AreaWish(organisation_id=one.id, area_id=free_area.id) for one in made)
        keys = [one.id for one in made]
        papers = {row.id: 1 for row in registration_requirements(work)}
    clerk, now, area = cast.clerk.id, people.LONG_AGO, free_area.id
    session.rollback()

    def act(key: int):
        def do(work) -> None:
            who = actor(work, work.get(PlatformUser, clerk), now.date())
            confirmation.confirm(key, papers, Context(work, who, now))

        return do

    assert at_once(app, *map(act, keys)) == ["done", "done"]
    session.rollback()
    held = session.scalars(select(ServiceContract.organisation_id).where(ServiceContract.area_id == area)).all()
    assert len(held) == 1
    states = session.scalars(select(AreaWish.state).order_by(AreaWish.state)).all()
    assert sorted(states) == sorted([S.GRANTED, S.DECLINED])
    assert session.scalar(select(func.count()).select_from(OrganisationPaper)) == 6


def test_two_clerks_who_confirm_at_once_get_one_success_and_one_conflict(signed_in, session, registered, asked_papers):
    made = registered()
    first, second = signed_in("clerk"), signed_in("clerk")
    values = {"version": str(made.version), **asked_papers}
    answers = [post(client, f"/registrations/{made.id}/confirm", values).status_code for client in (first, second)]
    assert answers == [302, 409]


@pytest.fixture
def asked_papers(session, lists) -> dict[str, str]:
    return {f"paper-{row.id}": "1" for row in registration_requirements(session)}
