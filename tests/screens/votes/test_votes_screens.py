"""The vote through the browser's eyes: question, entry, saving, Excel round trip, result; strangers find nothing."""

from __future__ import annotations

import io
import json
import re

import openpyxl
import pytest

from app.domain.enums import Answer, BallotSource, VoteState
from app.models import Ballot, Vote
from tests.conftest import csrf_token, post
from tests.factories.repairs import Repairs


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    """The desk, on the clock of the application."""
    from app import clock

    return Repairs(session, city, cast, now=clock.now().replace(microsecond=0))


@pytest.fixture
def project(repairs):
    return repairs.project([dict.fromkeys(repairs.houses([10_000] * 3), 3000)], [4500, 4500])


@pytest.fixture
def vote(repairs, project) -> Vote:
    from app.workflows.votes import actions

    return repairs.do("agent", lambda ctx: actions.open_vote(project, ctx))


def answers_of(repairs, vote) -> list[str]:
    repairs.session.rollback()
    query = repairs.session.query(Ballot).filter_by(vote_id=vote.id).order_by(Ballot.sort_key)
    return [ballot.answer.value for ballot in query]


def send(client, vote, answers, *, number="JX2026001", version=1, key="k" * 24):
    page = client.get(f"/votes/{vote.id}/")
    body = {"form_key": key, "version": version, "number": number, "answers": answers}
    headers = {"X-CSRFToken": csrf_token(page)}
    return client.post(f"/votes/{vote.id}/answers", json=body, headers=headers, follow_redirects=True)


def test_question_opens_the_vote_once(signed_in, repairs, project):
    client = signed_in("agent")
    page = client.get(f"/votes/project/{project.id}/sheet")
    assert page.status_code == 200
    assert "共 3 户、300.00 m²，预算 90.00 元" in page.get_data(as_text=True)
    data = {"version": project.version, "form_key": "once" * 6}
    first = post(client, f"/votes/project/{project.id}/open", data)
    again = post(client, f"/votes/project/{project.id}/open", data)
    assert (first.status_code, again.status_code, first.location) == (302, 302, again.location)
    repairs.session.rollback()
    assert repairs.session.query(Vote).count() == 1


def test_stale_question_is_a_conflict(signed_in, project):
    client = signed_in("agent")
    answer = post(client, f"/votes/project/{project.id}/open", {"version": project.version + 1})
    assert answer.status_code == 409


def test_wrong_end_is_told_at_the_field(signed_in, project):
    data = {"version": project.version, "ends_on": "2020-01-01"}
    answer = post(signed_in("agent"), f"/votes/project/{project.id}/open", data)
    assert (answer.status_code, "表决截止日期不能早于今天" in answer.get_data(as_text=True)) == (422, True)


def test_entry_page_starts_with_no_choice_made(signed_in, vote):
    page = signed_in("agent").get(f"/votes/{vote.id}/entry").get_data(as_text=True)
    data = json.loads(re.search(r'id="vote-data"[^>]*>(.*?)</script>', page, re.S).group(1))
    assert [row[5] for row in data["rows"]] == [-1, -1, -1]
    assert [row[3] for row in data["rows"]] == [10000, 10000, 10000]


def test_page_carries_no_identity_number_phone_or_code(signed_in, repairs, vote):
    page = signed_in("agent").get(f"/votes/{vote.id}/entry").get_data(as_text=True)
    ballots = repairs.session.query(Ballot).filter_by(vote_id=vote.id).all()
    secret = [row.code for row in ballots] + [row.head for row in ballots]
    owners = [repairs.session.get(type(repairs.city.houses[0]), row.house_id).owner for row in ballots]
    secret += [owner.identity_number for owner in owners] + [owner.phone for owner in owners]
    assert [text for text in secret if text in page] == []


def test_changed_rows_are_stored_and_a_repetition_has_no_second_effect(signed_in, repairs, vote):
    client = signed_in("agent")
    houses = [str(row.house_id) for row in repairs.session.query(Ballot).order_by(Ballot.sort_key)]
    stored = send(client, vote, {houses[0]: "agree", houses[1]: "against"})
    assert (stored.status_code, stored.json["version"], stored.json["number"]) == (200, 2, "JX2026001")
    assert answers_of(repairs, vote) == ["agree", "against", "none"]
    again = send(client, vote, {houses[0]: "agree", houses[1]: "against"})
    assert (again.status_code, again.json["version"]) == (200, 2)  # the same form: the first answer again
    assert send(client, vote, {houses[0]: "against"}).status_code == 409  # its key with other answers: told
    assert answers_of(repairs, vote) == ["agree", "against", "none"]
    assert send(client, vote, {houses[0]: "against"}, key="n" * 24).status_code == 409  # stale version


