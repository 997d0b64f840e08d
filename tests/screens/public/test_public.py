"""The public site: what is shown to everybody, and above all what is not."""

from __future__ import annotations

import io
from datetime import timedelta

import pypdf
import pytest

import config
from app import clock, create_app
from app.domain.enums import Answer, NoticeKind
from app.domain.money import format_yuan
from app.extensions import db, limiter
from app.models import HouseAccount, Notice, NoticeRow, Owner
from app.transaction import unit_of_work
from app.workflows.notices import actions
from app.workflows.votes import actions as votes
from tests.factories.repairs import Repairs

pytestmark = pytest.mark.isolation


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    """The desk, on the clock of the application."""
    return Repairs(session, city, cast, now=clock.now().replace(microsecond=0))


@pytest.fixture
def notice(repairs, city) -> Notice:
    """A notice over the test city's own houses, whose owners have names, numbers and phones."""
    shares = {house: 10_000 + index for index, house in enumerate(city.houses[:11])}
    project = repairs.project([shares], [55_000, 55_055])
    vote = repairs.do("agent", lambda ctx: votes.open_vote(project, ctx))
    answers = dict.fromkeys((house.id for house in city.houses[:11]), Answer.AGREE)
    repairs.do("agent", lambda ctx: votes.enter_answers(vote, ctx, answers))
    repairs.do("agent", lambda ctx: votes.close_vote(vote, ctx))
    return repairs.published(repairs.fresh(project))


def test_signed_out_start_leads_to_the_public_site(client, city):
    answer = client.get("/")
    assert (answer.status_code, answer.location) == (302, "/public/")
    assert client.get("/public/").status_code == 200


def test_pages_leak_no_names_numbers_phones_or_balances(client, repairs, notice):
    owners = repairs.session.query(Owner).all()
    secrets = {owner.name for owner in owners if len(owner.name) > 1}
    secrets |= {owner.identity_number for owner in owners} | {owner.phone for owner in owners}
    secrets |= {owner.identity_hash for owner in owners}
    accounts = repairs.session.query(HouseAccount).all()
    secrets |= {f"{(row.principal + row.interest) // 100:,}." for row in accounts if row.principal > 1_000_000}
    secrets |= {"13800000001", "李维"}  # the project's contact
    for path in ("/public/", "/public/notices/", "/public/notices/?when=past", f"/public/notices/{notice.id}/"):
        page = client.get(path)
        text = page.get_data(as_text=True)
        assert (path, page.status_code) == (path, 200)
        assert (path, sorted(secret for secret in secrets if secret and secret in text)) == (path, [])


def test_what_the_fund_pays_of_a_house_is_not_shown_as_it_would_be_its_balance(client, repairs, city):
    """The first house's share is above its balance, so the fund pays all that it has, and no more."""
    balance = repairs.session.get(HouseAccount, city.houses[0].id).balance
    fund = balance + 10 * 10_000
    shares = dict.fromkeys(city.houses[1:11], 10000) | {city.houses[0]: balance + 5_500}
    project = repairs.project([shares], [fund - 10_000, 10_000])
    repairs.voted(project)
    notice = repairs.published(repairs.fresh(project))
    page = client.get(f"/public/notices/{notice.id}/").get_data(as_text=True)
    pdf = client.get(f"/papers/public_notice/{notice.id}.pdf").get_data()
    printed = "".join(part.extract_text() for part in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    for text in (page, printed):
        shown = (format_yuan(balance + 5_500) in text, format_yuan(fund) in text, format_yuan(balance) in text)
        assert shown == (True, True, False)


def test_list_of_a_notice_is_masked(client, notice):
    page = client.get(f"/public/notices/{notice.id}/").get_data(as_text=True)
    assert (page.count("张**"), page.count("李**")) == (3, 2)


def test_list_is_searched_by_house_and_not_by_owner(client, notice):
    found = client.get(f"/public/notices/{notice.id}/?search=2幢1单元201").get_data(as_text=True)
    assert (found.count("周**"), found.count("张**")) == (1, 0)
    assert "没有找到这个房号" in client.get(f"/public/notices/{notice.id}/?search=周八").get_data(as_text=True)


def test_search_takes_wildcards_as_they_are(client, notice):
    for text in ("%", "_", "' OR 1=1 --"):
        assert notice.title not in client.get("/public/notices/", query_string={"search": text}).get_data(as_text=True)


def test_notice_is_current_until_midnight_and_past_afterwards(client, repairs, notice):
    def lists() -> tuple[bool, bool]:
        current = client.get("/public/notices/").get_data(as_text=True)
        past = client.get("/public/notices/?when=past").get_data(as_text=True)
        return notice.number in current, notice.number in past

    assert lists() == (True, False)
    with unit_of_work() as session:
        session.get(Notice, notice.id).closes_on = clock.today()
    assert lists() == (True, False)
    with unit_of_work() as session:
        session.get(Notice, notice.id).closes_on = clock.today() - timedelta(days=1)
    assert lists() == (False, True)


def test_withdrawn_notice_shows_only_that_and_why(client, repairs, notice):
    repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="清册有误"))
    answer = client.get(f"/public/notices/{notice.id}/")
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "清册有误" in page, "张**" in page) == (410, True, False)
    assert notice.number not in client.get("/public/notices/").get_data(as_text=True)


