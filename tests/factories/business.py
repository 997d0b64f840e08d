"""One row of everything that hangs on a project, straight into the tables: for tests of who may see what.

No workflow and no ledger runs here, so the numbers mean nothing; tests of those make their projects properly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain import enums
from app.models import (
    Acceptance,
    AcceptanceItem,
    Application,
    AreaChange,
    AreaChangeArea,
    AreaWish,
    Attachment,
    Ballot,
    CollectedShare,
    Distribution,
    DistributionLine,
    Handover,
    HouseChange,
    HouseSuccession,
    ItemShare,
    Job,
    Message,
    Notice,
    NoticeRow,
    Objection,
    OrganisationChange,
    OrganisationPaper,
    PayoutPhase,
    PlanChange,
    PlanChangeItem,
    PlanChangePhase,
    PlatformUser,
    PoolAccount,
    Project,
    ProjectHouse,
    ProjectItem,
    ReceivedPaper,
    Refund,
    RequiredAttachment,
    RevenueNotice,
    RevenueRange,
    Review,
    Transfer,
    Vote,
)
from app.permissions import SYSTEM
from app.workflows.area_change.handover import frozen
from app.workflows.engine import Context
from app.workflows.notices import content
from tests.factories.premises import Place

NOW = datetime(2026, 3, 2, 9, 30)
TODAY = date(2026, 3, 2)


@dataclass
class Business:
    """The rows made for one place."""

    project: Project
    item: ProjectItem
    phase: PayoutPhase
    vote: Vote
    notice: Notice
    acceptance: Acceptance
    application: Application
    transfer: Transfer
    attachment: Attachment
    job: Job


def add_business(session: Session, place: Place, user: PlatformUser, mark: str = "") -> Business:
    """A project of the place's company with one row in every table below it; `mark` stands in every text."""
    house, equipment = place.houses[0], place.equipment[0]
    by, own = {"created_by_id": user.id}, {"organisation_id": place.company.id, "area_id": place.area.id}
    text = f"{mark}电梯更换"

    def add(row):
        session.add(row)
        session.flush()
        return row

    project = add(Project(
        number=f"WX2026{place.area.id:06d}", kind=enums.ProjectKind.NORMAL, state_since=NOW,
        state=enums.ProjectState.RUNNING, fund_fixed=True, created_at=NOW, name=text,
        reason=text, contact=text, remark=text, phone="13900000002", **own, **by,
    ))  # fmt: skip
    item = add(ProjectItem(
        project=project, position=1, equipment=equipment, content=text, contractor=place.contractor, remark=text,
        warning_reason=text, budget=1000,
    ))  # fmt: skip
    key = {"project_id": project.id, "house_id": house.id, "sort_key": house.sort_key}
    add(ItemShare(item_id=item.id, floor_area=house.floor_area, amount=1000, **key))
    add(ProjectHouse(budget=1000, fund=1000, fund_limit=1000, **key))
    add(CollectedShare(project_id=project.id, house_id=house.id, amount=1))
    phase = add(PayoutPhase(project=project, sequence=1, condition=text, amount=1000))
    vote = add(Vote(
        project=project, area_id=place.area.id, number=f"{mark}JX2026001", rule=enums.VoteRule.TWO_THIRDS,
        opened_at=NOW, opened_by_id=user.id, starts_on=TODAY, budget=1000, fingerprint=mark, void_reason=mark,
    ))  # fmt: skip
    add(Ballot(
        vote_id=vote.id, house_id=house.id, sort_key=house.sort_key, house_label=f"{mark}101", owner_name=f"{mark}张一",
        head=f"{mark}1", floor_area=house.floor_area, share=1000, code="CODE1234",
    ))  # fmt: skip
    session.refresh(project)
    acting = Context(session=session, actor=SYSTEM, now=NOW)
    told = content.build(project, enums.NoticeKind.INITIATION, content.Wording(TODAY, text), acting).content
    notice = add(Notice(
        number=f"GS2026{place.area.id:06d}", kind=enums.NoticeKind.INITIATION, project=project, area=place.area,
        title=text, content=json.dumps(told, ensure_ascii=False), fingerprint=mark, published_at=NOW,
        published_by_id=user.id, closes_on=TODAY,
    ))  # fmt: skip
    add(NoticeRow(
        notice_id=notice.id, position=1, house_id=house.id, building_name=f"{mark}1幢", house_label=f"{mark}101",
        owner_name=f"{mark}张一", floor_area=house.floor_area, budget=1000, fund=1000,
    ))  # fmt: skip
    add(Objection(
        number=f"YY2026{place.area.id:06d}", source=enums.ObjectionSource.PUBLIC, project=project, area=place.area,
        notice=notice, filed_at=NOW, name=f"{mark}异议", phone="13900000003", house_id=house.id,
        house_label=f"{mark}101", is_verified=True, content=text, answer="", answered_by_id=user.id,
    ))  # fmt: skip
    acceptance = add(Acceptance(
        project=project, completed_on=TODAY, members=text, opinion=text, content=text, submitted_at=NOW,
        submitted_by_id=user.id,
    ))  # fmt: skip
    add(AcceptanceItem(acceptance_id=acceptance.id, item_id=item.id, settled=900))
    application = add(Application(
        kind=enums.ApplicationKind.PAYOUT, number=f"BF2026{place.area.id:06d}", project=project, phase=phase,
        state=enums.ApplicationState.APPROVED, amount=1000, remark=text, created_at=NOW, filed_by_id=user.id,
        **own, **by,
    ))  # fmt: skip
    add(Review(application=application, act=enums.ReviewAct.SUBMIT, actor_id=user.id, at=NOW, opinion=text))
    transfer = add(Transfer(
        application=application, project=project, escrow_account=place.escrow, line=1, contractor=place.contractor,
        account_name=text, bank_name=text, account_no="6222000000000001", amount=1000, foreign_reason=text,
        refusal_reason=text, state=enums.TransferState.PREPARED,
    ))  # fmt: skip
    add(PlanChange(application_id=application.id, reason=text))
    add(PlanChangeItem(application_id=application.id, item_id=item.id, contractor=place.contractor))
    add(PlanChangePhase(application_id=application.id, sequence=1, condition=text, amount=1000))
    add(Refund(
        number=f"QT2026{place.area.id:06d}", project=project, transfer=transfer, escrow_account=place.escrow, amount=1,
        reason=enums.RefundReason.OTHER, reason_text=text, filed_at=NOW, filed_by_id=user.id, valid_until=TODAY,
    ))  # fmt: skip
    revenue = add(RevenueNotice(
        number=f"JK2026{place.area.id:06d}", escrow_account=place.escrow, kind=enums.RevenueKind.OTHER, amount=9,
        benefit=text, remark=text, void_reason=text, keep_reason=text, bank_serial=f"{mark}JK", filed_at=NOW,
        filed_by_id=user.id, valid_until=TODAY, **own,
    ))  # fmt: skip
    add(RevenueRange(notice_id=revenue.id, house_id=place.houses[0].id))
    shared = add(Distribution(
        notice=revenue, area_id=place.area.id, amount=1, house_count=1, made_at=NOW, made_by_id=user.id,
    ))  # fmt: skip
    add(DistributionLine(
        distribution_id=shared.id, house_id=place.houses[0].id, sort_key="1", floor_area=1, amount=1,
    ))  # fmt: skip
    paper = add(RequiredAttachment(business=enums.Business.PAYOUT, name=f"要件{place.area.id}"))
    add(ReceivedPaper(application_id=application.id, requirement_id=paper.id))
    attachment = add(Attachment(
        subject="projects", subject_id=project.id, file_name=f"{mark}合同.pdf", stored_name=f"{place.area.id:032d}",
        media_type="application/pdf", size=1, sha256="0" * 64, uploaded_at=NOW, uploaded_by_id=user.id, **own,
    ))  # fmt: skip
    changed = json.dumps({"address": [text, text], "licence": ["", f"{mark}执照"]}, ensure_ascii=False)
    add(OrganisationChange(
        organisation_id=place.company.id, at=NOW, user_id=user.id, changes=changed, needs_check=True,
    ))  # fmt: skip
    add(AreaWish(organisation_id=place.company.id, area_id=place.area.id, typed_name=text, reason=text))
    add(OrganisationPaper(
        organisation_id=place.company.id, requirement_id=paper.id, received_by_id=user.id, received_at=NOW,
    ))  # fmt: skip
    job = add(Job(name="tidy", stage=mark, created_at=NOW, organisation_id=place.company.id, **by))
    add(PoolAccount(kind=enums.AccountKind.REVENUE, escrow_account_id=place.escrow.id, area_id=place.area.id))
    add(Message(user_id=user.id, at=NOW, text=text))
    sold = place.houses[1]
    change = add(HouseChange(
        kind=enums.HouseChangeKind.SALE, area_id=place.area.id, takes_effect_on=TODAY, at=NOW, user_id=user.id,
        reason=text,
    ))  # fmt: skip
    add(HouseSuccession(change_id=change.id, before_id=sold.id, after_id=sold.id, floor_area=sold.floor_area))
    add(Handover(
        project_id=project.id, at=NOW, number=project.number, title=text, **own,
        content=json.dumps(frozen(project, text, acting), ensure_ascii=False),
    ))  # fmt: skip
    return Business(project, item, phase, vote, notice, acceptance, application, transfer, attachment, job)


def add_area_change(session: Session, place: Place, user: PlatformUser, mark: str = "") -> Application:
    """A returned 变更物业区域物业服务企业 of the place's company; returned, so that its form is drawn too."""
    text = f"{mark}物业"
    application = Application(
        kind=enums.ApplicationKind.AREA_CHANGE, number=f"BG2026{place.area.id:06d}", amount=0, remark=text,
        state=enums.ApplicationState.RETURNED, organisation_id=place.company.id, created_at=NOW, submitted_at=NOW,
        created_by_id=user.id, filed_by_id=user.id,
    )  # fmt: skip
    session.add(application)
    session.flush()
    session.add(AreaChange(application_id=application.id, starts_on=TODAY))
    session.add(AreaChangeArea(application_id=application.id, area_id=place.area.id, former_name=text))
    session.flush()
    return application
