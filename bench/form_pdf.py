"""`form-pdf`: a one-page form, warm. The promise is absolute: half a second at most, so that is the yardstick."""

from __future__ import annotations

from collections.abc import Iterator

from bench.framework import Case

SECONDS = 0.5


def cases(options) -> Iterator[Case]:
    import xhtml2pdf

    from app.documents.forms import draw_form

    values = a_receipt()
    draw_form("window_receipt.html", values)  # fonts and templates are loaded once a process
    yield Case(
        size="one page, QR code, warm",
        ours=lambda: draw_form("window_receipt.html", values),
        yardstick=f"half a second (xhtml2pdf {xhtml2pdf.__version__} draws ours)",
        theirs=lambda: SECONDS,
        target=1,
        check=lambda: _one_page(draw_form("window_receipt.html", values)),
    )


def a_receipt() -> dict:
    """A receipt with six papers handed in."""
    names = ("投票表决签字表", "立项公示照片", "施工合同", "工程预算书", "业主大会决议", "检验检测报告")
    return {
        "title": "受理回执", "heading": "受理回执", "printed_at": "2026-03-02 09:30", "number": "LX2026000001",
        "matter": "维修项目立项", "company": "安居物业服务有限公司", "area": "锦绣花园", "amount": "¥249,733.93",
        "project": "WX2026000001 3 号楼电梯与屋面维修", "filed_by": "王丽娜", "submitted_at": "2026-03-02 09:00",
        "papers": [(str(place), name, "1") for place, name in enumerate(names, start=1)], "accepted_by": "区晓彤",
        "accepted_at": "2026-03-02 09:25", "next_step": "初审", "days": "5", "until": "2026年3月9日",
        "department": "云溪市物业专项维修资金管理中心",
    }  # fmt: skip


def _one_page(pdf: bytes) -> None:
    import io

    from pypdf import PdfReader

    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
