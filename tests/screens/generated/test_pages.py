"""Every generated page in Chinese, for every role: titles, no raw codes, no None, no English left over."""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import Enum, inspect, select

from app import models
from app.domain.enums import Labelled
from app.screens import labels
from app.screens.base import Table
from app.workflows import engine
from app.workflows.policy import POLICIES
from tests.conftest import post
from tests.factories import people
from tests.screens.generated.forms import text_of

# Words that may stand in Latin letters.
ALLOWED = re.compile(
    r"Excel|xlsx|m²|[0-9a-f]{32,}|\b[0-9A-Z]{18}\b|[A-Z]{1,4}-?\d+\w*"  # hashes, credit codes, numbers like WX2026…
)
ENGLISH = re.compile(r"[A-Za-z]{2,}")


class Words(HTMLParser):
    """The text of a page and what its attributes say, without scripts and the language switch."""

    SAID = ("title", "placeholder", "aria-label", "alt", "data-confirm", "data-confirm-label")

    def __init__(self):
        super().__init__()
        self.found, self.silent = [], 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("script", "style", "svg")
        values = dict(attrs)
        if "language" not in (values.get("class") or ""):
            self.found += [values[name] for name in self.SAID if values.get(name)]

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style", "svg")

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.found.append(data.strip())


def words_of(answer) -> list[str]:
    parser = Words()
    parser.feed(text_of(answer))
    return parser.found


def english_in(answer) -> list[str]:
    return [text for text in words_of(answer) if ENGLISH.search(ALLOWED.sub("", text))]


def generated(app) -> list[Table]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, Table)]


@pytest.mark.parametrize("user", ["clerk", "finance", "auditor", "agent"])
def test_generated_pages_are_chinese_throughout(app, signed_in, businesses, user):
    client, faults = signed_in(user), []
    for view in generated(app):
        first = client.get(f"{view.route_base}/list/")
        if first.status_code == 403:
            continue
        base = re.escape(view.route_base)
        addresses = set(re.findall(rf'href="({base}/(?:show|edit)/[^"/]+|{base}/add)"', text_of(first)))
        for address in [f"{view.route_base}/list/", *sorted(addresses)[:6]]:
            answer = client.get(address)
            assert answer.status_code == 200, address
            faults += [f"{address}: {text}" for text in english_in(answer)]
            faults += [f"{address}: None" for text in words_of(answer) if text in ("None", "True", "False")]
    assert faults == []


@pytest.mark.parametrize(
    "address", ["/", "/messages/", "/search/?q=安居", "/search/?q=x", "/accounts/", "/policies/", "/nowhere"]
)
def test_hand_made_pages_are_chinese_throughout(signed_in, businesses, address):
    client = signed_in("supervisor")
    assert english_in(client.get(address)) == []


def test_titles_name_what_is_shown(signed_in, city):
    client = signed_in("clerk")
    for address, title in (
        ("/houses/list/", "房屋"),
        ("/houses/add", "添加房屋"),
        (f"/houses/edit/{city.houses[0].id}", "编辑房屋"),
        (f"/houses/show/{city.houses[0].id}", "1幢1单元101"),
    ):
        page = text_of(client.get(address))
        assert re.search(r'<h1 class="panel-title">([^<]*)</h1>', page)[1] == title
        assert f"<title>{title} · 云溪市住宅专项维修资金管理平台</title>" in page


def test_every_listed_column_has_a_chinese_label(app):
    missing = [
        f"{view.endpoint}.{name}"
        for view in generated(app)
        for name in {*view.list_columns, *view.show_columns, *view.searches}
        if ENGLISH.search(ALLOWED.sub("", (view.label_columns or {}).get(name) or labels.COLUMNS.get(name, name)))
    ]
    assert missing == []


def test_every_table_of_the_model_has_a_chinese_name():
    tables = {model.__tablename__ for model in vars(models).values() if hasattr(model, "__tablename__")}
    silent = {"chain_heads", "number_sequences", "submissions", "login_failures", "attachment_checks"}
    assert sorted(tables - set(labels.TABLES) - silent) == []


def test_sorted_column_says_so(signed_in, city):
    page = text_of(signed_in("clerk").get("/houses/list/?sort=use&order=desc"))
    assert re.search(r'<th aria-sort="descending"><a [^>]*>用途', page)