@pytest.mark.parametrize(
    "answers", [{"x": "agree"}, {"1": "yes"}, [], {"9" * 30: "agree"}, {"1": None}, {"１": "agree"}]
)
def test_broken_answers_are_refused(signed_in, repairs, vote, answers):
    assert send(signed_in("agent"), vote, answers).status_code == 400
    assert answers_of(repairs, vote) == ["none", "none", "none"]


def test_used_number_is_told_with_its_field(signed_in, repairs, vote):
    repairs.do("agent", lambda ctx: ctx.session.merge(vote)).number = "x"
    repairs.session.rollback()
    refused = send(signed_in("agent"), vote, {}, number="长" * 41)
    assert (refused.status_code, refused.json["field"]) == (422, "number")


def test_ending_shows_the_verdict_and_what_is_missing(signed_in, repairs, vote):
    client = signed_in("agent")
    ended = post(client, f"/votes/{vote.id}/close", {"version": 1}, follow_redirects=True)
    page = ended.get_data(as_text=True)
    assert repairs.fresh(vote).state == VoteState.FAILED
    assert "还差 200.00 m²" in page
    assert "还差 2 人" in page


def test_result_shows_exact_fractions_what_is_needed_and_what_lacks(signed_in, repairs, vote):
    """Three houses of 100 m² each: two thirds are 200 m² and 2 persons."""
    first, second, _third = (row.house_id for row in repairs.session.query(Ballot).order_by(Ballot.sort_key))
    client = signed_in("agent")
    send(client, vote, {first: "agree"})
    page = client.get(f"/votes/{vote.id}/").get_data(as_text=True)
    assert "100.00 / 300.00 m²，须达到 200.00 m²" in page
    assert "1 / 3 人，须达到 2 人" in page
    assert "还差 100.00 m²" in page
    send(client, vote, {second: "agree"}, version=2, key="l" * 24)
    page = client.get(f"/votes/{vote.id}/").get_data(as_text=True)
    assert page.count("刚好达到") == 2


def test_missing_households_are_a_list_and_an_excel_sheet(signed_in, repairs, vote):
    houses = [row.house_id for row in repairs.session.query(Ballot).order_by(Ballot.sort_key)]
    client = signed_in("agent")
    send(client, vote, {houses[1]: "agree"})
    page = client.get(f"/votes/{vote.id}/?only=unanswered").get_data(as_text=True)
    assert re.findall(r'<td class="main-cell">(.*?)</td>', page) == ["11幢001", "11幢003"]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/votes/{vote.id}/missing.xlsx").data))
    rows = [tuple(cell.value for cell in row) for row in book.active.iter_rows(min_row=2)]
    assert rows == [("1", "11幢001", "业主1-1", 100, 30), ("2", "11幢003", "业主1-3", 100, 30)]


def test_stale_page_is_refused_and_reads_how_the_vote_stands_now(signed_in, repairs, vote):
    houses = [row.house_id for row in repairs.session.query(Ballot).order_by(Ballot.sort_key)]
    agent, admin = signed_in("agent"), signed_in("org_admin")
    send(agent, vote, {houses[0]: "agree"})
    late = send(admin, vote, {houses[2]: "against"}, key="m" * 24)
    assert (late.status_code, answers_of(repairs, vote)) == (409, ["agree", "none", "none"])
    now = admin.get(f"/votes/{vote.id}/now").get_json()
    assert (now["version"], now["open"]) == (2, True)
    assert now["answers"] == {str(houses[0]): [0, 0], str(houses[1]): [-1, 0], str(houses[2]): [-1, 0]}
    send(admin, vote, {houses[2]: "against"}, version=now["version"], key=now["form_key"])
    assert answers_of(repairs, vote) == ["agree", "none", "against"]


