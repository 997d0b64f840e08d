"""Amounts and floor areas at the edges: reading, printing, capitals.

Inside, an amount is a whole number of fen (分) and an area a whole number of 0.01 m² (money.md). No float ever
holds either; a float out of a spreadsheet cell is read by its shortest decimal form and then judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import N_, Refusal, say

MAX_FEN = 99_999_999_999_999
"""Largest amount by default: 999,999,999,999.99 yuan; below 2**53, so a spreadsheet's double still holds it."""
MAX_HOUSE_FEN = 9_999_999_999
"""Largest amount for one house: 99,999,999.99 yuan. Above it a roster's figure is a slip of the keyboard."""
MAX_HOUSE_AREA = 99_999_999
"""Largest floor area of one house: 999,999.99 m² (in 0.01 m²)."""


@dataclass(frozen=True)
class _Kind:
    """What one kind of number is called in the refusals, and the signs that may stand before and after it."""

    missing: str
    formula: str
    number: str
    places: str
    negative: str
    zero: str
    maximum: str
    before: str
    after: str


_AMOUNT = _Kind(
    missing=N_("请填写金额"),
    formula=N_("金额不能是公式：%(value)s"),
    number=N_("金额不是有效的数字：%(value)s"),
    places=N_("金额最多两位小数：%(value)s"),
    negative=N_("金额不能为负数"),
    zero=N_("金额必须大于零"),
    maximum=N_("金额不能超过 %(max)s"),
    before="¥",
    after="元",
)
_AREA = _Kind(
    missing=N_("请填写面积"),
    formula=N_("面积不能是公式：%(value)s"),
    number=N_("面积不是有效的数字：%(value)s"),
    places=N_("面积最多两位小数：%(value)s"),
    negative=N_("面积不能为负数"),
    zero=N_("面积必须大于零"),
    maximum=N_("面积不能超过 %(max)s 平方米"),
    before="",
    after="㎡|m²|m2|平方米",
)
_PERCENT = _Kind(
    missing=N_("请填写比例"),
    formula=N_("比例不能是公式：%(value)s"),
    number=N_("比例不是有效的数字：%(value)s"),
    places=N_("比例最多两位小数：%(value)s"),
    negative=N_("比例不能为负数"),
    zero=N_("比例必须大于零"),
    maximum=N_("比例不能超过 %(max)s"),
    before="",
    after="%",
)

# Only these stand for ASCII: a general normalisation (NFKC) would read "5²" as 52.
_HALF_WIDTH = str.maketrans("０１２３４５６７８９，．－＝￥％−\u3000\u00a0\u2009\u202f", "0123456789,.-=¥%-    ")
_NUMBER = re.compile(r"(-?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+)(?:\.([0-9]+))?")
_LONGEST = 60


def to_fen(yuan: Decimal) -> int:
    """Decimal yuan → fen, exact; ValueError when it is no finite Decimal with at most two places."""
    if not isinstance(yuan, Decimal):
        raise ValueError(f"not a Decimal: {yuan!r}")
    return _hundredths(_decimal(yuan, _AMOUNT), _AMOUNT)


def to_yuan(fen: int) -> Decimal:
    """Fen → Decimal yuan with two places (27020000 → Decimal("270200.00"))."""
    return Decimal(format_yuan(fen).replace(",", ""))


def parse_yuan(value: object, *, maximum: int = MAX_FEN, allow_negative: bool = False, allow_zero: bool = True) -> int:
    """Read an amount in yuan as a user types it or a cell holds it; returns fen.

    Takes text ("1,234.50", "１，２３４．５０", "¥ 1 234.5", "1234.50元"), int, Decimal and float (89.46 is exact by
    its shortest form; 0.1 + 0.2 has more than two places). `maximum` is in fen and bounds both signs. Trailing
    zeros are no places ("1.500" is 1.50).

    Raises Refusal: nothing given, a formula, no number (words, exponents, NaN, bool, wrong grouping "12,34"),
    more than two places, negative or zero unless allowed, out of range.
    """
    return _parse(value, _AMOUNT, maximum, allow_negative=allow_negative, allow_zero=allow_zero)


def parse_area(value: object, *, maximum: int = MAX_HOUSE_AREA, allow_zero: bool = False) -> int:
    """Read a floor area in m² (suffix ㎡, m², m2 or 平方米 allowed); returns 0.01 m². Errors as `parse_yuan`."""
    return _parse(value, _AREA, maximum, allow_negative=False, allow_zero=allow_zero)


def parse_percent(value: object) -> int:
    """Read a percent above 0 and up to 100, at most two places ("33.33%"); returns hundredths of a percent."""
    return _parse(value, _PERCENT, 100_00, allow_negative=False, allow_zero=False)


