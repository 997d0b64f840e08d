"""What a new city starts with and then edits: the lists of required attachments (`documents.md`)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import AttachmentCondition as When
from app.domain.enums import Business
from app.models import RequiredAttachment

_INITIATION = (
    ("投票表决签字表", When.NOT_EMERGENCY),
    ("立项公示照片", When.ALWAYS),
    ("施工合同", When.ALWAYS),
    ("工程预算书", When.ALWAYS),
    ("第三方证明", When.EMERGENCY),
    ("现场照片", When.EMERGENCY),
)
_PAYOUT = (
    ("发票", When.ALWAYS),
    ("施工合同", When.ALWAYS),
    ("收款账户证明", When.ALWAYS),
    ("验收单", When.AFTER_ACCEPTANCE),
    ("验收公示照片", When.AFTER_ACCEPTANCE),
    ("审价报告", When.LARGE_SETTLEMENT),
)
REQUIRED: dict[Business, tuple[tuple[str, When], ...]] = {
    Business.REGISTRATION: (
        ("营业执照", When.ALWAYS),
        ("法定代表人身份证明", When.ALWAYS),
        ("授权委托书及经办人身份证", When.ALWAYS),
    ),
    Business.AREA_CHANGE: (("物业服务合同", When.ALWAYS), ("选聘决议", When.ALWAYS)),
    Business.INITIATION: _INITIATION,
    Business.PAYOUT: _PAYOUT,
    Business.INITIATION_WITH_PAYOUT: _INITIATION + tuple(row for row in _PAYOUT if row[0] != "施工合同"),
}


def ensure_required_attachments(session: Session) -> int:
    """Store the default lists where a business has none yet; how many rows were added."""
    present = set(session.scalars(select(RequiredAttachment.business).distinct()))
    rows = [
        RequiredAttachment(business=business, name=name, condition=condition, position=position)
        for business, documents in REQUIRED.items()
        if business not in present
        for position, (name, condition) in enumerate(documents, start=1)
    ]
    session.add_all(rows)
    session.flush()
    return len(rows)
