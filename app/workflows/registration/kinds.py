"""What the two kinds that register by themselves call things, and the agreement that they accept."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.enums import OrganisationKind
from app.domain.errors import N_

AGREEMENT = "2026-1"
"""Version of the text in templates/registration/agreement.html; a new text gets a new version."""


@dataclass(frozen=True)
class Kind:
    """One kind: the word in its address, its labels, and which fields it has at all."""

    kind: OrganisationKind
    slug: str
    title: str
    about: str
    paper: str
    name: str
    legal_representative: str
    address: str
    is_company: bool
    papers: dict[str, str] = field(default_factory=dict)  # 要件 of the department's list → what this kind calls it

    def paper_name(self, name: str) -> str:
        """What this kind hands in for a row of the department's list."""
        return self.papers.get(name, name)


KINDS: dict[OrganisationKind, Kind] = {
    kind.kind: kind
    for kind in (
        Kind(
            OrganisationKind.PROPERTY_COMPANY, "company", N_("物业服务企业注册"),
            N_("可办理维修、拨付、收益交款等全部业务"), N_("物业服务企业注册登记表"), N_("企业名称"), N_("法定代表人"),
            N_("办公地址"), is_company=True,
        ),
        Kind(
            OrganisationKind.OWNERS_COMMITTEE, "committee", N_("业主委员会注册"),
            N_("可办理收益交款，查询本小区账目"), N_("业主委员会注册登记表"), N_("业主委员会名称"),
            N_("业主委员会主任"), N_("联系地址"), is_company=False,
            papers={
                "营业执照": N_("业主委员会备案证明"),
                "法定代表人身份证明": N_("业主委员会主任身份证明"),
            },
        ),
    )
}  # fmt: skip
BY_SLUG = {kind.slug: kind for kind in KINDS.values()}
