"""Reading and printing amounts and areas; capitals against the examples of the payment rules."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Refusal
from app.domain.money import (
    MAX_FEN,
    MAX_HOUSE_FEN,
    capitals,
    format_area,
    format_yuan,
    parse_area,
    parse_percent,
    parse_yuan,
    to_fen,
    to_yuan,
)


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        ("1,234.50", 123450),
        ("1234.5", 123450),
        ("１，２３４．５０", 123450),
        ("¥1,234.50", 123450),
        ("￥ 1 234.50", 123450),
        (" 1234.50 元 ", 123450),
        ("1\u00a0234.50", 123450),
        ("1.500", 150),
        ("000", 0),
        ("-0.00", 0),
        (89.46, 8946),
        (1234.5, 123450),
        (0.29, 29),
        (13776, 1377600),
        (13776.0, 1377600),
        (Decimal("0.01"), 1),
        (Decimal("1E+3"), 100000),
        ("999,999,999,999.99", MAX_FEN),
    ],
)
def test_parse_yuan_reads_what_people_and_spreadsheets_write(value, fen):
    assert parse_yuan(value) == fen


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "请填写金额"),
        ("", "请填写金额"),
        (" \u3000 ", "请填写金额"),
        ("=1+1", "金额不能是公式：=1+1"),
        ("＝A1", "金额不能是公式：＝A1"),
        ("+1+1", "金额不是有效的数字：+1+1"),
        ("@SUM(A1)", "金额不是有效的数字：@SUM(A1)"),
        ("壹佰元", "金额不是有效的数字：壹佰元"),
        ("N/A", "金额不是有效的数字：N/A"),
        ("NaN", "金额不是有效的数字：NaN"),
        ("Infinity", "金额不是有效的数字：Infinity"),
        ("1e5", "金额不是有效的数字：1e5"),
        ("0x10", "金额不是有效的数字：0x10"),
        ("1_000", "金额不是有效的数字：1_000"),
        ("5²", "金额不是有效的数字：5²"),
        ("٣", "金额不是有效的数字：٣"),
        ("12,34", "金额不是有效的数字：12,34"),
        ("1,2345", "金额不是有效的数字：1,2345"),
        ("1.2.3", "金额不是有效的数字：1.2.3"),
        (".", "金额不是有效的数字：."),
        ("1.2万元", "金额不是有效的数字：1.2万元"),
        ("--1", "金额不是有效的数字：--1"),
        ("9" * 100, "金额不是有效的数字：99999999999999999999…"),
        (10**1000, "金额不是有效的数字：10000000000000000000…"),
        (float("nan"), "金额不是有效的数字：NaN"),
        (float("inf"), "金额不是有效的数字：Infinity"),
        (Decimal("1E+999999"), "金额不是有效的数字：1E+999999"),
        (True, "金额不是有效的数字：True"),
        (datetime.date(2026, 1, 1), "金额不是有效的数字：2026-01-01"),
        ("1.005", "金额最多两位小数：1.005"),
        (1.005, "金额最多两位小数：1.005"),
        (0.1 + 0.2, "金额最多两位小数：0.30000000000000004"),
        (1e-7, "金额最多两位小数：1E-7"),
        ("-1", "金额不能为负数"),
        ("－１．００", "金额不能为负数"),
        (-1, "金额不能为负数"),
        (1e15, "金额不能超过 999,999,999,999.99"),
        ("1,000,000,000,000", "金额不能超过 999,999,999,999.99"),
    ],
)
def test_parse_yuan_refuses_with_a_sentence(value, message):
    with pytest.raises(Refusal) as error:
        parse_yuan(value)
    assert str(error.value) == message


def test_parse_yuan_negative_where_allowed():
    assert [parse_yuan(text, allow_negative=True) for text in ("-5", "¥-5", "-¥5.00", "−5")] == [-500] * 4


def test_parse_yuan_negative_where_zero_is_not_allowed():
    assert parse_yuan("-0.01", allow_negative=True, allow_zero=False) == -1


def test_parse_yuan_zero_where_not_allowed():
    with pytest.raises(Refusal) as error:
        parse_yuan("0.00", allow_zero=False)
    assert str(error.value) == "金额必须大于零"


def test_parse_yuan_above_the_maximum_of_one_house():
    with pytest.raises(Refusal) as error:
        parse_yuan(99999999999.99, maximum=MAX_HOUSE_FEN)
    assert str(error.value) == "金额不能超过 99,999,999.99"


@pytest.mark.parametrize(
    ("value", "area"),
    [("８９．４６", 8946), ("89.46㎡", 8946), ("89.46 平方米", 8946), (98.7, 9870), ("1,200 m²", 120000)],
)
def test_parse_area_reads_square_metres(value, area):
    assert parse_area(value) == area


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-89.46, "面积不能为负数"),
        ("约90", "面积不是有效的数字：约90"),
        ("¥90", "面积不是有效的数字：¥90"),
        (0, "面积必须大于零"),
        (89.463, "面积最多两位小数：89.463"),
        (None, "请填写面积"),
        ("1000000", "面积不能超过 999,999.99 平方米"),
    ],
)
def test_parse_area_refuses_with_a_sentence(value, message):
    with pytest.raises(Refusal) as error:
        parse_area(value)
    assert str(error.value) == message


def test_parse_percent_gives_hundredths_of_a_percent():
    assert [parse_percent(value) for value in ("33.33%", "60", 12.5, "１００％")] == [3333, 6000, 1250, 10000]


@pytest.mark.parametrize(
    ("fen", "text"), [(123450, "1,234.50"), (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-123456789, "-1,234,567.89")]
)
def test_format_yuan_has_separators_and_two_places(fen, text):
    assert format_yuan(fen) == text


def test_format_area_has_two_places():
    assert format_area(8946) == "89.46"


@pytest.mark.parametrize("wrong", [1.0, True, Decimal(1), "1"])
def test_format_yuan_of_something_else_than_an_int_is_an_error(wrong):
    with pytest.raises(ValueError):
        format_yuan(wrong)


@given(st.integers(-MAX_FEN, MAX_FEN))
def test_parse_yuan_reads_back_what_is_printed(fen):
    assert parse_yuan(format_yuan(fen), allow_negative=True) == fen
    assert to_fen(to_yuan(fen)) == fen


@given(st.integers(0, MAX_FEN))
def test_parse_yuan_reads_every_amount_out_of_a_float_cell(fen):
    assert parse_yuan(float(to_yuan(fen))) == fen


@given(st.one_of(st.text(), st.floats(), st.integers(), st.decimals(), st.booleans(), st.none()))
def test_parse_yuan_of_anything_is_an_amount_in_range_or_a_refusal(value):
    try:
        fen = parse_yuan(value)
    except Refusal:
        return
    assert type(fen) is int
    assert fen == min(max(fen, 0), MAX_FEN)


@pytest.mark.parametrize("wrong", [Decimal("0.001"), Decimal("NaN"), Decimal("Infinity"), 1, 1.0])
def test_to_fen_of_something_else_than_an_exact_decimal_is_an_error(wrong):
    with pytest.raises(ValueError):
        to_fen(wrong)


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (27020000, "人民币贰拾柒万零贰佰元整"),
        # The five examples of 《支付结算办法》 annex 1; where it allows 零 to be left out, it is.
        (140950, "人民币壹仟肆佰零玖元伍角整"),
        (600714, "人民币陆仟零柒元壹角肆分"),
        (168032, "人民币壹仟陆佰捌拾元叁角贰分"),
        (10700053, "人民币壹拾万柒仟元伍角叁分"),
        (1640902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32504, "人民币叁佰贰拾伍元零肆分"),
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (55, "人民币伍角伍分"),
        (100, "人民币壹元整"),
        (1000, "人民币壹拾元整"),
        (101000, "人民币壹仟零壹拾元整"),
        (1000100, "人民币壹万零壹元整"),
        (10000000, "人民币壹拾万元整"),
        (10000000100, "人民币壹亿零壹元整"),
        (10001000000, "人民币壹亿零壹万元整"),
        (100010001000, "人民币壹拾亿零壹拾万零壹拾元整"),
        (123450000000000, "人民币壹万贰仟叁佰肆拾伍亿元整"),
        (MAX_FEN, "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        (-7600, "人民币负柒拾陆元整"),
    ],
)
def test_capitals_by_the_payment_rules(fen, text):
    assert capitals(fen) == text


def read_capitals(text):
    """The figure that a clerk reads out of capitals; independent of how they are written."""
    digits = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
    small = {"拾": 10, "佰": 100, "仟": 1000}
    total = section = digit = 0
    yuan, _, cents = text.removeprefix("人民币").rstrip("整").rpartition("元")
    for sign in yuan:
        if sign in digits:
            digit = digits[sign]
        elif sign in small:
            section, digit = section + digit * small[sign], 0
        elif sign == "万":
            section, digit = (section + digit) * 10**4, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    fen = 0
    for unit, value in (("角", 10), ("分", 1)):
        if unit in cents:
            fen += digits[cents[cents.index(unit) - 1]] * value
    return (total + section + digit) * 100 + fen


@given(st.one_of(st.integers(0, MAX_FEN), st.integers(0, 10**6)))
def test_capitals_say_the_amount_again(fen):
    text = capitals(fen)
    assert read_capitals(text) == fen
    assert text.count("零零") == 0
    assert text.endswith("整") == (fen % 10 == 0)


@pytest.mark.parametrize("wrong", [1.0, True, 10**18, "1"])
def test_capitals_of_no_amount_is_an_error(wrong):
    with pytest.raises(ValueError):
        capitals(wrong)
