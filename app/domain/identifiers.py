"""Numbers that identify: credit code, identity number, mobile, account; and how they are masked.

Each reader takes what a user types or a cell holds, returns the one form that is stored, and raises a `Refusal`
with a Chinese sentence; the number itself is never in the sentence, as sentences end in logs.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from app.domain.errors import Refusal, Sentence, say

_HALF_WIDTH = str.maketrans(
    {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {"\u3000": " ", "\u00a0": " ", "−": "-", "–": "-"}
)
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_IDENTITY = re.compile(r"[1-9][0-9]{16}[0-9X]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FIXED_LINE = re.compile(r"0[1-9][0-9]{8,10}")
_ENTERPRISES = ("91", "92", "93", "51", "52", "53", "11", "12", "13", "54")  # first two signs of a credit code
_ACCOUNT = re.compile(r"[0-9]{8,32}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LONGEST_EMAIL = 128


def parse_credit_code(value: object) -> str:
    """A unified social credit code (统一社会信用代码): 18 characters, upper case.

    GB 32100-2015: registering authority and kind (digit or letter each), six digits of region, nine characters
    of organisation code, check character; the letters I, O, S, V, Z do not occur. The first two may be letters,
    which python-stdnum's own `validate` refuses, so only its check character is used.
    """
    code = _text(value, say("请填写统一社会信用代码"), say("统一社会信用代码须以文本填写"))
    if len(code) != 18:
        raise Refusal(say("统一社会信用代码应为 18 位，现为 %(count)s 位", count=len(code)))
    if not _CREDIT_CODE.fullmatch(code):
        raise Refusal(say("统一社会信用代码含有不允许的字符"))
    if uscc.calc_check_digit(code[:17]) != code[17]:
        raise Refusal(say("统一社会信用代码校验位不正确"))
    return code


def parse_identity_number(value: object, *, today: date | None = None) -> str:
    """A resident identity number (公民身份号码): 18 characters, the last may be X (x is accepted).

    GB 11643-1999: region (6 digits, not looked up: regions are dissolved and renamed), date of birth, sequence,
    check digit by ISO 7064 MOD 11-2. Numbers of 15 digits are invalid since 2013. A number typed as a number in
    a spreadsheet has lost its last digits and is refused. `today`, when given, bounds the date of birth.
    """
    number = _text(value, say("请填写证件号码"), say("证件号码被存为数字，末几位已丢失，须以文本填写"))
    if len(number) == 15 and number.isdigit():
        raise Refusal(say("15 位旧身份证号码已停用，请填写 18 位号码"))
    if len(number) != 18:
        raise Refusal(say("身份证号码应为 18 位，现为 %(count)s 位", count=len(number)))
    if not _IDENTITY.fullmatch(number):
        raise Refusal(say("身份证号码应为 17 位数字加 1 位数字或 X"))
    _check_birth(number[6:14], today)
    if not mod_11_2.is_valid(number):
        raise Refusal(say("身份证号码校验位不正确"))
    return number


def parse_mobile(value: object) -> str:
    """A mobile number (手机号码) of mainland China: 11 digits from 13 to 19; +86, 0086, spaces and hyphens fall away.

    A spreadsheet's number is accepted: eleven digits lose nothing in it.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    number = _text(value, say("请填写手机号码"), say("手机号码不正确"))
    number = re.sub(r"^(\+86|0086|86(?=1[0-9]{10}$))", "", number)
    if not _MOBILE.fullmatch(number):
        raise Refusal(say("手机号码应为 1 开头的 11 位数字"))
    return number


def parse_owner_identity(value: object) -> str:
    """A resident identity number or, for an enterprise that owns, its credit code."""
    if isinstance(value, str) and len(value.strip()) == 18 and value.strip().startswith(_ENTERPRISES):
        with suppress(Refusal):
            return parse_credit_code(value)
    return parse_identity_number(value)


def parse_phone(value: object) -> str:
    """A mobile number, or a fixed one with its area code."""
    if isinstance(value, str):
        plain = re.sub(r"[\s－-]", "", value.translate(_HALF_WIDTH))
        if _FIXED_LINE.fullmatch(plain):
            return plain
    return parse_mobile(value)


def parse_account_number(value: object) -> str:
    """A bank account number (银行账号): 8 to 32 digits as text; spaces and hyphens fall away.

    Corporate accounts have no common length or check digit, so only the shape is judged.
    """
    number = _text(value, say("请填写银行账号"), say("银行账号被存为数字，可能已丢失位数，须以文本填写"))
    if not _ACCOUNT.fullmatch(number):
        raise Refusal(say("银行账号应为 8 至 32 位数字"))
    return number


def parse_email(value: object) -> str:
    """An e-mail address (电子邮箱) in plain signs, at most 128 characters; only its shape is judged."""
    address = _text(value, say("请填写电子邮箱"), say("电子邮箱不正确"), upper=False, hyphens=True)
    if len(address) > LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise Refusal(say("电子邮箱不正确，应如 name@example.com"))
    return address


def mask_name(name: str | None) -> str:
    """张三 and 张小明 → 张**: the first character only, the length stays hidden. For persons' names."""
    return f"{name.strip()[0]}**" if name and name.strip() else ""


def mask_identity_number(number: str | None) -> str:
    """440702197001011234 → 440702************. Only the region shows: the last six characters are what an owner
    proves the own identity with (workflows.md 8), and the rest is the date of birth. Others: first two only."""
    if not number:
        return ""
    shown = 6 if len(number) == 18 else min(2, len(number) // 2)
    return number[:shown] + "*" * (len(number) - shown)


def mask_phone(number: str | None) -> str:
    """13800138000 → 138****8000; other numbers show their last two digits."""
    if not number:
        return ""
    if len(number) == 11:
        return f"{number[:3]}****{number[-4:]}"
    return "****" + number[-2:] if len(number) > 4 else "****"


def mask_account_number(number: str | None) -> str:
    """6222021234567890123 → ****0123: the last four digits."""
    if not number:
        return ""
    return "****" + number[-4:] if len(number) >= 8 else "****"


def _text(
    value: object, missing: Sentence, not_text: Sentence, *, upper: bool = True, hyphens: bool = False
) -> str:
    """Half-width, without spaces, by default upper case and without hyphens; refuses None, "" and what is not text."""
    if value is None:
        raise Refusal(missing)
    if not isinstance(value, str):
        raise Refusal(not_text)
    plain = re.sub(r"\s" if hyphens else r"[\s-]", "", value.translate(_HALF_WIDTH))
    if not plain:
        raise Refusal(missing)
    return plain.upper() if upper else plain


def _check_birth(digits: str, today: date | None) -> None:
    """The date of birth inside an identity number: a day that exists, from 1900 on, not after today."""
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        birth = None
    if birth is None or birth.year < 1900 or (today and birth > today):
        raise Refusal(say("身份证号码中的出生日期不正确"))
