"""A plain-dictionary model of projects' money, and a machine that plays random projects against it and the real ledger.

The model splits by exact fractions (largest remainder, ties to the earlier row), written apart from `domain.apportion`.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import ProjectState
from app.domain.errors import Conflict, Refusal
from app.ledger import deposits, project_money
from app.ledger.checks import verify
from app.models import PoolAccount, ProjectHouse
from tests.ledger import premises
from tests.ledger.desk import open_desk

DRAFT, UNDER_REVIEW, RUNNING = ProjectState.DRAFT, ProjectState.UNDER_REVIEW, ProjectState.RUNNING
PERCENT = st.sampled_from([100, 97, 80, 60, 33, 10, 1])
FIRST = st.sampled_from([60, 80, 33, 97])
AREAS = st.lists(st.integers(1, 90_00), min_size=2, max_size=3)
BALANCE = st.integers(min_value=0, max_value=80_00)
ITEMS = st.lists(
    st.dictionaries(st.integers(0, 4), st.integers(1, 40_00) | st.sampled_from([0, 33_33]), min_size=1),
    min_size=2,
    max_size=3,
)


def split(total: int, weights: list[int]) -> list[int]:
    """Largest remainder by fractions; the model's own."""
    whole = sum(weights)
    if not total:
        return [0] * len(weights)
    quotas = [Fraction(total * weight, whole) for weight in weights]
    parts = [quota.numerator // quota.denominator for quota in quotas]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - quotas[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


class House:
    """An account of the model, fen."""

    def __init__(self, principal: int, interest: int):
        self.principal, self.interest, self.held = principal, interest, 0
        self.heirs: list[tuple[House, int]] = []  # of one that was split or merged, with their floor areas

    def receive(self, principal: int, interest: int) -> None:
        """An ended house hands on what comes back to it."""
        if not self.heirs:
            self.principal += principal
            self.interest += interest
            return
        areas = [area for _, area in self.heirs]
        for (heir, _), p, i in zip(self.heirs, split(principal, areas), split(interest, areas), strict=True):
            heir.receive(p, i)

    def end(self, heirs: list[tuple[House, int]]) -> None:
        principal, interest, self.principal, self.interest = self.principal, self.interest, 0, 0
        self.heirs = heirs
        self.receive(principal, interest)

    @property
    def available(self) -> int:
        return self.principal + self.interest - self.held

    def draw(self, part: int) -> tuple[int, int]:
        """Interest first."""
        interest = min(part, self.interest)
        self.interest -= interest
        self.principal -= part - interest
        return interest, part - interest


class Share:
    """A house in a project of the model: b, f, t, u and what was drawn."""

    def __init__(self, house: House, budget: int):
        self.house, self.budget = house, budget
        self.fund = self.limit = self.interest = self.principal = self.held = 0
        self.settled: int | None = None

    @property
    def paid(self) -> int:
        return self.interest + self.principal

    def take(self, part: int) -> None:
        interest, principal = self.house.draw(part)
        self.interest += interest
        self.principal += principal

    def give(self, part: int) -> None:
        interest, principal = split(part, [self.interest, self.principal]) if part else (0, 0)
        self.interest -= interest
        self.principal -= principal
        self.house.receive(principal, interest)

    def hold(self, held: int) -> None:
        self.house.held += held - self.held
        self.held = held


class Play:
    """A project: the real row beside the model's shares."""

    def __init__(self, project, items: list[list[tuple[int, int]]], shares: dict[int, Share]):
        self.project, self.items, self.shares = project, items, shares
        self.lines: list = []

    @property
    def rows(self) -> list[Share]:
        return [self.shares[key] for key in sorted(self.shares)]

    def total(self, name: str) -> int:
        return sum(getattr(row, name) for row in self.rows)


class ProjectMoney(RuleBasedStateMachine):
    """Random projects over five houses, some of them short of balance."""

    engine = None

    @initialize(balances=st.lists(st.tuples(BALANCE, BALANCE), min_size=5, max_size=5), items=ITEMS, first=FIRST)
    def open_accounts(self, balances, items, first):
        """Five houses, and a running project with its first payout."""
        self.session = Session(self.engine)
        self.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        self.desk = open_desk(self.session)
        self.desk.add_houses([(principal + 1, interest) for principal, interest in balances])
        self.houses = [House(principal + 1, interest) for principal, interest in balances]
        self.every, self.parts = list(self.houses), []  # all there ever were; (model, row) of parts that no item shares
        self.bank = sum(house.principal + house.interest for house in self.houses)
        self.plays: list[Play] = []
        self.plan(items)
        self.submit(self.plays[0])
        self.approve(self.plays[0])
        self.pay_part(self.plays[0], first)

    def teardown(self):
        if hasattr(self, "session"):
            self.session.rollback()
            self.session.close()

    def pick(self, data, *states: ProjectState) -> Play:
        return data.draw(st.sampled_from(self.standing(*states)))

    def standing(self, *states: ProjectState) -> list[Play]:
        return [play for play in self.plays if play.project.state in states]

    @precondition(lambda self: len(self.plays) < 4)
    @rule(items=ITEMS)
    def plan_another(self, items):
        self.plan(items)

    def plan(self, items):
        rows = [sorted(item.items()) for item in items]
        project = self.desk.project(*([(self.desk.houses[h], share) for h, share in item] for item in rows))
        shares = {
            h: Share(self.houses[h], sum(dict(item).get(h, 0) for item in rows)) for item in rows for h, _ in item
        }
        self.plays.append(Play(project, rows, shares))

    @precondition(lambda self: self.standing(DRAFT))
    @rule(data=st.data())
    def submit_one(self, data):
        self.submit(self.pick(data, DRAFT))

    def submit(self, play):
        for row in play.rows:
            row.fund = row.limit = min(row.budget, row.house.available)
        assert project_money.fix_fund(self.session, play.project) == play.total("fund")
        self.desk.move(play.project, UNDER_REVIEW)

    @precondition(lambda self: self.standing(UNDER_REVIEW))
    @rule(data=st.data())
    def return_to_company(self, data):
        self.back_to_draft(self.pick(data, UNDER_REVIEW))

    def back_to_draft(self, play):
        self.desk.move(play.project, DRAFT)
        project_money.drop_fund(self.session, play.project)
        for row in play.rows:
            row.fund = row.limit = 0

    @precondition(lambda self: self.standing(UNDER_REVIEW))
    @rule(data=st.data())
    def approve_one(self, data):
        self.approve(self.pick(data, UNDER_REVIEW))

    def approve(self, play):
        lacking = [row.fund - row.house.available for row in play.rows if row.fund > row.house.available]
        assert [shortage.lack for shortage in project_money.shortages(self.session, play.project)] == lacking
        if lacking:
            refused(Refusal, lambda: project_money.hold_fund(self.session, play.project))
            self.back_to_draft(play)
            return
        project_money.hold_fund(self.session, play.project)
        self.desk.move(play.project, RUNNING)
        for row in play.rows:
            row.hold(row.limit)

    @precondition(lambda self: self.standing(RUNNING))
    @rule(data=st.data(), percent=PERCENT)
    def pay(self, data, percent):
        self.pay_part(self.pick(data, RUNNING), percent)

    def pay_part(self, play, percent):
        open_sum = play.total("limit") - play.total("paid")
        amount = open_sum * percent // 100
        if not amount:
            return
        play.lines.append(self.desk.pay(play.project, amount))
        for row, part in zip(play.rows, split(amount, [row.limit - row.paid for row in play.rows]), strict=True):
            row.take(part)
            row.hold(row.held - part)
        self.bank -= amount

    @precondition(lambda self: self.standing(RUNNING))
    @rule(data=st.data())
    def pay_too_much(self, data):
        play = self.pick(data, RUNNING)
        transfer = self.desk.transfer(play.project, play.total("limit") - play.total("paid") + 1)
        refused(Refusal, lambda: project_money.pay_transfer(self.session, transfer, **self.desk.booking()))

    @precondition(lambda self: any(play.lines for play in self.plays))
    @rule(data=st.data())
    def pay_twice(self, data):
        line = data.draw(st.sampled_from([line for play in self.plays for line in play.lines]))
        refused(Conflict, lambda: project_money.pay_transfer(self.session, line, **self.desk.booking()))

    @precondition(lambda self: self.standing(RUNNING))
    @rule(data=st.data())
    def settle(self, data):
        play = self.pick(data, RUNNING)
        if not play.lines or any(row.settled is not None for row in play.rows):
            return
        cut = data.draw(st.integers(0, len(play.items) - 1))
        percents = [data.draw(PERCENT) if place == cut else 100 for place in range(len(play.items))]
        budgets = [sum(share for _, share in item) for item in play.items]
        amounts = [budget * percent // 100 for budget, percent in zip(budgets, percents, strict=True)]
        settled = dict.fromkeys(play.shares, 0)
        for item, amount in zip(play.items, amounts, strict=True):
            for (house, _), part in zip(item, split(amount, [share for _, share in item]), strict=True):
                settled[house] += part
        limits = {house: min(play.shares[house].fund, settled[house]) for house in settled}
        if sum(limits.values()) < play.total("paid"):
            refused(Refusal, lambda: self.desk.settle(play.project, *amounts))
            return
        self.desk.settle(play.project, *amounts)
        for house, row in play.shares.items():
            row.settled, row.limit = settled[house], limits[house]
        excess = [max(row.paid - row.limit, 0) for row in play.rows]
        draws = split(sum(excess), [max(row.limit - row.paid, 0) for row in play.rows])
        for row, back, part in zip(play.rows, excess, draws, strict=True):
            row.give(back)
            row.take(part)
            row.hold(row.limit - row.paid)

    @precondition(lambda self: self.standing(RUNNING))
    @rule(data=st.data())
    def withdraw_acceptance(self, data):
        play = self.pick(data, RUNNING)
        if all(row.settled is None for row in play.rows):
            return
        if any(row.fund - row.limit > row.house.available for row in play.rows):
            refused(Refusal, lambda: project_money.undo_settlement(self.session, play.project))
            return
        project_money.undo_settlement(self.session, play.project)
        for row in play.rows:
            row.settled, row.limit = None, row.fund
            row.hold(row.limit - row.paid)

    @precondition(lambda self: any(play.lines for play in self.plays))
    @rule(data=st.data(), percent=PERCENT)
    def refund(self, data, percent):
        play = data.draw(st.sampled_from([play for play in self.plays if play.lines]))
        line = data.draw(st.sampled_from(play.lines))
        left = line.amount - line.refunded
        refused(Refusal, lambda: self._refund(line, left + 1))
        if not (amount := left * percent // 100):
            return
        self._refund(line, amount)
        for row, part in zip(play.rows, split(amount, [row.paid for row in play.rows]), strict=True):
            row.give(part)
            if play.project.state is RUNNING:
                row.hold(row.held + part)
        self.bank += amount

    def _refund(self, line, amount: int):
        self.desk.refund(line, amount)

    @precondition(lambda self: self.standing(RUNNING))
    @rule(data=st.data(), cancel=st.booleans())
    def end(self, data, cancel):
        play = self.pick(data, RUNNING)
        if not play.lines:
            return
        cancelled = cancel and not play.total("paid")
        self.desk.close(play.project, ProjectState.CANCELLED if cancelled else ProjectState.CLOSED)
        for row in play.rows:
            row.hold(0)

    @precondition(lambda self: len(self.plays) > 1)
    @rule(house=st.integers(0, 4), amount=st.integers(1, 20_00))
    def deposit(self, house, amount):
        self.desk.made += 1
        amounts = {self.desk.houses[house].id: amount}
        key = f"JC{self.desk.made}"
        deposits.post_deposits(self.session, self.desk.area, amounts, business_key=key, **self.desk.booking())
        self.houses[house].principal += amount
        self.bank += amount

    def shared(self, house: House) -> bool:
        """In a draft, a review or at work: such a house is neither split nor merged."""
        return any(row.house is house for play in self.standing(DRAFT, UNDER_REVIEW, RUNNING) for row in play.rows)

    @precondition(lambda self: len(self.parts) < 4)
    @rule(place=st.integers(0, 4), areas=AREAS)
    def split_house(self, place, areas):
        """Its first part takes its place in later items."""
        old, row = self.houses[place], self.desk.houses[place]
        if self.shared(old):
            return
        row.floor_area = sum(areas)
        rows, _entry = premises.split(self.desk, row, *areas)
        new = [House(0, 0) for _ in areas]
        old.end(list(zip(new, areas, strict=True)))
        self.every += new
        self.houses[place], self.desk.houses[place] = new[0], rows[0]
        self.parts += list(zip(new, rows, strict=True))[1:]

    @precondition(lambda self: self.parts)
    @rule(place=st.integers(0, 4))
    def merge_houses(self, place):
        """A house takes up a part that was split off."""
        old, row = self.houses[place], self.desk.houses[place]
        if self.shared(old):
            return
        part, part_row = self.parts.pop()
        made, _entry = premises.merge(self.desk, row, part_row)
        new = House(0, 0)
        for house, area in ((old, row.floor_area), (part, part_row.floor_area)):
            house.end([(new, area)])
        self.every.append(new)
        self.houses[place], self.desk.houses[place] = new, made

    @invariant()
    def ledger_is_the_model(self):
        if not hasattr(self, "session"):
            return
        assert self.desk.accounts() == [(house.principal, house.interest, house.held) for house in self.every]
        assert self.session.scalar(select(PoolAccount.balance)) == self.bank
        for play in self.plays:
            self._same(play)
        assert verify(self.session) == []

    def _same(self, play):
        columns = ("budget", "fund", "fund_limit", "settled", "drawn_interest", "drawn_principal", "held")
        query = select(*(getattr(ProjectHouse, name) for name in columns)).where(
            ProjectHouse.project_id == play.project.id
        )
        found = [tuple(row) for row in self.session.execute(query.order_by(ProjectHouse.sort_key))]
        assert all(0 <= row.paid <= row.limit <= row.budget or not play.project.fund_fixed for row in play.rows)
        if not play.project.fund_fixed:
            assert found == []
            return
        names = ("budget", "fund", "limit", "settled", "interest", "principal", "held")
        assert found == [tuple(getattr(row, name) for name in names) for row in play.rows]


def refused(error: type[Exception], act) -> None:
    """The act is refused, and nothing that it may have done stays."""
    try:
        act()
    except error:
        return
    raise AssertionError("not refused")