def test_superseded_edition_points_to_the_new_one(client, repairs, notice):
    project = repairs.fresh(notice).project
    newer = repairs.published(project, NoticeKind.INITIATION)
    page = client.get(f"/public/notices/{notice.id}/").get_data(as_text=True)
    assert f'href="/public/notices/{newer.id}/"' in page
    listed = client.get("/public/notices/").get_data(as_text=True)
    assert (newer.number in listed, notice.number in listed) == (True, False)


@pytest.mark.parametrize("path", ["/public/notices/999999/", "/public/notices/99999999999999999999/"])
def test_unknown_notice_is_not_found(client, notice, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("query", ["?page=0", "?page=x", "?size=-1"])
def test_broken_page_numbers_are_refused(client, notice, query):
    assert client.get("/public/notices/" + query).status_code == 400


def test_developer_is_named_and_persons_are_not(client, repairs, notice):
    with unit_of_work() as session:
        row = session.query(NoticeRow).filter_by(notice_id=notice.id, owner_name="").one()
        row.owner_name = "云溪锦绣置业有限公司"
        kept = session.get(Notice, notice.id)
        kept.content = kept.content.replace('"developer": ""', '"developer": "云溪锦绣置业有限公司"')
    assert "云溪锦绣置业有限公司" in client.get(f"/public/notices/{notice.id}/").get_data(as_text=True)


def test_signed_in_user_reads_the_public_pages_as_the_public(signed_in, notice):
    assert signed_in("other_agent").get(f"/public/notices/{notice.id}/").status_code == 200


def test_reading_too_fast_is_slowed_down(app, city):
    class Limited(config.Testing):
        SQLALCHEMY_DATABASE_URI = app.config["SQLALCHEMY_DATABASE_URI"]
        DATA_DIR = app.config["DATA_DIR"]
        RATELIMIT_ENABLED = True

    limited = create_app(Limited())
    try:
        client = limited.test_client()
        codes = [client.get("/public/notices/").status_code for _ in range(121)]
    finally:
        limiter.enabled = False
        with limited.app_context():
            db.engine.dispose()
    assert (codes[0], codes[119], codes[120]) == (200, 200, 429)


def test_html_in_names_is_shown_as_text(client, repairs, notice):
    with unit_of_work() as session:
        session.get(Notice, notice.id).title = "<script>alert(1)</script>"
    page = client.get("/public/notices/").get_data(as_text=True)
    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_pdf_of_a_notice_comes_without_sign_in_and_leaves_with_the_notice(client, repairs, notice):
    answer = client.get(f"/papers/public_notice/{notice.id}.pdf")
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
    names = {owner.name for owner in repairs.session.query(Owner) if len(owner.name) > 1}
    assert sorted(name for name in names if name in text) == []
    assert "张**" in text
    repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="清册有误"))
    assert client.get(f"/papers/public_notice/{notice.id}.pdf").status_code == 410


@pytest.mark.parametrize("paper", ["budget_list", "initiation_notice", "voting_sheet"])
def test_other_papers_ask_to_sign_in(client, notice, paper):
    assert client.get(f"/papers/{paper}/1.pdf").status_code == 302
