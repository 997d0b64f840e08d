"""Both catalogues are complete, and pages speak one language: the reader's. What stands in the database is data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from sqlalchemy import select

import config
from app.extensions import db
from tests.conftest import post
from tools import translations as tool

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%|\{\w+\}")
HAN = re.compile(r"[\u4e00-\u9fff]+")
LATIN = re.compile(r"[A-Za-z]{3,}")
# The switch names each language in its own words.
SWITCH = re.compile(r"简体中文|中文|English|换成")
# What Chinese pages write in Latin letters.
LATIN_WORDS = re.compile(r"https?://\S+|Excel|WPS|PDF|pdf|jpg|png|xlsx|zip")
# What English pages quote as it is written on papers and in files: examples, masked names, amounts in capitals.
QUOTED = re.compile(r"锦绣 3号楼 702|3号楼|1幢|1单元|春节|.\*+|人民币\w+")
PAGES = {
    "agent": (
        "/", "/account/", "/messages/", "/projects/", "/projects/new/normal", "/projects/1/basics",
        "/projects/1/items", "/projects/1/merged", "/projects/1/plan", "/projects/1/records", "/projects/1/votes",
        "/projects/1/picker", "/applications/", "/applications/1/", "/notices/", "/notices/1/", "/votes/1/",
        "/votes/1/entry", "/areas/list/", "/contractors/list/", "/contractors/add", "/accounts/", "/accounts/1",
        "/transfers/", "/equipment/add", "/search/?q=zz", "/nowhere",
    ),
    "": (
        "/login", "/public/register/", "/public/register/agreement", "/public/register/company/",
        "/public/register/committee/",
    ),
    "org_admin": ("/registration/own", "/area-change/", "/my-areas/", "/handovers/"),
    "clerk": (
        "/registrations/", "/registrations/4/", "/organisations/show/4", "/contracts/",
        "/", "/inbox/", "/inbox/?box=open", "/applications/1/", "/roster/", "/areas/add", "/buildings/list/",
        "/houses/list/", "/houses/add", "/houses/show/1", "/owners/list/", "/organisations/edit/1",
        "/requirements/list/", "/requirements/add", "/holidays/add",
    ),
    "finance": (
        "/", "/transfers/", "/transfers/1/", "/roster/openings/", "/escrow-accounts/list/", "/accounts/",
        "/journal-entries/list/", "/policies/", "/public/", "/public/notices/",
    ),
    "auditor": ("/", "/audit/list/", "/notices/", "/projects/", "/inbox/?box=done", "/jobs/1"),
    "supervisor": ("/policies/review_days", "/policies/vote_rule", "/policies/audit_report_above_fen"),
    "security": ("/users/", "/users/add", "/users/1/"),
}  # fmt: skip


def messages(language: str) -> list[Message]:
    with (tool.CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_every_text_is_translated(language):
    assert [message.id for message in messages(language) if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_placeholders_are_the_same_on_both_sides(language):
    def places(text):
        return sorted(PLACEHOLDER.findall(text))

    assert [message.id for message in messages(language) if places(message.id) != places(message.string)] == []


def test_english_texts_hold_no_chinese_but_what_they_quote():
    told = {message.id: SWITCH.sub("", QUOTED.sub("", message.string)) for message in messages("en")}
    columns = ("分摊金额", "意见", "同意", "反对", "弃权", "未投票")  # of workbooks, which are in Chinese
    assert [key for key, text in told.items() if set(HAN.findall(text)) - set(columns)] == []


class Shown(HTMLParser):
    """Every text that a page shows or reads aloud."""

    def __init__(self):
        super().__init__()
        self.texts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")
        named = dict(attrs)
        spoken = [named.get(name) for name in ("aria-label", "title", "placeholder", "data-label", "data-confirm")]
        self.texts += [text for text in spoken if text]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if data.strip() and not self.hidden:
            self.texts.append(data.strip())


def data(session) -> list[str]:
    """Every text that stands in the database, longest first."""
    session.rollback()
    found = {config.Config.CITY_NAME}
    for table in db.metadata.sorted_tables:
        for row in session.execute(select(table)):
            for value in row:
                found.update(words(value))
    return sorted((text for text in found if len(text) > 1), key=len, reverse=True)


def words(value) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from words(part)
    elif isinstance(value, str):
        yield value
        if value.startswith(("{", "[")):
            yield from words(json.loads(value))


def foreign(html: str, data: list[str], pattern: re.Pattern, own: re.Pattern) -> list[str]:
    """The texts in which the pattern is found once data and the words that may stand there are taken out."""
    page = Shown()
    page.feed(html)
    found = []
    for text in page.texts:
        rest = SWITCH.sub("", text)
        for piece in data:
            rest = rest.replace(piece, "")
        if pattern.search(own.sub("", rest)):
            found.append(text)
    return found


@pytest.mark.parametrize("username", PAGES)
@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_pages_speak_the_readers_language_only(app, signed_in, session, businesses, language, username):
    tool.compile_catalogues()
    client = signed_in(username) if username else app.test_client()
    page = "/account/password" if username else "/login"
    assert post(client, "/language", {"locale": language}, page=page).status_code == 302
    pattern, own = (HAN, QUOTED) if language == "en" else (LATIN, LATIN_WORDS)
    known = data(session)
    strange = {}
    for address in PAGES[username]:
        html = client.get(address).get_data(as_text=True)
        if found := foreign(html, known, pattern, own):
            strange[address] = found
    assert strange == {}
