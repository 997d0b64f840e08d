"""A contact's telephone: mobile or fixed line."""

from __future__ import annotations

import re

from app.domain.errors import Refusal, say
from app.domain.identifiers import parse_mobile

FIXED = re.compile(r"(0[0-9]{2,3}-?)?[1-9][0-9]{6,7}(-[0-9]{1,6})?")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９－（）", "0123456789-()")


def parse_contact_phone(text: str) -> str:
    """A mobile number, or a fixed line like 0750-3123456-801; Refusal when it is neither."""
    plain = re.sub(r"\s", "", text.translate(_HALF_WIDTH))
    if FIXED.fullmatch(plain):
        return plain
    try:
        return parse_mobile(plain)
    except Refusal:
        raise Refusal(say("电话号码不正确，请填写手机号码，或带区号的固定电话如 0750-3123456"), field="phone") from None
