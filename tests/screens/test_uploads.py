"""All 117 files of make_attack_files.py through every upload of the platform.

A new upload needs a row in UPLOADS: the screen's method as `Screen.method` (the subject after it where one method
serves several), what it takes, and how it is reached. `test_every_upload_has_its_row` finds those without one.
"""

from __future__ import annotations

import ast
import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import lxml.html
import pytest
from sqlalchemy import delete, func, select

from app.models import Acceptance, Attachment, Organisation
from app.transaction import unit_of_work
from app.workflows.attachments.actions import SUBJECTS
from app.workflows.attachments.storage import store
from app.workflows.plan_change.filing import open_plan_change
from app.workflows.votes import actions as votes
from tests.conftest import post
from tests.factories.business import add_area_change
from tests.factories.office import add_office
from tests.factories.repairs import Repairs
from tests.factories.strangers import Stranger
from tests.workflows.registration.conftest import asked, lists

__all__ = ["lists"]
SCREENS = Path(__file__).parents[2] / "app" / "screens"
CHINESE = re.compile("[\u4e00-\u9fff]")
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}
NEVER_EDITED = {"organisation_changes"}  # their licence comes with the form and stays as it is
SHARE = int(os.environ.get("UPLOAD_SHARE", "8"))  # every upload gets one file in so many, another one each; 1: all
AT_ONE_BROWSER = 3  # files of a stranger before another one comes: more is a flood

# What a file is to an upload that keeps papers: sheets are not parsed, so any whole workbook will do.
WHOLE_WORKBOOKS = {"xlsx_xml/bad_xml.xlsx", "xlsx_xml/far_cell.xlsx"}
# As lists: too few rows to be too many; faults in columns that the roster does not have.
RIGHT_LISTS = {"xlsx_shape/rows_1000.xlsx", "xlsx_shape/missing_column.xlsx", "xlsx_shape/duplicate_column.xlsx"}


def as_paper(name: str, expect: str) -> str:
    """pdf, jpg, png, xlsx, zip by content: as the manifest says."""
    kind = name.split("/")[0]
    if kind == "csv":
        return "reject"
    return "accept" if kind in ("xlsx_shape", "xlsx_value") or name in WHOLE_WORKBOOKS else expect


def as_scan(name: str, expect: str) -> str:
    """Papers, but no workbook."""
    return "reject" if ".xls" in name else as_paper(name, expect)


def as_roster(name: str, expect: str) -> str:
    """A list with the roster's headers; faulty cells are the preview's business."""
    if not name.endswith(".xlsx"):
        return "reject"
    return "accept" if name in RIGHT_LISTS or expect == "rows" else expect


def as_other_list(_name: str, _expect: str) -> str:
    """A list with other headers than its own."""
    return "reject"


@dataclass
class Desk:
    """What the uploads belong to."""

    app: object
    signed_in: Callable
    session: object
    city: object
    ids: SimpleNamespace
    refused_at: str = ""


@dataclass
class Form:
    """A page's form with a file: posted as drawn, with `typed` in it; drawn anew once it was taken."""

    who: str
    page: str  # `{area}`, `{vote}` … are ids of the desk
    typed: dict[str, str] = field(default_factory=dict)

    def sender(self, desk: Desk):
        client, ids = desk.signed_in(self.who), vars(desk.ids)
        page = self.page.format(**ids)
        typed = {name: value.format(**ids) for name, value in self.typed.items()}
        drawn: list = []

        def send(name: str, data: bytes):
            if not drawn:
                answer = client.get(page, follow_redirects=True)
                assert answer.status_code == 200, (page, answer.status_code)
                tree = lxml.html.fromstring(answer.get_data(as_text=True))
                tree.make_links_absolute("http://localhost" + page, resolve_base_href=False)
                drawn.append(next(form for form in tree.forms if form.xpath(".//input[@type='file']")))
            form = drawn[0]
            slot = form.xpath(".//input[@type='file']")[0].name
            values = {**dict(form.form_values()), **typed, slot: (io.BytesIO(data), name)}
            answer = client.post(form.action or page, data=values, content_type="multipart/form-data")
            if answer.status_code == 302:
                drawn.clear()
            else:
                kept = answer.get_data(as_text=True)
                assert answer.status_code == 413 or all(text in kept for text in typed.values()), name
            return answer

        return send


