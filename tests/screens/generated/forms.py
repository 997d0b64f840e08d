"""Reads and sends a generated form as a browser would."""

from __future__ import annotations

import re

from tests.conftest import post

SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
ERRORS = re.compile(r'<div class="alert alert-danger" id="([a-z_]+)-error">([^<]*)</div>')


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def edit(client, address: str, data: dict):
    """Open the edit form, change these fields and send it."""
    seen = SEEN.search(text_of(client.get(address)))[1]
    return post(client, address, {"seen": seen, **data})


def errors(answer) -> dict[str, str]:
    """{field: sentence} of a form drawn again."""
    return dict(ERRORS.findall(text_of(answer)))