def format_yuan(fen: int) -> str:
    """Fen as yuan with thousands separators and two places: 123450 → "1,234.50", -5 → "-0.05"."""
    if type(fen) is not int:
        raise ValueError(f"fen must be an int, not {type(fen).__name__}: {fen!r}")
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{cents:02d}"


def format_area(area: int) -> str:
    """0.01 m² as m² with thousands separators and two places: 8946 → "89.46"."""
    return format_yuan(area)


def capitals(fen: int) -> str:
    """Fen as 人民币大写 with its heading: 27020000 → "人民币贰拾柒万零贰佰元整".

    By 《支付结算办法》 annex 1: 整 after 元 and 角, none after 分; one 零 for zeros inside the figure, and before
    分 when 角 is zero; where 零 is optional (元 or 万 place zero, next place not) it is left out. A negative amount
    begins with 负. ValueError: not an int, or 10**16 yuan and more.
    """
    if type(fen) is not int or abs(fen) >= 10**18:
        raise ValueError(f"fen must be an int below 10**18: {fen!r}")
    yuan, cents = divmod(abs(fen), 100)
    sign = "人民币负" if fen < 0 else "人民币"
    figure = _capital_integer(yuan) + "元" if yuan or not cents else ""
    return sign + figure + _capital_cents(cents, after_yuan=bool(yuan))


def _capital_integer(number: int) -> str:
    """A whole number in capitals; recursive, as 万 and 亿 are counted by a whole number themselves."""
    for value, unit in ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾")):
        if number >= value:
            head, rest = divmod(number, value)
            gap = "零" if 0 < rest < value // 10 else ""
            return _capital_integer(head) + unit + gap + (_capital_integer(rest) if rest else "")
    return "零壹贰叁肆伍陆柒捌玖"[number]


def _capital_cents(cents: int, *, after_yuan: bool) -> str:
    """角 and 分; "整" where no 分 follows."""
    jiao, fen = divmod(cents, 10)
    text = _capital_integer(jiao) + "角" if jiao else ""
    if not fen:
        return text + "整"
    gap = "零" if after_yuan and not jiao else ""
    return text + gap + _capital_integer(fen) + "分"


def _parse(value: object, kind: _Kind, maximum: int, *, allow_negative: bool, allow_zero: bool) -> int:
    """Read a number with at most two places and judge its range; returns hundredths."""
    hundredths = _hundredths(_decimal(value, kind), kind)
    if hundredths < 0 and not allow_negative:
        raise Refusal(say(kind.negative))
    if hundredths == 0 and not allow_zero:
        raise Refusal(say(kind.zero))
    if abs(hundredths) > maximum:
        raise Refusal(say(kind.maximum, max=format_yuan(maximum)))
    return hundredths


def _decimal(value: object, kind: _Kind) -> Decimal:
    """The exact value of text, int, float or Decimal."""
    if value is None:
        raise Refusal(say(kind.missing))
    if isinstance(value, str):
        return _decimal_of_text(value, kind)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Refusal(say(kind.number, value=_shown(value)))
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST:
        raise Refusal(say(kind.number, value=_shown(number)))
    return number


def _decimal_of_text(text: str, kind: _Kind) -> Decimal:
    """The exact value of a number as it is typed."""
    plain = text.translate(_HALF_WIDTH).strip()
    if not plain:
        raise Refusal(say(kind.missing))
    if plain.startswith("="):
        raise Refusal(say(kind.formula, value=_shown(text)))
    if len(plain) > _LONGEST:
        raise Refusal(say(kind.number, value=_shown(text)))
    bare = re.sub(rf"^(-?) *(?:{kind.before}) *", r"\1", plain)
    bare = re.sub(rf" *(?:{kind.after})$", "", bare)
    match = _NUMBER.fullmatch(bare)
    if not match:
        raise Refusal(say(kind.number, value=_shown(text)))
    sign, whole, fraction = match.groups()
    return Decimal(f"{sign}{re.sub('[, ]', '', whole)}.{fraction or '0'}")


def _hundredths(number: Decimal, kind: _Kind) -> int:
    """The number × 100 as an int; refuses more than two places that are not zero."""
    numerator, denominator = number.as_integer_ratio()
    hundredths, rest = divmod(numerator * 100, denominator)
    if rest:
        raise Refusal(say(kind.places, value=_shown(number)))
    return hundredths


def _shown(value: object) -> str:
    """What was given, short enough for a sentence."""
    text = str(value)
    return text if len(text) <= 20 else text[:20] + "…"
