"""Invented persons: names, identity numbers with a right check digit, phones, account numbers."""

from __future__ import annotations

from random import Random

SURNAMES = (
    "陈林黄李张吴梁何罗郑谢曾邓冯许区叶苏卢蔡潘袁余杜戴夏钟汪田任姜范方石姚谭廖邹"
    "熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
)
_GIVEN = (
    "志强嘉欣慧敏家豪永康文杰雅琪子轩海燕俊杰思敏丽娜建平晓东伟明淑芬国华秀英志远美玲浩然雨桐静怡宏伟婉仪"
    "振华佩珊锦荣少芬兆基凤仪启明玉兰景行若涵泽宇欣怡德胜桂芳润生月娥卓然诗韵柏林彩霞鸿飞素珍立群"
)
GIVEN = tuple(_GIVEN[place : place + 2] for place in range(0, len(_GIVEN), 2))
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def person_name(random: Random) -> str:
    """A surname and a given name."""
    return random.choice(SURNAMES) + random.choice(GIVEN)


def identity_number(random: Random) -> str:
    """Eighteen characters by GB 11643, of a region code that is assigned to no place."""
    body = f"9907{random.randrange(1, 60):02d}{random.randrange(1945, 2003)}{random.randrange(1, 13):02d}"
    body += f"{random.randrange(1, 29):02d}{random.randrange(1000):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def mobile(random: Random) -> str:
    """A mobile number of a range that no operator has."""
    return f"1990000{random.randrange(10_000):04d}"


def credit_code(random: Random) -> str:
    """A unified social credit code with a right check character (GB 32100)."""
    body = "91440700" + "MA" + "".join(random.choice(CREDIT_CHARACTERS) for _ in range(7))
    total = sum(CREDIT_CHARACTERS.index(c) * weight for c, weight in zip(body, CREDIT_WEIGHTS, strict=True))
    return body + CREDIT_CHARACTERS[-total % 31]


def account_number(random: Random) -> str:
    """Nineteen digits, as bank accounts of enterprises look."""
    return "9" + "".join(str(random.randrange(10)) for _ in range(18))
