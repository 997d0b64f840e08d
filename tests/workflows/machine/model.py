"""The plain-dictionary model of a repair project: what may be done when, and whose money it is; written apart.

Amounts are fen. `may_…` says whether the act must work (else it must be refused), the others do it.
"""

from __future__ import annotations

from typing import Any

from tests.ledger.machine import split

COUNTED = {"submitted", "in_review", "returned", "approved", "settled"}


def new_project(key: int, houses: list[dict], budget: int, percents: list[int]) -> dict[str, Any]:
    """A draft over these accounts ({"balance", "held"}), shared equally, its plan in percents."""
    shares = split(budget, [1] * len(houses))
    nothing = dict.fromkeys("fup", 0) | {"held": 0}
    rows = [{"house": house, "b": part, **nothing} for house, part in zip(houses, shares, strict=True)]
    return {
        "key": key, "state": "draft", "rows": rows, "percents": percents, "phases": [], "vote": None, "notice": None,
        "initiation": None, "payouts": [], "acceptance": None, "settled": None, "refunds": [], "cancelling": None,
    }  # fmt: skip


def free(house: dict) -> int:
    return house["balance"] - house["held"]


def total(project: dict, name: str) -> int:
    return sum(row[name] for row in project["rows"])


def fund_now(project: dict) -> int:
    """Σf: fixed from the submission on, live before."""
    if project["state"] == "draft":
        return sum(min(row["b"], free(row["house"])) for row in project["rows"])
    return total(project, "f")


def phases_now(project: dict) -> list[int]:
    return project["phases"] or split(fund_now(project), project["percents"])


def is_complete(project: dict) -> bool:
    """Everything but the money is complete from the start: a phase of nothing is none."""
    return project["state"] == "draft" and all(phases_now(project))


def may_vote(project: dict) -> bool:
    return is_complete(project) and not project["cancelling"] and project["vote"] not in ("open", "passed")


def may_publish(project: dict) -> bool:
    return is_complete(project) and project["vote"] == "passed" and not project["cancelling"]


def may_submit(project: dict) -> bool:
    notice = project["notice"]
    return may_publish(project) and notice is not None and notice["budget"] == total(project, "b")


def submit(project: dict) -> None:
    for row in project["rows"]:
        row["f"] = row["u"] = min(row["b"], free(row["house"]))
    project["state"], project["initiation"] = "under_review", "submitted"
    project["phases"] = split(total(project, "f"), project["percents"])


def reopen(project: dict, how: str) -> None:
    for row in project["rows"]:
        row["f"] = row["u"] = 0
    project["state"], project["initiation"], project["phases"] = "draft", how, []


def may_start(project: dict, today) -> bool:
    over = project["notice"] is not None and today > project["notice"]["closes"]
    return over and not project["cancelling"] and all(row["f"] <= free(row["house"]) for row in project["rows"])


def start(project: dict) -> None:
    project["state"], project["initiation"] = "running", "approved"
    for row in project["rows"]:
        hold(row, row["u"])


def hold(row: dict, amount: int) -> None:
    row["house"]["held"] += amount - row["held"]
    row["held"] = amount


def standing(payout: dict) -> int:
    return 0 if payout["line"] == "ended" else payout["amount"] - payout["refunded"]


def counted(project: dict, phase: int | None = None, without: dict | None = None) -> int:
    return sum(
        standing(payout) for payout in project["payouts"]
        if payout["state"] in COUNTED and payout is not without and phase in (None, payout["phase"])
    )  # fmt: skip


def may_pay_out(project: dict, phase: int, amount: int, without: dict | None = None) -> bool:
    """The phase's plan, Σu, 70 % and the last phase."""
    if project["state"] != "running" or project["cancelling"]:
        return False
    asked = counted(project, without=without) + amount
    if counted(project, phase, without) + amount > project["phases"][phase] or asked > total(project, "u"):
        return False
    if project["acceptance"] == "in_force":
        return True
    return 100 * asked <= 70 * total(project, "b") and phase != len(project["phases"]) - 1


def pay(project: dict, payout: dict) -> None:
    rows = project["rows"]
    for row, part in zip(rows, split(payout["amount"], [row["u"] - row["p"] for row in rows]), strict=True):
        _move(row, part)
    payout["line"], payout["state"] = "paid", "settled"
    close_if_done(project)


def _move(row: dict, part: int) -> None:
    row["p"] += part
    row["house"]["balance"] -= part
    hold(row, row["u"] - row["p"])


def limits(project: dict, settled: int) -> list[int]:
    shares = split(settled, [row["b"] for row in project["rows"]])
    return [min(row["f"], share) for row, share in zip(project["rows"], shares, strict=True)]


def may_accept(project: dict, settled: int) -> bool:
    return sum(limits(project, settled)) >= counted(project)


def accept(project: dict, settled: int) -> None:
    """In force: what a house has paid above its limit comes back and is drawn from the others."""
    rows = project["rows"]
    for row, limit in zip(rows, limits(project, settled), strict=True):
        row["u"] = limit
    back = [max(row["p"] - row["u"], 0) for row in rows]
    taken = split(sum(back), [max(row["u"] - row["p"], 0) for row in rows])
    for row, given, part in zip(rows, back, taken, strict=True):
        _move(row, part - given)
    project["acceptance"], project["settled"] = "in_force", settled
    close_if_done(project)


def refund(project: dict, payout: dict, amount: int) -> None:
    rows = project["rows"]
    for row, part in zip(rows, split(amount, [row["p"] for row in rows]), strict=True):
        row["p"] -= part
        row["house"]["balance"] += part
        if project["state"] == "running":
            hold(row, row["u"] - row["p"])
    payout["refunded"] += amount
    close_if_done(project)


def nothing_waits(project: dict) -> bool:
    open_payouts = any(payout["state"] in COUNTED - {"settled"} for payout in project["payouts"])
    return not open_payouts and not any(row["state"] == "issued" for row in project["refunds"])


def close_if_done(project: dict) -> None:
    """By itself: acceptance in force, Σp = Σu, nothing open."""
    done = project["state"] == "running" and project["acceptance"] == "in_force"
    if done and total(project, "p") == total(project, "u") and nothing_waits(project):
        end(project, "closed")


def may_cancel(project: dict) -> bool:
    at_bank = any(payout["line"] == "prepared" for payout in project["payouts"])
    return bool(project["cancelling"]) and not total(project, "p") and not at_bank


def end(project: dict, state: str) -> None:
    project["state"] = state
    for row in project["rows"]:
        hold(row, 0)
