"""Random repair projects played by the real acts against the plain model; verify-ledger after every step.

One example is one outer transaction that is rolled back at its end; each act has a savepoint of its own, so that a
refused one leaves nothing behind.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app import audit
from app.domain.enums import HouseChangeKind, NoticeKind
from app.domain.errors import Conflict, NotYours, Refusal
from app.ledger.checks import verify
from app.models import Application, HouseAccount, Project
from app.transaction import unit_of_work
from app.workflows.engine import apply
from app.workflows.houses import actions as houses
from app.workflows.houses.owners import Person
from app.workflows.houses.plans import Plan
from app.workflows.notices.actions import publish_notice, take_back
from app.workflows.plan_change.filing import Asked, open_plan_change, save_plan_change
from app.workflows.projects import items, shares
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.plan import PhaseEdit
from tests.factories.repairs import Repairs
from tests.workflows.houses.conftest import split_plan
from tests.workflows.machine import model

BUDGET = st.integers(300, 90_00)
SHARE = st.sampled_from([100, 97, 60, 41, 34, 10, 3])
PLANS = st.sampled_from([[40_00, 30_00, 30_00], [60_00, 40_00], [33_33, 33_33, 33_34]])


class Desk(Repairs):
    """Acts inside the example's transaction."""

    def do(self, who, what, **data):
        with self.session.begin_nested():
            result = what(self.context(who, **data))
        audit.drop_queue(self.session)  # the trail is chained at the commit that never comes
        return result

    def fresh(self, row):
        return self.session.get(type(row), row.id, populate_existing=True)


