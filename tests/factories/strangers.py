"""Somebody without an account who registers over HTTP, as their browser would."""

from __future__ import annotations

import io
import os
import re
from functools import cache
from html import unescape
from typing import Any

from pypdf import PdfWriter

from app.workflows.registration.kinds import AGREEMENT
from tests.conftest import csrf_token
from tests.factories.people import PASSWORD

CODE, OTHER_CODE = "91330100MA2AAAAA1E", "91330100MA2BBBBB2R"
IDENTITY, MOBILE = "330101199003070012", "13800138000"
COMPANY, COMMITTEE = "/public/register/company/", "/public/register/committee/"


@cache
def scan() -> bytes:
    """An empty page as PDF."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


class Stranger:
    """A visitor with a cookie; `values` is what the form holds."""

    def __init__(self, app, page: str = COMPANY, address: str = "192.0.2.1"):
        self.client, self.page = app.test_client(), page
        self.client.environ_base["REMOTE_ADDR"] = address
        self.values: dict[str, Any] = {
            "name": "和润物业管理有限公司", "credit_code": CODE, "legal_representative": "邓启明",
            "address": "云溪市江湾区滨江路 88 号", "founded_on": "2010-05-01", "registered_capital": "5,000,000.00",
            "qualification": "二级", "contact": "邓小明", "phone": MOBILE, "email": "herun@example.test",
            "agent_name": "邓小明", "agent_identity": IDENTITY, "username": "Herun.Deng", "password": PASSWORD,
            "again": PASSWORD, "agree": "y", "agreement": AGREEMENT,
        }  # fmt: skip
        self.token = csrf_token(self.client.get(page))

    def hidden(self) -> dict[str, str]:
        return {"csrf_token": self.token, "form_key": os.urandom(12).hex()}

    def upload(self, requirement: int, name: str = "营业执照.pdf", data: bytes | None = None):
        """A file chosen: it goes up at once."""
        values = {**self.hidden(), "requirement_id": str(requirement)}
        values["file"] = (io.BytesIO(scan() if data is None else data), name)
        return self.client.post("/public/register/files", data=values, headers={"X-Requested-With": "XMLHttpRequest"})

    def upload_all(self) -> None:
        """All that the list asks for."""
        text = self.client.get(self.page).get_data(as_text=True)
        for requirement in re.findall(r'data-hold="(\d+)"', text):
            assert self.upload(int(requirement)).status_code == 200

    def submit(self, **changes: Any):
        """提交, with the form's values and these."""
        values = {**self.values, **self.hidden(), "do": "submit", **changes}
        return self.client.post(self.page, data={key: value for key, value in values.items() if value is not None})


def faults_of(answer) -> list[str]:
    """The sentences at the fields, and on top, of a form that came back."""
    text = answer.get_data(as_text=True)
    found = re.findall(r'<p class="field-error"[^>]*?(?<!hidden)>([^<]+)</p>', text)
    found += re.findall(r'<div class="alert alert-danger" role="alert">([^<]+)', text)
    return [unescape(sentence.strip()) for sentence in found if "还不能提交" not in sentence]
