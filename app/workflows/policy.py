"""Policy values (`law.md` 6): dated rows over these defaults; the newest one not after the day in question holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import PolicyValue


@dataclass(frozen=True)
class Policy:
    """One value: its default, its Chinese label, unit, and how its text is read."""

    default: str
    label: str
    unit: str = ""
    kind: str = "int"  # int, choice, text
    choices: tuple[str, ...] = ()


POLICIES: dict[str, Policy] = {
    "notice_days_initiation": Policy("7", "立项公示最短天数", "天"),
    "notice_days_acceptance": Policy("7", "项目验收公示最短天数", "天"),
    "notice_days_cancellation": Policy("7", "撤销公示最短天数", "天"),
    "approval_waits_for_notice": Policy(
        "normal,simple", "终审须等待立项公示结束的项目类别", kind="choice", choices=("normal,simple", "all", "none")
    ),
    "cancellation_waits_for_notice": Policy(
        "no", "撤销项目须等撤销公示结束", kind="choice", choices=("no", "yes")
    ),
    "acceptance_threshold_percent": Policy("70", "须先验收的累计申请比例", "%"),
    "renewal_threshold_percent": Policy("30", "续交界线（占首期交存额）", "%"),
    "review_levels": Policy("2", "审核级数", "级", kind="choice", choices=("1", "2")),
    "review_days": Policy("5", "每一审核环节的办理时限", "个工作日"),
    "payment_notice_days": Policy("30", "交款、清退、交存通知有效天数", "天"),
    "vote_rule": Policy(
        "two_thirds", "表决规则", kind="choice", choices=("two_thirds", "civil_code_use", "civil_code_raise")
    ),
    "audit_report_above_fen": Policy("10000000", "须提交审价报告的结算总额界线", "分"),
    "draw_order": Policy(
        "interest_first", "拨付时先用", kind="choice", choices=("interest_first", "principal_first")
    ),
    "objection_hold_days": Policy("7", "异议在公示结束后最多延缓终审的天数", "天"),
    "overdue_days_completion": Policy("30", "计划完工后多少天未验收算超期", "天"),
    "overdue_days_vote": Policy("180", "表决通过后多少天未提交立项算超期", "天"),
    "contract_warning_days": Policy("60", "服务合同到期提前提醒天数", "天"),
    "first_sign_in": Policy(
        "confirmed", "新机构何时开始办理业务", kind="choice", choices=("confirmed", "at_once")
    ),
}


def value(session: Session, name: str, on: date) -> str:
    """The value in force on that day, as text. KeyError for a name that is none of POLICIES."""
    return values(session, (name,), on)[name]


def values(session: Session, names: Sequence[str], on: date) -> dict[str, str]:
    """Several values in force on that day, by one statement."""
    found = {name: POLICIES[name].default for name in names}
    rows = session.execute(
        select(PolicyValue.name, PolicyValue.value)
        .where(PolicyValue.name.in_(names), PolicyValue.valid_from <= on)
        .order_by(PolicyValue.valid_from)
    )
    return found | {row.name: row.value for row in rows}


def number(session: Session, name: str, on: date) -> int:
    """The value in force on that day, as a whole number."""
    return int(value(session, name, on))