@dataclass
class Script:
    """A file sent by the page's script as soon as it is chosen."""

    who: str
    address: str

    def sender(self, desk: Desk):
        client, address = desk.signed_in(self.who), self.address.format(**vars(desk.ids))
        return lambda name, data: post(client, address, {"file": (io.BytesIO(data), name)}, headers=SCRIPT)


@dataclass
class AtRegistration:
    """Strangers, a few files each. Their form is always refused for the agreement; a good file is held all the same."""

    with_form: bool

    def sender(self, desk: Desk):
        requirement, come = asked(desk.session)[0].id, []
        desk.refused_at = f'aria-describedby="file-{requirement}-error"' if self.with_form else ""

        def send(name: str, data: bytes):
            if len(come) % AT_ONE_BROWSER == 0:
                desk.stranger = Stranger(desk.app, address=f"203.0.{self.with_form:d}.{len(come)}")
            come.append(name)
            if not self.with_form:
                return desk.stranger.upload(requirement, name, data)
            answer = desk.stranger.submit(**{f"file-{requirement}": (io.BytesIO(data), name), "agree": None})
            assert answer.status_code == 413 or "和润物业管理有限公司" in answer.get_data(as_text=True), name
            return answer

        return send


UPLOADS = {
    "Registration.hold": (as_paper, AtRegistration(with_form=False)),
    "Registration.form": (as_paper, AtRegistration(with_form=True)),
    "Attachments.add projects": (as_paper, Script("agent", "/attachments/projects/{project}")),
    "Attachments.add applications": (as_paper, Script("agent", "/attachments/applications/{payout}")),
    "Attachments.add votes": (as_paper, Script("agent", "/attachments/votes/{vote}")),
    "Attachments.add acceptances": (as_paper, Script("agent", "/attachments/acceptances/{acceptance}")),
    "Attachments.add organisations": (as_paper, Script("other_admin", "/attachments/organisations/{unconfirmed}")),
    "AreaChanges.edit": (as_paper, Form("org_admin", "/area-change/{area_change}/", {"remark": "另附说明一份"})),
    "ApplicationDrafts.edit": (as_paper, Form("agent", "/applications/{payout}/edit", {"remark": "另附说明一份"})),
    "PlanChanges.edit": (as_paper, Form("agent", "/plan-changes/{plan_change}/edit", {"reason": "工期顺延"})),
    "OrganisationProfile.index": (as_scan, Form("org_admin", "/organisation/profile/", {"address": "江滨路 8 号"})),
    "Roster.upload": (as_roster, Form("clerk", "/roster/", {"area": "{area}"})),
    "EquipmentImport.index": (as_other_list, Form("agent", "/equipment/import/", {"area": "{area}"})),
    "ProjectShares.read": (as_other_list, Form("agent", "/projects/{project}/items/{item}/import")),
    "Votes.read": (as_other_list, Form("agent", "/votes/{vote}/import")),
}


# --- every upload has a row ------------------------------------------------------------------


def reading_routes() -> set[str]:
    """`Screen.method` of every route that reads a posted file itself, or calls a function of the screens that does."""
    functions, readers, routes = [], set(), set()
    for path in sorted(SCREENS.glob("*.py")):
        for owner in ast.walk(ast.parse(path.read_text())):
            if isinstance(owner, ast.Module | ast.ClassDef):
                name = getattr(owner, "name", "")
                functions += [(path.stem, name, made) for made in owner.body if isinstance(made, ast.FunctionDef)]
    known = -1
    while known != len(readers):
        known = len(readers)
        for module, owner, made in functions:
            if made.name == "what_was_said" or not _reads(module, made, readers):  # it takes the form's fingerprint
                continue
            if any(isinstance(mark, ast.Call) and mark.func.id == "expose" for mark in made.decorator_list):
                routes.add(f"{owner}.{made.name}")
            else:
                readers.add(_named(module, made.name))
    return routes


def _named(module: str, name: str) -> tuple[str, str]:
    """A name with an underscore is its module's own."""
    return (module if name.startswith("_") else "", name)