def upload(client, vote, data: bytes, name: str = "表决结果.xlsx"):
    token = csrf_token(client.get("/account/password"))
    form = {"csrf_token": token, "file": (io.BytesIO(data), name)}
    return client.post(f"/votes/{vote.id}/import", data=form, content_type="multipart/form-data")


def filled(client, vote, *opinions: str | None, **cells: object) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/votes/{vote.id}/answers.xlsx").data))
    sheet = book.active
    for row, opinion in enumerate(opinions, start=2):
        sheet.cell(row, 5).value = opinion
    for place, value in cells.items():
        sheet[place] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_excel_goes_out_and_comes_back_after_a_preview(signed_in, repairs, vote):
    client = signed_in("agent")
    preview = upload(client, vote, filled(client, vote, "同意", "弃权", None))
    page = preview.get_data(as_text=True)
    assert (preview.status_code, answers_of(repairs, vote)) == (200, ["none", "none", "none"])
    answers = re.search(r'name="answers" value="([^"]+)"', page).group(1).replace("&#34;", '"')
    stored = post(client, f"/votes/{vote.id}/import/confirm", {"version": 1, "answers": answers})
    assert (stored.status_code, answers_of(repairs, vote)) == (302, ["agree", "abstain", "none"])
    sources = [row.source for row in repairs.session.query(Ballot).order_by(Ballot.sort_key)]
    assert sources == [BallotSource.IMPORTED, BallotSource.IMPORTED, None]


def test_faulty_cells_are_named_and_nothing_is_stored(signed_in, repairs, vote):
    client = signed_in("agent")
    own = str(repairs.session.query(Ballot).order_by(Ballot.sort_key).first().house_id)
    data = filled(client, vote, "赞成", "同意", "同意", A3=own, A4=str(repairs.city.other.houses[0].id))
    answer = upload(client, vote, data)
    cells = re.findall(r'<tr class="is-faulty"><td class="num">(\d+)</td><td>(.*?)</td>', answer.get_data(as_text=True))
    assert (answer.status_code, cells) == (422, [("2", "意见"), ("4", "房屋编号")])
    data = filled(client, vote, "同意", "同意", None, A3=own)
    cells = re.findall(r'<tr class="is-faulty"><td class="num">(\d+)</td><td>(.*?)</td>.*?<td>(与.*?)</td>',
                       upload(client, vote, data).get_data(as_text=True))  # fmt: skip
    assert cells == [("3", "房屋编号", "与第 2 行重复")]
    assert answers_of(repairs, vote) == ["none", "none", "none"]


@pytest.mark.parametrize(("data", "name"), [(b"", "a.xlsx"), (b"not a workbook", "a.xlsx"), (b"", "")])
def test_file_that_is_no_list_is_refused(signed_in, vote, data, name):
    assert upload(signed_in("agent"), vote, data, name).status_code == 422


def test_another_company_finds_no_vote(signed_in, repairs, vote):
    client = signed_in("other_agent")
    paths = ("", "entry", "answers.xlsx", "missing.xlsx", "import", "stored", "now")
    assert {path: client.get(f"/votes/{vote.id}/{path}").status_code for path in paths} == dict.fromkeys(paths, 404)
    for path in ("close", "void", "import/confirm"):
        data = {"version": 1, "reason": "x", "answers": "{}"}
        assert post(client, f"/votes/{vote.id}/{path}", data).status_code == 404
    assert repairs.fresh(vote).state == VoteState.OPEN


def test_void_without_a_reason_keeps_the_vote(signed_in, repairs, vote):
    post(signed_in("agent"), f"/votes/{vote.id}/void", {"version": 1, "reason": " "})
    assert repairs.fresh(vote).state == VoteState.OPEN
    post(signed_in("agent"), f"/votes/{vote.id}/void", {"version": 1, "reason": "清册有误"})
    assert (repairs.fresh(vote).state, repairs.fresh(vote).void_reason) == (VoteState.VOID, "清册有误")


def test_clerk_reads_the_result_and_enters_nothing(signed_in, vote):
    client = signed_in("clerk")
    assert client.get(f"/votes/{vote.id}/").status_code == 200
    assert client.get(f"/votes/{vote.id}/entry").status_code == 403


def test_answers_are_the_vocabulary(vote):
    assert [answer.value for answer in Answer] == ["agree", "against", "abstain", "none"]
