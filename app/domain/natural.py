"""Natural order as a plain string: "2号楼" before "10号楼", basements before the ground floor.

The keys are stored in a column and sorted by the database byte by byte (binary collation); Python's order of
strings is the same, as both follow the code points.

A number becomes a mark, the count of its digits in two places, and the digits: 2 → "5012", 10 → "50210". The
longer number is thus the larger one without padding. Below zero the mark is "4" and every digit is turned
(9 minus it), so that -2 stands before -1 and both before 0. All other characters stand for themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

MAX_KEY = 160
"""Longest key that either function gives, in characters: the width of the column."""
_PART = 39

_ABOVE, _BELOW = "5", "4"
_TURNED = str.maketrans("0123456789", "9876543210")
_CHINESE_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0}
_CHINESE_UNITS = {"十": 10, "百": 100}
_TOKEN = re.compile(
    r"([0-9]+)|([零〇一二三四五六七八九十][零〇一二三四五六七八九十百]*)|([^0-9零〇一二三四五六七八九十]+)"
)
_BELOW_GROUND = re.compile(r"(?:-|负|地下)(?=第?[0-9一二三四五六七八九十])")


def natural_key(text: str | int | None) -> str:
    """A string whose binary order is the natural order of `text`; for lists of names, floors, room numbers.

    Reads ASCII and full-width digits and Chinese numerals (十二号楼 is 12, 一〇一 is 101); -1, 负一 and 地下1 at
    the beginning are below ground, the deepest first. Spaces and upper or lower case make no difference, so
    different texts may have the same key ("02", "2", "二"): callers add their own last sort column. None and ""
    give "", which stands first. The key is cut at `MAX_KEY` characters.
    """
    plain = _plain(text)
    mark = _BELOW_GROUND.match(plain)
    if not mark:
        return _keys(plain)[:MAX_KEY]
    number = _keys(plain[mark.end() :].removeprefix("第"))
    digits = 3 + int(number[1:3])
    return (_BELOW + number[1:digits].translate(_TURNED) + number[digits:])[:MAX_KEY]


def house_sort_key(
    building: str | int | None, unit: str | int | None, floor: str | int | None, room: str | int | None
) -> str:
    """One key for a house's place: building, then unit, then floor, then room, each in natural order.

    At most `MAX_KEY` characters: a part's key is cut at 39. In the floor B1 is below ground like -1; in a room
    number a sign for below ground only sets it before the others, -101 before -102. Parts that are missing
    (a shop without a unit) stand first.
    """
    return _joined(natural_key(building), natural_key(unit), _floor_key(floor), _room_key(room))


def house_sorter() -> Callable[[str, str, str, str], str]:
    """`house_sort_key` for the houses of one list: what its names gave is kept as long as the caller keeps this.

    Buildings, units, floors and room numbers come back in every row; texts only.
    """
    place_key, floor_key, room_key = cache(natural_key), cache(_floor_key), cache(_room_key)

    def sort_key(building: str, unit: str, floor: str, room: str) -> str:
        return _joined(place_key(building), place_key(unit), floor_key(floor), room_key(room))

    return sort_key


def _joined(*keys: str) -> str:
    # A space stands before every character that a key can hold, so a shorter part comes before a longer one.
    return " ".join(key[:_PART] for key in keys)


def _floor_key(floor: str | int | None) -> str:
    return natural_key(re.sub(r"^[Bb](?=[0-9])", "-", _plain(floor)))


def _room_key(room: str | int | None) -> str:
    plain = _plain(room)
    mark = _BELOW_GROUND.match(plain)
    return _BELOW + _keys(plain[mark.end() :]) if mark else _keys(plain)


def _plain(text: str | int | None) -> str:
    """Half-width, upper case, without spaces and characters that do not print."""
    normal = unicodedata.normalize("NFKC", "" if text is None else str(text)).upper().replace("−", "-")
    return "".join(sign for sign in normal if sign.isprintable() and not sign.isspace())


def _keys(plain: str) -> str:
    """Numbers as mark, count and digits; everything else as it is."""
    return "".join(
        _number_key(digits) if digits else _number_key(str(_chinese_number(chinese))) if chinese else other
        for digits, chinese, other in _TOKEN.findall(plain)
    )


def _number_key(digits: str) -> str:
    """The key of a number from 0: 2 → "5012". From a hundred digits on only the first 99 count."""
    bare = digits.lstrip("0")[:99] or "0"
    return f"{_ABOVE}{len(bare):02d}{bare}"


def _chinese_number(numeral: str) -> int:
    """十二 → 12, 二十 → 20, 一百零三 → 103, 一〇一 → 101 (digit by digit where there is no 十 or 百)."""
    if not set(numeral) & set(_CHINESE_UNITS):
        return int("".join(str(_CHINESE_DIGITS[sign]) for sign in numeral)[:99])
    total, digit = 0, 0
    for sign in numeral:
        if sign in _CHINESE_UNITS:
            total += (digit or 1) * _CHINESE_UNITS[sign]
            digit = 0
        else:
            digit = _CHINESE_DIGITS[sign]
    return total + digit
