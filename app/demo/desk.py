"""Drives repair projects by the real acts, each by the person who does it, dated in the past few months."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tenancy
from app.demo.organisations import user_named
from app.domain.enums import Answer, EmergencyType, NoticeKind, ProjectKind
from app.extensions import db
from app.models import (
    Application,
    Area,
    Ballot,
    Building,
    Contractor,
    ContractorAccount,
    Equipment,
    Project,
    Transfer,
    Vote,
)
from app.permissions import SYSTEM
from app.queries.actors import actor_of
from app.queries.projects import merged_totals
from app.transaction import unit_of_work
from app.workflows.acceptance.actions import submit_acceptance
from app.workflows.applications import filing
from app.workflows.applications.flow import act
from app.workflows.attachments.actions import add_attachment
from app.workflows.attachments.rules import missing_attachments
from app.workflows.engine import Context
from app.workflows.notices.actions import publish_notice
from app.workflows.payouts import flow as payouts
from app.workflows.projects import actions, items, plan, shares
from app.workflows.votes import actions as votes


@dataclass
class Desk:
    """One story at a time: `agent` is the company's person, `now` the moment of the next act."""

    random: Random
    now: datetime
    agent: str

    def do(self, who: str, what: Callable[[Context], Any], **data: Any) -> Any:
        """One act by one person in a unit of work of its own; what it returns, seen by the system again."""
        with unit_of_work() as session:
            actor = actor_of(session, user_named(session, who), self.now.date(), "127.0.0.1")
            tenancy.enter(session, actor)
            result = what(Context(session, actor, self.now, data))
            key = (type(result), result.id) if hasattr(result, "id") else None
        tenancy.enter(self.session, SYSTEM)
        self.now += timedelta(minutes=self.random.randrange(5, 90))
        return self.session.get(*key, populate_existing=True) if key else result

    @property
    def session(self) -> Session:
        return db.session()

    def days(self, count: int) -> None:
        """Let days pass."""
        self.now += timedelta(days=count)

    # --- the project ---

    def project(
        self,
        area_name: str,
        name: str,
        reason: str,
        *,
        kind: ProjectKind = ProjectKind.NORMAL,
        emergency: EmergencyType | None = None,
    ) -> Project:
        """新建…维修项目 with its basic information."""
        area = self.session.scalars(select(Area).where(Area.name == area_name)).one()
        start = self.now.date() + timedelta(days=40 if kind is ProjectKind.NORMAL else 1)
        values = {
            "name": name, "reason": reason, "planned_start": start, "planned_end": start + timedelta(days=45),
            "contact": user_named(self.session, self.agent).first_name, "phone": "19900001234",
            "emergency_type": emergency,
        }  # fmt: skip
        return self.do(self.agent, lambda ctx: actions.create_project(kind, area.id, values, ctx))

    def add_item(
        self, project: Project, equipment_name: str, content: str, contractor: str, yuan: int, building: str = ""
    ) -> None:
        """Choose the equipment, say what is done by whom, and split the budget by area."""
        query = select(Equipment).where(Equipment.area_id == project.area_id, Equipment.name == equipment_name)
        if building:
            query = query.join(Building, Building.id == Equipment.building_id).where(Building.name == building)
        piece = self.session.scalars(query.order_by(Equipment.id)).first()
        works = self._contractor(project, contractor)
        self.do(self.agent, lambda ctx: items.add_items(project.id, [piece.id], ctx, reason="演示数据"))
        item = next(i for i in self.fresh(project).items if i.equipment_id == piece.id)
        edit = items.ItemEdit(item.id, content=content, contractor_id=works.id, budget=yuan * 100)
        self.do(self.agent, lambda ctx: items.save_items(project.id, [edit], ctx))
        self.do(self.agent, lambda ctx: shares.split_budget(project.id, item.id, ctx))

    def plan(self, project: Project, *phases: tuple[str, int]) -> None:
        """拨付计划 by percents."""
        rows = [plan.PhaseEdit(condition=condition, percent=percent * 100) for condition, percent in phases]
        self.do(self.agent, lambda ctx: plan.save_plan(project.id, rows, ctx))

    def vote(self, project: Project, *, agree: float = 0.86, answered: float = 1.0) -> Vote:
        """Open the vote and enter the answers of a part of the houses."""
        ends_on = self.now.date() + timedelta(days=14)
        vote = self.do(self.agent, lambda ctx: votes.open_vote(project, ctx, ends_on=ends_on))
        self.days(9)
        query = select(Ballot.house_id).where(Ballot.vote_id == vote.id).order_by(Ballot.sort_key)
        houses = self.session.scalars(query)
        answers = {house: self._answer(agree) for house in houses if self.random.random() < answered}
        self.do(self.agent, lambda ctx: votes.enter_answers(vote, ctx, answers))
        return self.session.get(Vote, vote.id)

    def close_vote(self, vote: Vote) -> Vote:
        """结束表决."""
        return self.do(self.agent, lambda ctx: votes.close_vote(vote, ctx))

    def publish(self, project: Project, kind: NoticeKind = NoticeKind.INITIATION, *, days: int = 10):
        """Publish a notice for so many days."""
        words: dict[str, Any] = {}
        if kind is NoticeKind.ACCEPTANCE:
            words = {
                "works_from": self.now.date() - timedelta(days=40), "works_to": self.now.date() - timedelta(days=3),
                "works_content": "按合同完成全部维修内容，现场清理完毕，经现场查验合格。",
            }  # fmt: skip
        closes_on = self.now.date() + timedelta(days=days)
        return self.do(self.agent, lambda ctx: publish_notice(self.fresh(project), kind, closes_on, ctx, **words))

    # --- applications ---

    def initiation(self, project: Project) -> Application:
        """项目立项 with its attachments, submitted."""
        return self.submit(self.do(self.agent, lambda ctx: filing.open_initiation(project.id, ctx)))

    def payout(self, project: Project, phase: int, *lines: tuple[str, int]) -> Application:
        """资金拨付 of one phase to contractors (name, fen), submitted."""
        phase_id = self.fresh(project).phases[phase - 1].id
        application = self.do(self.agent, lambda ctx: filing.open_payout(project.id, phase_id, ctx))
        payees = [self._line(project, name, amount) for name, amount in lines]
        self.do(self.agent, lambda ctx: filing.save_application(application.id, ctx, lines=payees))
        return self.submit(application)

    def submit(self, application: Application) -> Application:
        """Attach what is required, then 保存并提交."""
        application = self.session.get(Application, application.id)
        for row in missing_attachments(application, Context(self.session, SYSTEM, self.now)):
            data = sample_pdf(row.name, self.now.date())
            self.do(
                self.agent,
                lambda ctx, row=row, data=data: add_attachment(
                    "applications", application.id, f"{row.name}.pdf", data, ctx, requirement_id=row.id
                ),
            )
        return self.do(self.agent, lambda ctx: act(application.id, "submit", ctx))

    def act(self, who: str, application: Application, name: str, opinion: str = "同意") -> Application:
        """One act of the window or of a reviewer."""
        return self.do(who, lambda ctx: act(application.id, name, ctx), opinion=opinion)

    def approve(self, application: Application) -> Application:
        """Window, first and second review."""
        self.act("clerk", application, "accept")
        self.days(1)
        self.act("reviewer", application, "approve_first")
        self.days(1)
        return self.act("supervisor", application, "approve_final")

    def move(self, who: str, transfer: Transfer, name: str, **data: Any) -> Transfer:
        """One act on a payee line."""
        return self.do(who, lambda ctx: payouts.act(transfer.id, name, ctx), **data)

    def lines(self, application: Application) -> list[Transfer]:
        query = select(Transfer).where(Transfer.application_id == application.id).order_by(Transfer.line)
        return list(self.session.scalars(query))

    def pay(self, application: Application, bank: str) -> None:
        """Finance prepares, the bank confirms every line."""
        for line in self.lines(application):
            self.move("finance", line, "prepare")
            serial = f"{self.now:%Y%m%d}{self.random.randrange(10**6):06d}"
            self.move(bank, line, "confirm", bank_serial=serial, booked_on=self.now.date())

    def accept_works(self, project: Project, *settled: int) -> None:
        """项目验收 with one settlement an item (yuan)."""
        rows = self.fresh(project).items
        data = {
            "completed_on": self.now.date() - timedelta(days=2), "members": "施工单位、物业服务企业、业主代表",
            "opinion": "工程质量合格，同意验收。",
            "settled": {item.id: yuan * 100 for item, yuan in zip(rows, settled, strict=True)},
        }  # fmt: skip
        self.do(self.agent, lambda ctx: submit_acceptance(project.id, ctx), **data)

    # --- looking ---

    def fresh(self, project: Project) -> Project:
        return self.session.get(Project, project.id, populate_existing=True)

    def fund(self, project: Project) -> int:
        """预算应拨付金额, fen."""
        return merged_totals(self.session, self.fresh(project)).fund

    def _contractor(self, project: Project, name: str) -> Contractor:
        query = select(Contractor).where(
            Contractor.organisation_id == project.organisation_id, Contractor.name == name
        )
        return self.session.scalars(query).one()

    def _line(self, project: Project, name: str, amount: int) -> filing.Line:
        contractor = self._contractor(project, name)
        account = self.session.scalars(
            select(ContractorAccount).where(ContractorAccount.contractor_id == contractor.id)
        ).first()
        return filing.Line(
            account_name=account.account_name, bank_name=account.bank_name, account_no=account.account_no, amount=amount
        )

    def _answer(self, agree: float) -> Answer:
        drawn = self.random.random()
        if drawn < agree:
            return Answer.AGREE
        return self.random.choice((Answer.AGAINST, Answer.ABSTAIN, Answer.NONE))


def sample_pdf(title: str, day: date) -> bytes:
    """A one-page file that stands for a scan."""
    from app.documents import fonts

    fonts.register()
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setFont(fonts.HEI, 20)
    canvas.drawString(90, 740, fonts.printable(title, fonts.HEI))
    canvas.setFont(fonts.SONG, 12)
    canvas.drawString(90, 700, f"演示用扫描件　{day.isoformat()}")
    canvas.save()
    return stream.getvalue()
