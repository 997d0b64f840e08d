"""A desk to work the ledger at in tests: one area, its houses, projects on them. Plain rows, no screens, no workflow.

Amounts are yuan in whole numbers where a test reads them (`yuan=`), else fen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.enums import (
    ApplicationKind,
    ApplicationState,
    AreaGround,
    HouseUse,
    OrganisationKind,
    ProjectKind,
    ProjectState,
    RefundReason,
    RefundState,
    TransferState,
)
from app.ledger import opening, project_money
from app.ledger.accounts import open_house_accounts
from app.models import (
    Application,
    Area,
    Building,
    District,
    Equipment,
    EquipmentCategory,
    EscrowAccount,
    House,
    HouseAccount,
    ItemShare,
    OpeningBatch,
    OpeningLine,
    Organisation,
    PlatformUser,
    Project,
    ProjectHouse,
    ProjectItem,
    Refund,
    Transfer,
)
from app.permissions import SYSTEM
from app.workflows import engine

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 30, 0, 123456)


@dataclass
class Desk:
    """The session and the rows every test needs; `booking()` gives the arguments of a posting."""

    session: Session
    area: Area
    building: Building
    company: Organisation
    user: PlatformUser
    equipment: Equipment
    houses: list[House] = field(default_factory=list)
    made: int = 0

    def booking(self, day: date = DAY) -> dict:
        return {"booked_on": day, "now": NOW + timedelta(seconds=self.made), "actor": SYSTEM}

    def add_houses(self, balances: list[int | tuple[int, int]], *, open_them: bool = True) -> list[House]:
        """Houses with these opening balances: principal, or (principal, interest), fen."""
        start = len(self.houses)
        for number, _ in enumerate(balances, start=start + 1):
            self.houses.append(_house(self.session, self.area, self.building, number))
        self.session.flush()
        houses = self.houses[start:]
        if open_them:
            pairs = [balance if isinstance(balance, tuple) else (balance, 0) for balance in balances]
            batch = self.batch(dict(zip([house.id for house in houses], pairs, strict=True)))
            opening.confirm_opening(self.session, batch, **self.booking())
        else:
            open_house_accounts(self.session, self.area)
        return houses

    def batch(self, balances: dict[int, tuple[int, int]]) -> OpeningBatch:
        """A batch of opening balances {house: (principal, interest)}, waiting for finance."""
        batch = OpeningBatch(
            area_id=self.area.id, house_count=len(balances), created_at=NOW,
            principal_total=sum(p for p, _ in balances.values()), interest_total=sum(i for _, i in balances.values()),
        )  # fmt: skip
        self.session.add(batch)
        self.session.flush()
        for house_id, (principal, interest) in balances.items():
            line = OpeningLine(batch_id=batch.id, house_id=house_id, principal=principal, interest=interest)
            self.session.add(line)
        self.session.flush()
        return batch

    def project(self, *items: list[tuple[House, int]]) -> Project:
        """A draft whose items are lists of (house, budget share in fen)."""
        self.made += 1
        project = Project(
            number=f"WX2026{self.made:06d}", kind=ProjectKind.NORMAL, state_since=NOW, created_at=NOW,
            organisation_id=self.company.id, area_id=self.area.id, created_by_id=self.user.id,
            name=f"维修 {self.made}", reason="",
        )  # fmt: skip
        self.session.add(project)
        self.session.flush()
        for position, shares in enumerate(items, start=1):
            self._item(project, position, shares)
        return project

    def _item(self, project: Project, position: int, shares: list[tuple[House, int]]) -> None:
        equipment = Equipment(
            area_id=self.area.id, category_id=self.equipment.category_id, name=f"{project.number}-{position}",
        )  # fmt: skip
        self.session.add(equipment)
        self.session.flush()
        item = ProjectItem(
            project_id=project.id, position=position, equipment_id=equipment.id, content="", remark="",
            warning_reason="", budget=sum(share for _, share in shares), shares_stale=False,
        )  # fmt: skip
        self.session.add(item)
        self.session.flush()
        for house, share in shares:
            self.session.add(
                ItemShare(
                    item_id=item.id,
                    house_id=house.id,
                    project_id=project.id,
                    sort_key=house.sort_key,
                    floor_area=house.floor_area,
                    amount=share,
                )
            )
        self.session.flush()

    def start(self, project: Project) -> Project:
        """Submitted and approved: fᵢ fixed, held, the project running."""
        project_money.fix_fund(self.session, project)
        project_money.hold_fund(self.session, project)
        return self.move(project, ProjectState.RUNNING)

    def move(self, project: Project, state: ProjectState) -> Project:
        with engine._moving():
            project.state = state
        self.session.flush()
        return project

    def transfer(self, project: Project, amount: int, *, lines: int = 1) -> Transfer:
        """An approved payee line that the bank is about to confirm."""
        self.made += 1
        application = Application(
            kind=ApplicationKind.PAYOUT, number=f"BF2026{self.made:06d}", state=ApplicationState.APPROVED,
            organisation_id=self.company.id, area_id=self.area.id, project_id=project.id, amount=amount,
            created_at=NOW, created_by_id=self.user.id, remark="",
        )  # fmt: skip
        self.session.add(application)
        self.session.flush()
        transfer = Transfer(
            application_id=application.id, project_id=project.id, escrow_account_id=self.area.escrow_account_id,
            line=lines, state=TransferState.PREPARED, account_name="江门市宏达建筑工程有限公司", bank_name="工商银行",
            account_no="6222 0001", amount=amount, foreign_reason="", refusal_reason="",
        )  # fmt: skip
        self.session.add(transfer)
        self.session.flush()
        return transfer

    def pay(self, project: Project, amount: int, **options) -> Transfer:
        """The bank confirms a payee line of `amount` fen."""
        transfer = self.transfer(project, amount)
        project_money.pay_transfer(self.session, transfer, **self.booking(), **options)
        with engine._moving():
            transfer.state = TransferState.PAID
        self.session.flush()
        return transfer

    def refund(self, transfer: Transfer, amount: int, number: str = ""):
        """The bank confirms that `amount` fen of a line has come back."""
        self.made += 1
        refund = Refund(
            number=number or f"QT{self.made}", project_id=transfer.project_id, transfer_id=transfer.id,
            escrow_account_id=transfer.escrow_account_id, amount=amount, reason=RefundReason.OTHER, filed_at=NOW,
            filed_by_id=self.user.id, valid_until=DAY,
        )  # fmt: skip
        entry = project_money.refund_transfer(
            self.session, transfer, amount, refund_key=refund.number, **self.booking()
        )
        refund.entry_id, refund.state = entry.id, RefundState.PAID
        self.session.add(refund)
        self.session.flush()
        return entry

    def settle(self, project: Project, *amounts: int):
        """The acceptance comes into force with these amounts, one an item."""
        self.made += 1
        items = [item.id for item in project.items]
        return project_money.put_settlement(
            self.session, project, dict(zip(items, amounts, strict=True)), acceptance_id=self.made, **self.booking()
        )

    def close(self, project: Project, state: ProjectState = ProjectState.CLOSED) -> None:
        project_money.release(self.session, project)
        self.move(project, state)

    def column(self, project: Project, name: str) -> list:
        """One column of the project's houses, in list order."""
        query = select(getattr(ProjectHouse, name)).where(ProjectHouse.project_id == project.id)
        return list(self.session.scalars(query.order_by(ProjectHouse.sort_key)))

    def paid(self, project: Project) -> list[int]:
        pairs = zip(self.column(project, "drawn_interest"), self.column(project, "drawn_principal"), strict=True)
        return [interest + principal for interest, principal in pairs]

    def accounts(self) -> list[tuple[int, int, int]]:
        """(principal, interest, held) of every house, in order."""
        query = select(HouseAccount.principal, HouseAccount.interest, HouseAccount.held)
        return [tuple(row) for row in self.session.execute(query.order_by(HouseAccount.house_id))]


