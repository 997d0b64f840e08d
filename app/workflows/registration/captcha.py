"""A picture of five signs that a person reads and a simple program doesn't. Drawn here, with Pillow's own typeface."""

from __future__ import annotations

import hmac
import io
import math
import secrets
from random import Random

from PIL import Image, ImageDraw, ImageFont

from app.entities.base import FieldCipher

SIGNS = "ACDEFHJKLMNPRTUVWXY34679"
"""Letters and figures that nobody takes for another."""
LENGTH = 5
WIDTH, HEIGHT = 200, 64
INK = ((38, 60, 110), (96, 40, 60), (30, 90, 70), (90, 70, 20), (60, 40, 110))


def new_answer() -> str:
    """Five signs by chance."""
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def is_right(answer: str | None, typed: str) -> bool:
    """Compared without case and blanks, in constant time."""
    plain = "".join(typed.split()).upper()[:20]
    return bool(answer) and hmac.compare_digest(answer.encode(), plain.encode(errors="replace"))


def draw(answer: str) -> bytes:
    """A PNG. The same answer always has the same noise, so that asking again shows nothing new."""
    seed = hmac.new(FieldCipher.hash_key, f"captcha:{answer}".encode(), "sha256").hexdigest()
    random = Random(seed)
    picture = Image.new("RGB", (WIDTH, HEIGHT), (246, 248, 251))
    _dots(picture, random, 350)
    for place, sign in enumerate(answer):
        _sign(picture, random, sign, 12 + place * (WIDTH - 24) // LENGTH)
    _lines(picture, random, 5)
    out = io.BytesIO()
    _waved(picture, random).save(out, "PNG")
    return out.getvalue()


def _sign(picture: Image.Image, random: Random, sign: str, left: int) -> None:
    """One sign on a layer of its own, turned and moved."""
    layer = Image.new("RGBA", (52, 60), (0, 0, 0, 0))
    font = ImageFont.load_default(size=random.randrange(34, 42))
    ImageDraw.Draw(layer).text((10, 6), sign, font=font, fill=(*random.choice(INK), 255))
    turned = layer.rotate(random.uniform(-24, 24), resample=Image.Resampling.BICUBIC)
    picture.paste(turned, (left + random.randrange(-6, 4), random.randrange(-3, 7)), turned)


def _dots(picture: Image.Image, random: Random, count: int) -> None:
    pen = ImageDraw.Draw(picture)
    for _ in range(count):
        at = (random.randrange(WIDTH), random.randrange(HEIGHT))
        shade = random.randrange(150, 225)
        pen.ellipse((*at, at[0] + random.randrange(1, 3), at[1] + random.randrange(1, 3)), fill=(shade, shade, shade))


def _lines(picture: Image.Image, random: Random, count: int) -> None:
    """Curves through the signs, in their own inks."""
    pen = ImageDraw.Draw(picture)
    for _ in range(count):
        middle, height, length = random.randrange(12, HEIGHT - 12), random.uniform(4, 14), random.uniform(50, 140)
        start = random.uniform(0, math.tau)
        points = [(x, middle + height * math.sin(start + x * math.tau / length)) for x in range(0, WIDTH, 4)]
        pen.line(points, fill=random.choice(INK), width=random.choice((1, 2)))


def _waved(picture: Image.Image, random: Random) -> Image.Image:
    """Each column moved up or down along a wave."""
    waved = Image.new("RGB", picture.size, (246, 248, 251))
    start, length = random.uniform(0, math.tau), random.uniform(60, 110)
    for x in range(WIDTH):
        waved.paste(picture.crop((x, 0, x + 1, HEIGHT)), (x, round(3 * math.sin(start + x * math.tau / length))))
    return waved