def _reads(module: str, made: ast.FunctionDef, readers: set) -> bool:
    for node in ast.walk(made):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "request.files":
            return True
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if _named(module, called) in readers:
                return True
    return False


def test_every_upload_has_its_row():
    assert {name.split()[0] for name in UPLOADS} == reading_routes()
    subjects = {name.split()[1] for name in UPLOADS if " " in name}
    assert subjects == set(SUBJECTS) - NEVER_EDITED


# --- the files -------------------------------------------------------------------------------


@pytest.fixture
def desk(app, signed_in, session, city, cast, lists):
    """A draft with shares and an open vote; a running project with a payout; one with a plan change; and so on."""
    add_office(session, cast)
    repairs = Repairs(session, city, cast)
    a, b = repairs.houses([1_000_000, 1_000_000])
    ids = SimpleNamespace(area=city.area.id, unconfirmed=cast.organisations.other_company.id)
    paid, changed, draft = (
        make([{a: 50_000, b: 50_000}], [60_000, 40_000]) for make in (repairs.running, repairs.running, repairs.project)
    )
    ids.payout = repairs.open_payout(paid, 1).id
    ids.plan_change = repairs.do("agent", lambda ctx: open_plan_change(changed.id, ctx)).id
    ids.project, ids.item = draft.id, repairs.fresh(draft).items[0].id
    ids.vote = repairs.do("agent", lambda ctx: votes.open_vote(repairs.fresh(draft), ctx)).id
    with unit_of_work() as work:
        ids.area_change = add_area_change(work, city, cast.org_admin).id
        acceptance = Acceptance(
            project_id=changed.id, completed_on=repairs.now.date(), members="", opinion="", content="",
            submitted_at=repairs.now, submitted_by_id=cast.agent.id,
        )  # fmt: skip
        work.add(acceptance)
        work.flush()
        ids.acceptance = acceptance.id
        work.get(Organisation, ids.unconfirmed).papers_confirmed = False
    session.rollback()
    return Desk(app, signed_in, session, city, ids)


@pytest.mark.slow
def test_every_hostile_file_through_every_upload(desk, attack, clamd):
    folder, manifest, _names = attack
    assert len(manifest) == 117
    files = [(entry["file"], entry["expect"], (folder / entry["file"]).read_bytes()) for entry in manifest]
    wrong = {}
    for turn, (upload, (expected_of, way)) in enumerate(UPLOADS.items()):
        desk.refused_at = ""
        send = way.sender(desk)
        for name, expect, data in files[turn % SHARE :: SHARE]:
            before = kept(desk)
            found, told = outcome(send(Path(name).name, data), refused_at=desk.refused_at)
            after, expected = kept(desk), expected_of(name, expect)
            if expected not in ("neutral", found) or (found == "reject" and not CHINESE.search(told)):
                wrong[upload, name] = f"{found}: {told}"
            if (after[0] - before[0]) != (found == "accept") or (found == "reject" and after != before):
                wrong[upload, name] = f"{found}, stored {before} → {after}"
        with unit_of_work() as work:
            work.execute(delete(Attachment))
    assert wrong == {}, "\n".join(f"{key}: {value}" for key, value in wrong.items())


def kept(desk: Desk) -> tuple[int, int]:
    """Attachments in the database and files in the store."""
    desk.session.rollback()
    return desk.session.scalar(select(func.count(Attachment.id))), len(store().names(older_than_seconds=-60))


def outcome(answer, *, refused_at: str) -> tuple[str, str]:
    """accept, reject or the status; and the sentences at the fields and on top. A form refused for another reason than
    its file does not have the mark `refused_at`."""
    if answer.is_json:
        told = str(answer.json.get("error", ""))
    else:
        text = answer.get_data(as_text=True)
        told = " ".join(
            re.findall(r'<p class="field-error"[^>]*?(?<!hidden)>([^<]+)</p>', text)
            + re.findall(r'class="alert alert-danger"[^>]*>(.*?)</div>', text, re.S)
        )
    if answer.status_code == 422 and refused_at and refused_at not in answer.get_data(as_text=True):
        return "accept", told
    if answer.status_code in (413, 422):
        return "reject", told
    return ("accept" if answer.status_code in (200, 302) else str(answer.status_code)), told
