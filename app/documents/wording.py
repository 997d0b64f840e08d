"""How papers write amounts, areas and days. Papers are Chinese whatever the reader's language."""

from __future__ import annotations

from datetime import date, datetime

from app.domain.enums import VoteRule
from app.domain.errors import N_
from app.domain.money import capitals, format_area, format_yuan

RULES = {
    VoteRule.TWO_THIRDS: N_(
        "同意的业主专有部分面积、业主人数均达到范围内总面积、总人数的三分之二以上为通过（双三分之二）"
    ),
    VoteRule.CIVIL_CODE_USE: N_(
        "参与表决的面积、人数均占三分之二以上，且参与表决的面积、人数均过半数同意为通过（民法典第二百七十八条）"
    ),
    VoteRule.CIVIL_CODE_RAISE: N_(
        "参与表决的面积、人数均占三分之二以上，且参与表决的面积、人数均四分之三以上同意为通过（民法典第二百七十八条）"
    ),
}


def yuan(fen: int | None) -> str:
    """1,234.50; nothing for none."""
    return "" if fen is None else format_yuan(int(fen))


def area(hundredths: int) -> str:
    """89.46 of 0.01 m²."""
    return format_area(int(hundredths))


def both(fen: int) -> str:
    """¥1,234.50（人民币壹仟贰佰叁拾肆元伍角整）: figures and capitals."""
    return f"¥{format_yuan(int(fen))}（{capitals(int(fen))}）"


def day(value: date | datetime | str | None) -> str:
    """2026年3月2日, also from ISO text; nothing for none."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime | None) -> str:
    """2026-03-02 09:30; nothing for none."""
    return value.strftime("%Y-%m-%d %H:%M") if value else ""


def span(first: date | str | None, last: date | str | None) -> str:
    """From–to, with a place to write where a day is open."""
    return f"{day(first) or BLANK_DAY} 至 {day(last) or BLANK_DAY}"


BLANK_DAY = "　　　　年　　月　　日"


def count(number: int) -> str:
    """3,418."""
    return f"{number:,}"


def capital_amount(fen: int) -> str:
    """人民币贰拾柒万零贰佰元整."""
    return capitals(int(fen))
