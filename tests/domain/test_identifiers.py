"""Credit codes, identity numbers, mobiles, accounts, masks. All numbers are made up or public examples."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from app.domain.errors import Refusal
from app.domain.identifiers import (
    mask_account_number,
    mask_identity_number,
    mask_name,
    mask_phone,
    parse_account_number,
    parse_credit_code,
    parse_email,
    parse_identity_number,
    parse_mobile,
)

# The standard's own example (GB 11643): 1949-12-31, check character X.
STANDARD = "11010519491231002X"


def refusal_of(parse, value, **arguments):
    with pytest.raises(Refusal) as error:
        parse(value, **arguments)
    return str(error.value)


@pytest.mark.parametrize(
    "value", ["91110000600037341L", " 9111 0000 6000 37341l ", "９１１１００００６０００３７３４１Ｌ"]
)
def test_parse_credit_code_gives_the_stored_form(value):
    assert parse_credit_code(value) == "91110000600037341L"


def test_parse_credit_code_with_letters_for_authority_and_kind():
    # Check character by hand (GB 32100): N=22 × 1 + 2 × 3 + 1 × 9 = 37; 31 − 37 mod 31 = 25 → R.
    assert parse_credit_code("N2100000000000000R") == "N2100000000000000R"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "请填写统一社会信用代码"),
        (" ", "请填写统一社会信用代码"),
        (911100006000373410, "统一社会信用代码须以文本填写"),
        ("91110000600037341", "统一社会信用代码应为 18 位，现为 17 位"),
        ("9111000060003734IL", "统一社会信用代码含有不允许的字符"),
        ("911100006000373411", "统一社会信用代码校验位不正确"),
    ],
)
def test_parse_credit_code_refuses_with_a_sentence(value, message):
    assert refusal_of(parse_credit_code, value) == message


@pytest.mark.parametrize(
    "value", [STANDARD, STANDARD.lower(), "１１０１０５１９４９１２３１００２Ｘ", " 110105 19491231 002x"]
)
def test_parse_identity_number_gives_the_stored_form(value):
    assert parse_identity_number(value) == STANDARD


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "请填写证件号码"),
        ("", "请填写证件号码"),
        (440702197001011200, "证件号码被存为数字，末几位已丢失，须以文本填写"),
        (4.407021970010112e17, "证件号码被存为数字，末几位已丢失，须以文本填写"),
        ("440702700101123", "15 位旧身份证号码已停用，请填写 18 位号码"),
        ("44070219700101123", "身份证号码应为 18 位，现为 17 位"),
        ("440702197001011230", "身份证号码校验位不正确"),
        ("11010519490229002X", "身份证号码中的出生日期不正确"),
        ("110105189912310020", "身份证号码中的出生日期不正确"),
        ("1101051949123100XX", "身份证号码应为 17 位数字加 1 位数字或 X"),
        ("1101051949123１ABCD", "身份证号码应为 17 位数字加 1 位数字或 X"),
    ],
)
def test_parse_identity_number_refuses_with_a_sentence(value, message):
    assert refusal_of(parse_identity_number, value) == message


def test_parse_identity_number_born_after_today_is_refused():
    assert parse_identity_number(STANDARD, today=date(1949, 12, 31)) == STANDARD
    message = refusal_of(parse_identity_number, STANDARD, today=date(1949, 12, 30))
    assert message == "身份证号码中的出生日期不正确"


@given(st.integers(100000, 999999), st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999))
def test_parse_identity_number_takes_any_region_and_only_the_right_check_character(region, birth, sequence):
    body = f"{region}{birth:%Y%m%d}{sequence:03d}"
    right = mod_11_2.calc_check_digit(body)
    accepted = []
    for check in "0123456789X":
        try:
            accepted.append(parse_identity_number(body + check)[-1])
        except Refusal:
            continue
    assert accepted == [right]


@given(st.one_of(st.text(), st.from_regex(r"[0-9Xx]{17,18}"), st.integers(), st.floats(), st.none()))
def test_parsers_of_anything_answer_or_refuse(value):
    for parse in (parse_credit_code, parse_identity_number, parse_mobile, parse_account_number):
        try:
            assert parse(parse(value)) == parse(value)
        except Refusal:
            continue


@pytest.mark.parametrize(
    "value",
    [
        "13800138000",
        "+86 138 0013 8000",
        "0086-13800138000",
        "8613800138000",
        "138-0013-8000",
        "１３８００１３８０００",
        13800138000,
        13800138000.0,
    ],
)
def test_parse_mobile_gives_eleven_digits(value):
    assert parse_mobile(value) == "13800138000"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "请填写手机号码"),
        ("1380013800", "手机号码应为 1 开头的 11 位数字"),
        ("12800138000", "手机号码应为 1 开头的 11 位数字"),
        ("138001380000", "手机号码应为 1 开头的 11 位数字"),
        (True, "手机号码不正确"),
        (float("nan"), "手机号码不正确"),
    ],
)
def test_parse_mobile_refuses_with_a_sentence(value, message):
    assert refusal_of(parse_mobile, value) == message


@pytest.mark.parametrize(
    "value", ["6222 0212 3456 7890 123", "6222-0212-3456-7890-123", "６２２２０２１２３４５６７８９０１２３"]
)
def test_parse_account_number_gives_digits(value):
    assert parse_account_number(value) == "6222021234567890123"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "请填写银行账号"),
        (6222021234567890123, "银行账号被存为数字，可能已丢失位数，须以文本填写"),
        ("1234567", "银行账号应为 8 至 32 位数字"),
        ("1" * 33, "银行账号应为 8 至 32 位数字"),
        ("6222A21234567890", "银行账号应为 8 至 32 位数字"),
    ],
)
def test_parse_account_number_refuses_with_a_sentence(value, message):
    assert refusal_of(parse_account_number, value) == message


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张**"), ("张小明", "张**"), ("刘䶮", "刘**"), ("", ""), (" ", ""), (None, "")]
)
def test_mask_name_shows_the_first_character(name, masked):
    assert mask_name(name) == masked


def test_mask_identity_number_hides_birth_and_the_last_six():
    assert mask_identity_number(STANDARD) == "110105************"
    assert mask_identity_number("G12345678") == "G1*******"
    assert mask_identity_number(None) == ""


def test_mask_phone_hides_the_middle():
    assert [mask_phone(number) for number in ("13800138000", "3333333", "110", "", None)] == [
        "138****8000",
        "****33",
        "****",
        "",
        "",
    ]


def test_mask_account_number_shows_the_last_four():
    assert [mask_account_number(number) for number in ("6222021234567890123", "1234", None)] == ["****0123", "****", ""]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a@b.cn", "a@b.cn"),
        (" Office@anju.example ", "Office@anju.example"),
        ("ａ＠ｂ.cn", "a@b.cn"),
        ("A.b-c_9+x@sub.b-c.com.cn", "A.b-c_9+x@sub.b-c.com.cn"),
    ],
)
def test_parse_email(value, stored):
    assert parse_email(value) == stored


@pytest.mark.parametrize(
    "value",
    ["a", "a@b", "@b.cn", "a@.cn", "a@b..cn", "a@b.cn.", "a@c@d.cn", "王@b.cn", "a@" + "b" * 124 + ".cn", "a@b.cn>x"],
)
def test_parse_email_refuses_other_shapes(value):
    assert refusal_of(parse_email, value) == "电子邮箱不正确，应如 name@example.com"


def test_parse_email_of_128_signs_is_the_longest():
    longest = "a@" + "b" * 123 + ".cn"
    assert (len(longest), parse_email(longest)) == (128, longest)


def test_parse_email_asks_for_one():
    assert refusal_of(parse_email, "  ") == "请填写电子邮箱"