def test_empty_list_says_what_to_do(signed_in, city):
    page = text_of(signed_in("clerk").get("/holidays/list/"))
    assert "还没有工作日历" in page
    assert "按国务院办公厅公布的放假安排" in page


def test_buttons_follow_the_right(signed_in, city):
    assert "/houses/add" in text_of(signed_in("clerk").get("/houses/list/"))
    agent = text_of(signed_in("agent").get("/houses/list/"))
    assert "/houses/add" not in agent
    assert "/houses/delete/" not in agent
    assert "/houses/edit/" not in agent


def test_menu_leads_only_where_one_may_go(signed_in, businesses):
    for user in (name for name in people.CAST if not name.startswith(("other", "second_"))):
        client = signed_in(user)
        menu = re.search(r'<nav class="sidebar".*?</nav>', text_of(client.get("/")), re.S)[0]
        for address in re.findall(r'href="([^"]+)"', menu):
            assert client.get(address).status_code == 200, (user, address)


def test_present_page_is_marked_in_the_menu(signed_in, city):
    page = text_of(signed_in("clerk").get(f"/houses/edit/{city.houses[0].id}"))
    assert re.findall(r'aria-current="page">([^<]+)', page) == ["房屋"]


def test_audit_trail_says_enums_by_their_label(app):
    from app.screens.audit import in_words

    with app.test_request_context():
        assert in_words("projects", "state", "draft") == "编制中"
        assert in_words("houses", "name", None) == "—"


def test_every_act_in_the_code_has_a_chinese_name():
    """Names of transitions, and words handed to audit.record() and the like, found in the source."""
    named = re.compile(r'(?:audit\.record|saved)\(\s*[\w.]+,\s*[\w.]+(?:\([^()]*\))?,\s*"([a-z_]+)"')
    missing = {
        name
        for path in Path(labels.__file__).parents[1].rglob("*.py")
        for name in named.findall(path.read_text(encoding="utf-8"))
    }
    for name in ("projects", "votes", "notices", "applications", "payouts", "acceptance"):
        flow = importlib.import_module(f"app.workflows.{name}.flow")
        for value in vars(flow).values():
            if isinstance(value, engine.Flow):
                missing |= {row.name for row in value.transitions}
    assert sorted(missing - set(labels.ACTIONS)) == []


def test_every_vocabulary_value_has_a_label(app):
    """So that no list, filter or audit line shows a stored code."""
    for model in vars(models).values():
        if not hasattr(model, "__tablename__"):
            continue
        for column in inspect(model).columns:
            kind = getattr(column.type, "enum_class", None) if isinstance(column.type, Enum) else None
            assert kind is None or (issubclass(kind, Labelled) and all(member.label for member in kind))


def test_search_needs_two_characters_and_keeps_to_the_own_rows(signed_in, businesses):
    client = signed_in("agent")
    assert "请输入至少两个字" in text_of(client.get("/search/?q=1"))
    page = text_of(client.get("/search/?q=鸿雁"))
    assert "没有找到" in page
    assert "电梯更换" in text_of(client.get("/search/?q=电梯"))


def test_message_of_another_user_does_not_exist(signed_in, session, businesses):
    message = session.scalars(select(models.Message.id)).first()
    assert post(signed_in("clerk"), f"/messages/{message}/open").status_code == 404


def test_language_stays_on_this_site(signed_in, cast):
    client = signed_in("agent")
    answer = post(client, "/language", {"locale": "en", "back": "//evil.example/"})
    assert answer.location == "/"
    assert post(client, "/language", {"locale": "fr"}).status_code == 400


def test_policies_have_chinese_labels_and_choices():
    from app.screens.policies import CHOICES

    assert [name for name, policy in POLICIES.items() if ENGLISH.search(policy.label)] == []
    choices = {choice for policy in POLICIES.values() for choice in policy.choices}
    assert sorted(choices - set(CHOICES)) == []


def test_categories_stand_below_the_one_they_belong_to(signed_in, city):
    page = text_of(signed_in("clerk").get("/equipment-categories/list/"))
    names = re.findall(r'<a href="/equipment-categories/show/\d+">([^<]+)</a>', page)
    assert names == ["电梯", "曳引机", "屋面", "防水层"]