class Projects(RuleBasedStateMachine):
    """Two projects at most over the same three houses, so that they take each other's money."""

    city = cast = None

    @initialize(
        balances=st.lists(st.integers(0, 40_00), min_size=3, max_size=3), budget=BUDGET, percents=PLANS, first=SHARE
    )
    def open_accounts(self, balances, budget, percents, first):
        """A project at work, where its houses have anything, with a first part of its money paid."""
        self.outer = unit_of_work()
        session = self.outer.__enter__()
        self.desk = Desk(session, self.city, self.cast)
        self.houses = self.desk.houses([balance + 1 for balance in balances])
        self.accounts = [{"balance": balance + 1, "held": 0} for balance in balances]
        self.projects: list[dict] = []
        self.votes = 0
        self.create(budget, percents)
        project = self.projects[0]
        self.run(project)
        if project["state"] == "running" and (amount := project["phases"][0] * first // 100):
            self.ask(project, 0, amount)
            for payout in project["payouts"]:
                self.decide_payout(project, payout, "approve")
                self.bank(project, payout, "prepare")
                self.bank(project, payout, "pay")

    def teardown(self):
        if hasattr(self, "outer"):
            with suppress(RuntimeError):
                self.outer.__exit__(RuntimeError, RuntimeError("the example is over"), None)

    # --- trying --------------------------------------------------------------------------------------------------

    def attempt(self, must_work: bool, act):
        """Do it for real; it works or is refused as the model says. Gives what the act gave, or None."""
        try:
            result = act()
        except (Refusal, Conflict, NotYours) as refusal:  # the bank knows no line that finance has not sent it
            assert not must_work, f"refused, but the model allows it: {refusal}"
            audit.drop_queue(self.desk.session)
            self.desk.session.expire_all()
            return None
        assert must_work, "worked, but the model refuses it"
        return result

    def pick(self, data, among):
        return data.draw(st.sampled_from(list(among)))

    def of(self, *states: str) -> list[dict]:
        return [project for project in self.projects if project["state"] in states]

    def lines(self, *states: str) -> list[tuple[dict, dict]]:
        return [
            (project, payout) for project in self.projects for payout in project["payouts"] if payout["line"] in states
        ]  # fmt: skip

    def row(self, project: dict) -> Project:
        return self.desk.session.get(Project, project["key"], populate_existing=True)

    # --- before the initiation -----------------------------------------------------------------------------------

    def create(self, budget, percents):
        amounts = model.split(budget, [1] * len(self.houses))
        row = self.desk.project([dict(zip(self.houses, amounts, strict=True))], [0] * len(percents))
        for phase, percent in zip(row.phases, percents, strict=True):
            phase.percent = percent
        self.desk.session.flush()
        self.projects.append(model.new_project(row.id, self.accounts, budget, percents))

    @precondition(lambda self: len(self.projects) < 2)
    @rule(budget=BUDGET, percents=PLANS)
    def create_another(self, budget, percents):
        self.create(budget, percents)

    @rule(data=st.data(), budget=BUDGET)
    def share_another_budget(self, data, budget):
        """Frozen from the submission on; a vote that rests on the old one is void."""
        project = self.pick(data, self.projects)
        item = self.row(project).items[0].id

        def act(ctx):
            items.save_items(project["key"], [items.ItemEdit(item, budget=budget)], ctx)
            shares.split_budget(project["key"], item, ctx)

        number = project["vote_number"] if project["vote"] in ("open", "passed") else ""
        changed = budget != model.total(project, "b")
        self.attempt(project["state"] == "draft", lambda: self.desk.do("agent", act, void_vote=number))
        if project["state"] != "draft":
            return
        for row, part in zip(project["rows"], model.split(budget, [1] * 3), strict=True):
            row["b"] = part
        if changed and project["vote"] in ("open", "passed"):
            project["vote"] = "void"

    @precondition(lambda self: self.of("draft"))
    @rule(data=st.data())
    def vote(self, data):
        self.take_vote(self.pick(data, self.of("draft")))

    def take_vote(self, project):
        must = model.may_vote(project)
        vote = self.attempt(must, lambda: self.desk.voted(self.row(project)))
        if must:
            self.votes += 1
            project["vote"], project["vote_number"], project["vote_serial"] = "passed", vote.number, self.votes

    @precondition(lambda self: self.of("draft"))
    @rule(data=st.data())
    def publish(self, data):
        self.publish_initiation(self.pick(data, self.of("draft")))

    def publish_initiation(self, project):
        must = model.may_publish(project)
        notice = self.attempt(must, lambda: self.desk.published(self.row(project)))
        if must:
            budget = model.total(project, "b")
            project["notice"] = {"budget": budget, "closes": notice.closes_on, "vote": project["vote_serial"]}

    @rule(days=st.sampled_from([1, 7, 8]))
    def pass_days(self, days):
        self.desk.pass_days(days)

    @precondition(lambda self: self.of("draft"))
    @rule(data=st.data())
    def file(self, data):
        self.submit_initiation(self.pick(data, self.of("draft")))

    def submit_initiation(self, project):
        notice = project["notice"]
        must = model.may_submit(project) and notice["vote"] == project["vote_serial"]

        def act():
            application = self.desk.open_initiation(self.row(project))
            return self.desk.accept(self.desk.submit(application))

        application = self.attempt(must, act)
        if must:
            project["application"] = application
            self.desk.act("reviewer", application, "approve_first")
            model.submit(project)

    @precondition(lambda self: self.of("under_review"))
    @rule(data=st.data(), how=st.sampled_from(["approve_final", "approve_final", "return", "reject"]))
    def review(self, data, how):
        self.decide(self.pick(data, self.of("under_review")), how)

    def decide(self, project, how):
        must = model.may_start(project, self.desk.now.date()) if how == "approve_final" else True
        who = "supervisor"
        self.attempt(must, lambda: self.desk.act(who, project["application"], how, opinion="意见"))
        if how != "approve_final":
            model.reopen(project, how)
        elif must:
            model.start(project)

    def run(self, project):
        """The way to 实施中, as far as it goes."""
        self.take_vote(project)
        self.publish_initiation(project)
        self.desk.pass_days(8)
        self.submit_initiation(project)
        if project["state"] == "under_review":
            self.decide(project, "approve_final")

    # --- payouts -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.of("running", "draft", "closed"))
    @rule(data=st.data(), percent=SHARE, over=st.integers(-1, 1))
    def apply_for_money(self, data, percent, over):
        """A part of what the phase has left, and now and then a fen more or less than all."""
        project = self.pick(data, self.of("running", "draft", "closed"))
        phases = model.phases_now(project)
        phase = data.draw(st.integers(0, len(phases) - 1))
        left = min(phases[phase] - model.counted(project, phase), model.total(project, "u") - model.counted(project))
        amount = max(left * percent // 100 + (over if percent == 100 else 0), 1)
        self.ask(project, phase, amount, must=left > 0)

    def ask(self, project, phase, amount, *, must=True):
        must = must and model.may_pay_out(project, phase, amount)

        def act():
            return self.desk.submit(self.desk.open_payout(self.row(project), phase + 1, amount))

        application = self.attempt(must, act)
        if must:
            project["payouts"].append({
                "phase": phase, "amount": amount, "refunded": 0, "state": "submitted", "line": "new",
                "application": application,
            })  # fmt: skip

    @precondition(lambda self: self.lines("new"))
    @rule(data=st.data(), how=st.sampled_from(["approve", "approve", "approve", "reject", "withdraw"]))
    def review_payout(self, data, how):
        self.decide_payout(*self.pick(data, self.lines("new")), how)

    def decide_payout(self, project, payout, how):
        application = payout["application"]
        must = how != "approve" or model.may_pay_out(project, payout["phase"], payout["amount"], without=payout)
        if how == "approve":
            must = must and not project["cancelling"]
            self.attempt(must, lambda: self.desk.approve(application))
            if must:
                payout["state"], payout["line"] = "approved", "pending"
            else:  # as the department would: it is not wanted any more
                self.desk.act("reviewer", application, "reject", opinion="意见")
                payout["state"], payout["line"] = "rejected", "none"
            return
        who = "reviewer" if how == "reject" else "agent"
        self.desk.act(who, application, how, opinion="意见")
        payout["state"], payout["line"] = how, "none"

    @precondition(lambda self: self.lines("pending", "refused", "prepared"))
    @rule(data=st.data(), how=st.sampled_from(["prepare", "prepare", "pay", "pay", "refuse", "correct", "end"]))
    def at_the_bank(self, data, how):
        """Yes, no, and unknown: what is prepared stays so and can't be prepared twice."""
        self.bank(*self.pick(data, self.lines("pending", "refused", "prepared")), how)

    def bank(self, project, payout, how):
        line = self.desk.lines(payout["application"])[0]
        acts = {
            "prepare": ("pending", "prepared", lambda: self.desk.move("finance", line, "prepare")),
            "pay": ("prepared", "paid", lambda: self.desk.confirm(line)),
            "refuse": ("prepared", "refused", lambda: self.desk.move("bank", line, "refuse", reason="户名不符")),
            "correct": ("refused", "pending", lambda: self._correct(line)),
            "end": ("pending refused", "ended", lambda: self.desk.move("finance", line, "end", reason="不再支付")),
        }
        sources, target, act = acts[how]
        must = payout["line"] in sources.split()
        if how == "prepare":
            must = must and model.may_pay_out(project, payout["phase"], payout["amount"], without=payout)
        self.attempt(must, act)
        if not must:
            return
        if how == "pay":
            model.pay(project, payout)
            return
        payout["line"] = target
        if how == "end":
            payout["state"] = "settled"
            model.close_if_done(project)

    def _correct(self, line):
        self.desk.made += 1
        number = f"6222{self.desk.made:012d}"
        payee = {"account_name": "云溪电梯工程有限公司", "bank_name": "城东银行", "account_no": number}
        self.desk.move("agent", line, "correct", **payee)
        return self.desk.move("reviewer", line, "recheck")

    # --- acceptance, refund, plan, end ---------------------------------------------------------------------------

    @precondition(lambda self: self.of("running"))
    @rule(data=st.data(), percent=SHARE)
    def accept(self, data, percent):
        project = self.pick(data, self.of("running"))
        settled = max(model.total(project, "b") * percent // 100, 1)
        fits = model.may_accept(project, settled)
        must = project["acceptance"] is None and not project["cancelling"] and fits

        def act():
            self.desk.accept_works(self.row(project), settled)
            self.desk.published(self.row(project), NoticeKind.ACCEPTANCE)

        self.attempt(must, lambda: self._whole(act))
        if must:
            model.accept(project, settled)

    def _whole(self, act):
        """Several acts as one: what the first did is undone when the second is refused."""
        with self.desk.session.begin_nested():
            return act()

    @precondition(lambda self: self.lines("paid"))
    @rule(data=st.data(), percent=SHARE, confirm=st.booleans())
    def refund(self, data, percent, confirm):
        project, payout = self.pick(data, self.lines("paid"))
        line = self.desk.lines(payout["application"])[0]
        left = payout["amount"] - payout["refunded"]
        self.attempt(False, lambda: self.desk.refund(self.row(project), line, left + 1))
        amount = left * percent // 100
        must = amount > 0 and project["state"] in ("running", "closed")
        notice = self.attempt(must, lambda: self.desk.refund(self.row(project), line, amount))
        if not must:
            return
        if confirm:
            self.desk.confirm_refund(notice)
            model.refund(project, payout, amount)
        else:
            self.desk.move_refund("agent", notice, "void", reason="开错")
            model.close_if_done(project)

    @precondition(lambda self: self.of("running", "draft"))
    @rule(data=st.data(), cut=st.integers(1, 99))
    def change_plan(self, data, cut):
        """The last phase gives a part to the one before, where neither is applied for."""
        project = self.pick(data, self.of("running", "draft"))
        phases = list(model.phases_now(project))
        moved = phases[-1] * cut // 100
        phases[-2:] = [phases[-2] + moved, phases[-1] - moved]
        free = not any(model.counted(project, place) for place in (len(phases) - 1, len(phases) - 2))
        must = project["state"] == "running" and not project["cancelling"] and free and moved > 0 and all(phases)
        self.attempt(must, lambda: self._whole(lambda: self._change_plan(project, phases)))
        if must:
            project["phases"] = phases

    def _change_plan(self, project, phases):
        application = self.desk.do("agent", lambda ctx: open_plan_change(project["key"], ctx))
        row = self.row(project)
        edits = [PhaseEdit(phase.condition, amount) for phase, amount in zip(row.phases, phases, strict=True)]
        asked = Asked("补充协议", row.planned_start, row.planned_end, {}, edits)
        self.desk.do("agent", lambda ctx: save_plan_change(application.id, asked, ctx))
        self.desk.approve(self.desk.submit(application))

    @precondition(lambda self: self.of("draft", "under_review", "running"))
    @rule(data=st.data(), goes_on=st.booleans())
    def cancel(self, data, goes_on):
        """Notice first; then 撤销, or the notice is taken back and the project goes on."""
        project = self.pick(data, self.of("draft", "under_review", "running"))
        if not project["cancelling"]:
            closes = self.desk.now.date() + timedelta(days=7)
            project["cancelling"] = self.desk.do("agent", lambda ctx: publish_notice(
                self.row(project), NoticeKind.CANCELLATION, closes, ctx, reason="业主不再维修"
            ))  # fmt: skip
            return
        if goes_on:
            notice = project["cancelling"]
            self.desk.do("agent", lambda ctx: take_back(self.desk.fresh(notice), ctx))
            project["cancelling"] = None
            return
        must = model.may_cancel(project)
        self.attempt(must, lambda: self.desk.do("agent", lambda ctx: apply(PROJECT, project["key"], "cancel", ctx)))
        if must:
            model.end(project, "cancelled")
            for payout in project["payouts"]:
                if payout["line"] != "paid":
                    payout["line"], payout["state"] = "none", "withdrawn"

    @precondition(lambda self: self.of("running"))
    @rule(data=st.data())
    def close(self, data):
        project = self.pick(data, self.of("running"))
        ready = project["acceptance"] == "in_force" and model.nothing_waits(project)
        must = ready and not project["cancelling"]
        self.attempt(must, lambda: self.desk.do("agent", lambda ctx: apply(PROJECT, project["key"], "close", ctx)))
        if must:
            model.end(project, "closed")

    @rule(place=st.integers(0, 2))
    def sell(self, place):
        """Share, hold and record stay with the house."""
        house = self.desk.fresh(self.houses[place])
        plan = Plan(self.desk.now.date(), "存量房买卖", owners=(Person(f"买主{self.desk.made}", place=0),))
        self.desk.made += 1

        def act(ctx):
            seen = houses.preview(HouseChangeKind.SALE, house.id, plan, ctx).seen
            return houses.change_houses(HouseChangeKind.SALE, house.id, plan, ctx, seen=seen)

        self.desk.do("clerk", act)

    @precondition(lambda self: any(row["f"] or row["p"] for project in self.projects for row in project["rows"]))
    @rule()
    def split_a_bound_house(self):
        """Refused with the project's number while one is under review or running."""
        if not self.of("under_review", "running"):
            return
        house = self.desk.fresh(self.houses[0])
        plan = split_plan(house, ("甲", house.floor_area - 100), ("乙", 100))
        self.attempt(False, lambda: self.desk.do(
            "clerk", lambda ctx: houses.preview(HouseChangeKind.SPLIT, house.id, plan, ctx)
        ))  # fmt: skip

    # --- after every step ----------------------------------------------------------------------------------------

    @invariant()
    def the_ledger_is_whole_and_says_what_the_model_says(self):
        if not hasattr(self, "projects"):
            return
        session = self.desk.session
        session.flush()
        session.expire_all()
        assert verify(session) == []
        for house, account in zip(self.houses, self.accounts, strict=True):
            row = session.get(HouseAccount, house.id)
            assert (row.balance, row.held) == (account["balance"], account["held"])
        for project in self.projects:
            self._compare(project)

    def _compare(self, project):
        row = self.row(project)
        assert row.state.value == project["state"]
        if project["state"] in ("running", "closed", "under_review"):
            assert self.desk.column(row, "fund_limit") == [part["u"] for part in project["rows"]]
            assert self.desk.paid(row) == [part["p"] for part in project["rows"]]
            assert [phase.amount for phase in row.phases] == project["phases"]
        for payout in project["payouts"]:
            kept = self.desk.session.get(Application, payout["application"].id)
            wanted = {"withdraw": "withdrawn", "reject": "rejected"}.get(payout["state"], payout["state"])
            assert kept.state.value == wanted
