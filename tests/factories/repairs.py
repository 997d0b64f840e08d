"""Repair projects brought to any step by the real acts, each by the person who does it, each in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import Answer, EmergencyType, NoticeKind, ProjectKind, ProjectState, RefundReason
from app.domain.natural import natural_key
from app.ledger import checks
from app.models import (
    Application,
    Attachment,
    Building,
    Contractor,
    Equipment,
    House,
    ItemShare,
    Message,
    PayoutPhase,
    PlatformUser,
    Project,
    ProjectHouse,
    ProjectItem,
    Refund,
    Transfer,
    Vote,
)
from app.permissions import SYSTEM, Actor
from app.queries.actors import actor_of
from app.transaction import unit_of_work
from app.workflows.acceptance.actions import submit_acceptance
from app.workflows.applications import filing
from app.workflows.applications.filing import Line
from app.workflows.applications.flow import act
from app.workflows.attachments.rules import missing_attachments
from app.workflows.engine import Context
from app.workflows.notices.actions import publish_notice
from app.workflows.payouts import flow as payouts
from app.workflows.projects.actions import ONE_PHASE
from app.workflows.refunds import actions as refunds
from app.workflows.refunds.flow import act as act_on_refund
from app.workflows.votes import actions as votes
from tests.factories import premises
from tests.factories.city import City

START = datetime(2026, 3, 2, 9, 0)  # a Monday
YUAN = 100


@dataclass
class Repairs:
    """The desk of these tests: who acts when; every method is one act and leaves the ledger without a fault."""

    session: Session
    city: City
    cast: SimpleNamespace
    now: datetime = START
    made: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    # --- who, when ---------------------------------------------------------------------------------

    def context(self, who: str | PlatformUser | Actor, **data: Any) -> Context:
        if isinstance(who, Actor):
            return Context(self.session, who, self.now, data)
        user = getattr(self.cast, who) if isinstance(who, str) else who
        return Context(self.session, actor_of(self.session, user, self.now.date(), "127.0.0.1"), self.now, data)

    def do(self, who: str | PlatformUser | Actor, what: Callable[[Context], Any], **data: Any) -> Any:
        """One act in one unit of work; afterwards the ledger is whole."""
        with unit_of_work() as session:
            self.session = session
            result = what(self.context(who, **data))
        assert checks.verify(self.session) == []
        self.session.rollback()
        return result

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    @contextmanager
    def later(self, days: int) -> Iterator[None]:
        """So many days ahead, and back again."""
        self.pass_days(days)
        yield
        self.pass_days(-days)

    # --- a project --------------------------------------------------------------------------------

    def houses(self, balances: list[int]) -> list[House]:
        """New houses of equal floor area with these balances (fen)."""
        with unit_of_work() as session:
            area = self.city.area
            self.made += 1
            name = f"{self.made + 10}幢"
            building = Building(area_id=area.id, name=name, sort_key=natural_key(name))
            session.add(building)
            session.flush()
            houses = [
                premises.add_house(session, building, None, f"{number:03d}", 10000, owner=f"业主{self.made}-{number}")
                for number in range(1, len(balances) + 1)
            ]
            opened = {house.id: (balance, 0) for house, balance in zip(houses, balances, strict=True)}
            premises.open_balances(session, session.merge(area), opened)
        return houses

    def project(
        self,
        items: list[dict[House, int]],
        phases: list[int],
        *,
        contractors: list[Contractor] | None = None,
        kind: ProjectKind = ProjectKind.NORMAL,
    ) -> Project:
        """A complete draft: items as {house: share in fen}, phases in fen (简单拨付 has its one from the system)."""
        with unit_of_work() as session:
            self.made += 1
            agent = self.cast.agent
            project = Project(
                number=f"WX2026{self.made + 900000}",
                kind=kind,
                emergency_type=EmergencyType.LIFT if kind is ProjectKind.EMERGENCY else None,
                state=ProjectState.DRAFT,
                state_since=self.now,
                organisation_id=self.city.company.id,
                area_id=self.city.area.id,
                created_by_id=agent.id,
                created_at=self.now,
                name=f"电梯维修 {self.made}",
                reason="曳引机异响",
                planned_start=date(2026, 4, 1),
                planned_end=date(2026, 6, 30),
                contact="李维",
                phone="13800000001",
                remark="",
            )
            session.add(project)
            session.flush()
            for position, shares in enumerate(items, start=1):
                contractor = contractors[position - 1] if contractors else self.city.contractor
                _add_item(session, project, self.city, position, shares, contractor)
            if kind is ProjectKind.SIMPLE:
                project.phases.append(PayoutPhase(sequence=1, condition=ONE_PHASE, amount=0, percent=100_00))
            for sequence, amount in enumerate(phases, start=1):
                session.add(
                    PayoutPhase(project_id=project.id, sequence=sequence, condition=f"条件 {sequence}", amount=amount)
                )
        return self.session.get(Project, project.id)

    def contractor(self, name: str, account_no: str) -> Contractor:
        with unit_of_work() as session:
            return premises.add_contractor(session, self.cast.organisations.company, name, account_no)

    def voted(self, project: Project) -> Vote:
        """Everybody agrees."""
        vote = self.do("agent", lambda ctx: votes.open_vote(project, ctx))
        answers = dict.fromkeys(
            self.session.scalars(select(ItemShare.house_id).where(ItemShare.project_id == project.id).distinct()),
            Answer.AGREE,
        )
        self.do("agent", lambda ctx: votes.enter_answers(vote, ctx, answers))
        return self.do("agent", lambda ctx: votes.close_vote(vote, ctx))

    def published(self, project: Project, kind: NoticeKind = NoticeKind.INITIATION):
        words = {}
        if kind is NoticeKind.ACCEPTANCE:
            words = {"works_from": self.now.date(), "works_to": self.now.date(), "works_content": "已按合同完成"}
        closes_on = self.now.date() + timedelta(days=7)
        return self.do("agent", lambda ctx: publish_notice(self.fresh(project), kind, closes_on, ctx, **words))

    def ready(self, *args, **options) -> Project:
        """A project whose initiation may be filed and whose notice is over."""
        project = self.project(*args, **options)
        if project.kind is not ProjectKind.EMERGENCY:
            self.voted(project)
        self.published(project)
        if project.kind is ProjectKind.SIMPLE:
            self.accept_works(project, *[item.budget for item in self.fresh(project).items])
            self.published(project, NoticeKind.ACCEPTANCE)
        self.pass_days(8)
        return project

    def running(self, *args, **options) -> Project:
        project = self.ready(*args, **options)
        self.approve(self.submit(self.open_initiation(project)))
        return project

    # --- applications -----------------------------------------------------------------------------

    def open_initiation(self, project: Project) -> Application:
        return self.do("agent", lambda ctx: filing.open_initiation(project.id, ctx))

    def open_payout(self, project: Project, phase: int, *lines: Line | int) -> Application:
        """A draft payout of that phase with these payees; a bare amount goes to the project's contractor."""
        phase_id = self.fresh(project).phases[phase - 1].id
        application = self.do("agent", lambda ctx: filing.open_payout(project.id, phase_id, ctx))
        if lines:
            payees = [self.line(line) if isinstance(line, int) else line for line in lines]
            self.do("agent", lambda ctx: filing.save_application(application.id, ctx, lines=payees))
        return application

    def line(self, amount: int, **changes: str) -> Line:
        account = self.city.account
        values = {
            "account_name": account.account_name,
            "bank_name": account.bank_name,
            "account_no": account.account_no,
        }
        return Line(**{**values, **changes}, amount=amount)

    def attach_all(self, application: Application) -> None:
        """Every required attachment, as rows (files are the business of the attachments' own tests)."""
        with unit_of_work() as session:
            application = session.get(Application, application.id)
            for row in missing_attachments(application, Context(session, SYSTEM, self.now)):
                self.made += 1
                session.add(
                    Attachment(
                        subject="applications",
                        subject_id=application.id,
                        requirement_id=row.id,
                        organisation_id=application.organisation_id,
                        area_id=application.area_id,
                        file_name=f"{row.name}.pdf",
                        stored_name=f"{self.made:032x}",
                        media_type="application/pdf",
                        size=1,
                        sha256="0" * 64,
                        uploaded_at=self.now,
                        uploaded_by_id=self.cast.agent.id,
                    )
                )

    def submit(self, application: Application, who: str = "agent") -> Application:
        self.attach_all(application)
        name = "submit" if self.fresh(application).state.value == "draft" else "resubmit"
        return self.act(who, application, name)

    def act(self, who: str | PlatformUser, application: Application, name: str, **data: Any) -> Application:
        version = data.pop("version", None)
        return self.do(who, lambda ctx: act(application.id, name, ctx, version=version), **data)

    def accept(self, application: Application) -> Application:
        return self.act("clerk", application, "accept")

    def approve(self, application: Application) -> Application:
        """Window, first review, second review."""
        self.accept(application)
        self.act("reviewer", application, "approve_first", opinion="同意")
        return self.act("supervisor", application, "approve_final", opinion="同意")

    def approved_payout(self, project: Project, phase: int, *lines: Line | int) -> Application:
        return self.approve(self.submit(self.open_payout(project, phase, *lines)))

    # --- lines -----------------------------------------------------------------------------------

    def move(self, who: str | PlatformUser, transfer: Transfer, name: str, **data: Any) -> Transfer:
        version = data.pop("version", None)
        return self.do(who, lambda ctx: payouts.act(transfer.id, name, ctx, version=version), **data)

    def confirm(self, transfer: Transfer) -> Transfer:
        self.made += 1
        return self.move("bank", transfer, "confirm", bank_serial=f"SN{self.made:08d}", booked_on=self.now.date())

    def pay(self, application: Application) -> None:
        """Finance prepares and the bank confirms every line."""
        for line in self.lines(application):
            self.move("finance", line, "prepare")
            self.confirm(line)

    def paid_out(self, project: Project, phase: int, *lines: Line | int) -> Application:
        application = self.approved_payout(project, phase, *lines)
        self.pay(application)
        return application

    def numbered(self, number: str) -> Application:
        """The application of that number, as it stands in the database now."""
        self.session.rollback()
        return self.session.scalars(select(Application).where(Application.number == number)).one()

    def lines(self, application: Application) -> list[Transfer]:
        query = select(Transfer).where(Transfer.application_id == application.id).order_by(Transfer.line)
        return list(self.session.scalars(query))

    # --- refunds ---------------------------------------------------------------------------------

    def refund(
        self, project: Project, line: Transfer, amount: int, *, reason: RefundReason | None = RefundReason.QUALITY,
        text: str = "", version: int | None = None,
    ) -> Refund:  # fmt: skip
        """项目清退: a notice of `amount` fen of that line."""
        return self.do(
            "agent",
            lambda ctx: refunds.file_refund(project.id, line.id, amount, reason, text, ctx, version=version),
        )

    def move_refund(self, who: str | PlatformUser | Actor, refund: Refund, name: str, **data: Any) -> Refund:
        return self.do(who, lambda ctx: act_on_refund(refund.id, name, ctx), **data)

    def confirm_refund(self, refund: Refund) -> Refund:
        self.made += 1
        return self.move_refund("bank", refund, "confirm", bank_serial=f"IN{self.made:08d}", booked_on=self.now.date())

    def expire(self) -> int:
        """The nightly job."""
        return self.do(SYSTEM, refunds.expire_refunds)

    # --- acceptance ------------------------------------------------------------------------------

    def accept_works(self, project: Project, *settled: int, who: str = "agent", **changes: Any):
        """项目验收 with one settlement an item (fen)."""
        items = self.fresh(project).items
        data = {
            "completed_on": self.now.date(), "members": "王安、李维", "opinion": "合格",
            "settled": dict(zip([item.id for item in items], settled, strict=True)), **changes,
        }  # fmt: skip
        return self.do(who, lambda ctx: submit_acceptance(project.id, ctx), **data)

    # --- looking ---------------------------------------------------------------------------------

    def fresh(self, row):
        """The row as it stands in the database now."""
        self.session.rollback()
        return self.session.get(type(row), row.id, populate_existing=True)

    def column(self, project: Project, name: str) -> list[int]:
        query = select(getattr(ProjectHouse, name)).where(ProjectHouse.project_id == project.id)
        return list(self.session.scalars(query.order_by(ProjectHouse.sort_key)))

    def paid(self, project: Project) -> list[int]:
        pairs = zip(self.column(project, "drawn_interest"), self.column(project, "drawn_principal"), strict=True)
        return [interest + principal for interest, principal in pairs]

    def messages(self) -> dict[str, list[str]]:
        """{login name: texts}, oldest first."""
        rows = self.session.execute(
            select(PlatformUser.username, Message.text)
            .join(Message, Message.user_id == PlatformUser.id)
            .order_by(Message.id)
        )
        told: dict[str, list[str]] = {}
        for username, text in rows:
            told.setdefault(username, []).append(text)
        return told


def _add_item(
    session: Session, project: Project, city: City, position: int, shares: dict[House, int], contractor: Contractor
) -> None:
    equipment = Equipment(
        area_id=city.area.id, category_id=city.categories[1].id, name=f"{project.number[-3:]}-{position} 号电梯"
    )
    session.add(equipment)
    session.flush()
    item = ProjectItem(
        project_id=project.id,
        position=position,
        equipment_id=equipment.id,
        content="更换曳引机",
        remark="",
        warning_reason="",
        contractor_id=contractor.id,
        budget=sum(shares.values()),
        shares_stale=False,
    )
    session.add(item)
    session.flush()
    for house, amount in shares.items():
        session.add(
            ItemShare(
                item_id=item.id,
                house_id=house.id,
                project_id=project.id,
                sort_key=house.sort_key,
                floor_area=house.floor_area,
                amount=amount,
            )
        )
