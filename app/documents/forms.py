"""Forms of one or two pages: a template of `templates/printables/`, drawn by xhtml2pdf.

It reads no file and no address. The templates get finished texts and do no arithmetic; what a user typed is always
escaped, and a character that the font lacks becomes a visible mark.
"""

from __future__ import annotations

import io
import logging
from functools import cache
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from xhtml2pdf import default, reportlab_paragraph
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.document import pisaDocument

from app.documents import fonts
from app.documents.linebreak import break_lines

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "printables"
ASSETS = Path(__file__).resolve().parent.parent / "static"
# wide spaces fall together in HTML, fixed ones do not
GAP = Markup("&#160;" * 8)
BLANK_DAY = Markup(f"{'&#160;' * 10}年{'&#160;' * 6}月{'&#160;' * 6}日")
LINE = Markup('<span class="line">' + "&#160;" * 16 + "</span>")  # an empty field prints a line to write on

logging.getLogger("xhtml2pdf").setLevel(logging.ERROR)  # it warns of each CSS property that it does not draw


def draw_form(template: str, values: dict[str, Any], *, total_pages: int | None = None) -> bytes:
    """The form as PDF. `total_pages` is what the foot counts to when a list follows; else the form's own pages.

    Errors: jinja2.UndefinedError for a value that the context lacks; RuntimeError when xhtml2pdf met an error.
    """
    _prepare()
    html = environment().get_template(template).render(**values, total_pages=total_pages)
    stream = io.BytesIO()
    policy = ResourceAccessPolicy.server(ASSETS, allow_remote=False)
    result = pisaDocument(html, stream, encoding="utf-8", resource_policy=policy)
    if result.err:
        raise RuntimeError(f"{template}: xhtml2pdf met {result.err} errors")
    return stream.getvalue()


@cache
def environment() -> Environment:
    """Strict: a missing value is an error, and every value is escaped, whatever the file is called."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, finalize=_finished,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["or_line"] = lambda text: text or LINE
    made.filters["lines"] = _with_breaks
    made.filters["pieces"] = pieces
    made.globals |= {"qr": qr_image, "gap": GAP, "blank_day": BLANK_DAY}
    return made


def pieces(text: str, across: int, lines: int = 20) -> list[str]:
    """A long text in pieces of at most `lines` lines of `across` Chinese characters, at least one piece.

    Each becomes a row of its own: xhtml2pdf loses what of a single row is higher than a page.
    """
    found, piece, used = [], "", 0.0
    for character in text.replace("\r", ""):
        if character == "\n":
            used = (used // across + 1) * across
        else:
            used += 0.6 if character < "\u2000" else 1
        piece += character
        if used >= across * lines:
            found.append(piece)
            piece, used = "", 0.0
    return [*found, piece] if piece or not found else found


def qr_image(text: str) -> str:
    """The QR code as a picture inside of the document."""
    return segno.make(text, error="m", micro=False).png_data_uri(scale=6, border=1)


def _finished(value: Any) -> Any:
    """Every value on its way into the page."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return fonts.printable(value)
    return value


def _with_breaks(text: str) -> Markup:
    """The text with its own line breaks kept."""
    parts = (escape(fonts.printable(part)) for part in text.replace("\r", "").split("\n"))
    return Markup("<br/>").join(parts)


@cache
def _prepare() -> None:
    """Give xhtml2pdf our fonts by name, so that no template needs to read a file, and our rule of line ends."""
    fonts.register()
    default.DEFAULT_FONT.update({"song": fonts.SONG, "hei": fonts.HEI, "heibold": fonts.HEI_BOLD})
    reportlab_paragraph.Paragraph.breakLinesCJK = _break_lines


def _break_lines(paragraph: Any, width: Any) -> Any:
    """In place of xhtml2pdf's own way with Chinese: that one forgets <br/>, lets ； open a line and gives every line
    the width of the first."""
    rooms = list(width) if isinstance(width, list | tuple) else [width]
    glyphs = []
    for fragment in paragraph.frags:
        text = getattr(fragment, "text", "") or ""
        characters = list(text) if isinstance(text, str) else list(text.decode())
        glyphs += [reportlab_paragraph.cjkU(c, fragment, "utf8") for c in characters or [""]]
    widths = [float(glyph.width or 0) for glyph in glyphs]
    lines = []
    for start, end in break_lines(glyphs, widths, lambda n: rooms[min(n, len(rooms) - 1)], lambda i: _ends(glyphs[i])):
        spare = rooms[min(len(lines), len(rooms) - 1)] - sum(widths[start:end])
        lines.append(reportlab_paragraph.makeCJKParaLine(glyphs[start:end], spare, False))
    return reportlab_paragraph.ParaLines(kind=1, lines=lines)


def _ends(glyph: Any) -> bool:
    return bool(getattr(glyph.frag, "lineBreak", False))
