"""Pictures are drawn anew: comments, positions (EXIF), further frames and whatever hangs behind them are gone."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from app.domain.errors import Refusal, say

MAX_PIXELS = 50_000_000
BROKEN = say("图片不完整或已损坏，请重新拍摄或另存后再上传")


def reencode_jpeg(data: bytes) -> bytes:
    """A JPEG with the same picture, upright, and nothing else. Refusal when it can't be read or is too large."""
    picture = _open(data, "JPEG")
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    return _save(picture, "JPEG", quality=90)


def reencode_png(data: bytes) -> bytes:
    """A PNG with the same picture and nothing else. Refusal when it can't be read or is too large."""
    picture = _open(data, "PNG")
    if picture.mode == "I":
        picture = picture.convert("L")
    return _save(picture, "PNG")


def _open(data: bytes, kind: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=(kind,))
            if picture.width * picture.height > MAX_PIXELS:
                raise Refusal(
                    say("图片超过 %(limit)s 万像素，请缩小后再上传", limit=MAX_PIXELS // 10_000), field="file"
                )
            picture.load()
            return ImageOps.exif_transpose(picture)
    except Refusal:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, KeyError) as error:
        raise Refusal(BROKEN, field="file") from error


def _save(picture: Image.Image, kind: str, **options) -> bytes:
    clean = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    if picture.mode == "P":
        clean.putpalette(picture.getpalette("RGB"), "RGB")
        if isinstance(transparency := picture.info.get("transparency"), int | bytes):
            options["transparency"] = transparency
    out = io.BytesIO()
    clean.save(out, kind, **options)
    return out.getvalue()