def open_desk(session: Session) -> Desk:
    """An empty area with its escrow account, a company, a user."""
    bank = Organisation(kind=OrganisationKind.BANK, name="工商银行", address="", created_at=NOW)
    company = Organisation(kind=OrganisationKind.PROPERTY_COMPANY, name="云湖物业", address="", created_at=NOW)
    district = District(code="440703", name="蓬江区")
    category = EquipmentCategory(name="屋面")
    user = PlatformUser(first_name="甲", last_name="", username="agent", email="agent@example.org", active=True)
    session.add_all([bank, company, district, category, user])
    session.flush()
    escrow = EscrowAccount(bank_id=bank.id, name="维修资金专户", bank_name="工商银行", account_no="2012 0001")
    session.add(escrow)
    session.flush()
    area = Area(district_id=district.id, escrow_account_id=escrow.id, name="云湖花园", address="")
    session.add(area)
    session.flush()
    building = Building(area_id=area.id, name="1幢")
    equipment = Equipment(area_id=area.id, category_id=category.id, name="屋面")
    session.add_all([building, equipment])
    session.flush()
    return Desk(session, area, building, company, user, equipment)


def _house(session: Session, area: Area, building: Building, number: int) -> House:
    house = House(
        area_id=area.id, building_id=building.id, room=f"{number:03d}", label=f"1幢{number:03d}",
        sort_key=f"{number:05d}", floor_area=10000, area_ground=AreaGround.REGISTERED, use=HouseUse.RESIDENTIAL,
    )  # fmt: skip
    session.add(house)
    return house


def tamper(session: Session, statement: str, **values) -> None:
    """Change a row behind the ledger's back: triggers and constraints that would refuse it are switched off first."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for table, name in session.execute(_CHECKS_AND_KEYS).all():
            session.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE'))
        session.execute(text(statement), values)
        return
    for trigger in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f'DROP TRIGGER "{trigger}"'))
    session.execute(text("PRAGMA ignore_check_constraints = ON"))
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    session.execute(text(statement), values)


_CHECKS_AND_KEYS = text(
    "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid::regclass::text IN "
    "('house_accounts', 'pool_accounts', 'postings', 'journal_entries', 'project_houses', 'item_shares')"
)
