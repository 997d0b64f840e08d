"""The company's agent, and a way to read a page's rows."""

from __future__ import annotations

import re

import pytest


@pytest.fixture
def agent(signed_in):
    return signed_in("agent")


@pytest.fixture
def names():
    """`names(answer)`: the names in the list, in order."""

    def read(answer) -> list[str]:
        return re.findall(r'class="main-cell"><a href="/equipment/\d+">([^<]+)</a>', answer.get_data(as_text=True))

    return read
