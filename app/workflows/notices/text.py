"""What a notice says, in finished sentences: the one source of its preview, its print, its page and the public page.

`said` is the content that `content.py` builds and the notice keeps. Papers print the sentences in Chinese; pages
translate the templates. Amounts stand in figures and in capitals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.documents import wording as w
from app.domain.enums import ProjectKind, VoteRule
from app.domain.errors import N_, Sentence, say

NUMERALS = (
    N_("一、"), N_("二、"), N_("三、"), N_("四、"), N_("五、"), N_("六、"), N_("七、"), N_("八、"), N_("九、"),
)  # fmt: skip
Said = dict[str, Any]


@dataclass(frozen=True)
class Works:
    """The table of items: one row each (`WORKS_HEADS` names its cells), and its last row."""

    rows: tuple[dict[str, str | Sentence], ...]
    total: Sentence
    budget: str
    settled: str


@dataclass(frozen=True)
class Section:
    """One numbered part: its sentences, or the table of items."""

    numeral: str
    heading: Sentence
    lines: tuple[Sentence, ...] = ()
    works: Works | None = None


@dataclass(frozen=True)
class Text:
    """A whole notice below its title; `list_name` is empty where no list of houses goes with it."""

    greeting: Sentence
    opening: Sentence
    sections: tuple[Section, ...]
    list_name: str


WORKS_HEADS = {
    "place": N_("序号"), "equipment": N_("设施设备"), "content": N_("维修内容"), "range": N_("分摊范围"),
    "budget": N_("预算（元）"), "settled": N_("结算（元）"), "contractor": N_("施工单位"),
}  # fmt: skip


def text_of(said: Said) -> Text:
    """The finished text of any kind of notice."""
    kind = _KINDS[said["kind"]]
    drafts = [part(said) for part in (*kind.parts, _time, _objections, _changes)]
    sections = [
        Section(NUMERALS[place], heading, *rest)
        for place, (heading, *rest) in enumerate(draft for draft in drafts if draft)
    ]
    return Text(
        say("%(area)s全体业主：", area=said["area"]["name"]), kind.opening(said), tuple(sections), kind.list_name
    )


def is_final(said: Said) -> bool:
    """An acceptance notice tells what was settled beside the budget."""
    return said["kind"] == "acceptance"


def _opening_of_initiation(said: Said) -> Sentence:
    if said["vote"]:
        return say(
            "%(project)s项目已经业主表决通过，拟使用住宅专项维修资金，现将有关情况公告如下。", project=_project(said)
        )
    return say("%(project)s项目拟使用住宅专项维修资金，现将有关情况公告如下。", project=_project(said))


def _opening_of_acceptance(said: Said) -> Sentence:
    return say("%(project)s项目已经竣工验收，现将有关情况公告如下。", project=_project(said))


def _opening_of_cancellation(said: Said) -> Sentence:
    return say("%(project)s项目拟予撤销，现将有关情况公告如下。", project=_project(said))


def _project(said: Said) -> str:
    return f"{said['project']['name']}（{said['project']['number']}）"


def _what(said: Said):
    totals = said["totals"]
    values = {"kind": _kind(said), "range": _whole_range(said)}
    if not totals["houses"]:
        return say("项目概况"), (say("项目类别：%(kind)s。实施范围：%(range)s。", **values),)
    line = say(
        "项目类别：%(kind)s。实施范围：%(range)s，涉及 %(houses)s 户、建筑面积 %(area)s 平方米。",
        houses=w.count(totals["houses"]), area=w.area(totals["floor_area"]), **values,
    )  # fmt: skip
    return say("项目概况"), (line,)


def _kind(said: Said) -> str | Sentence:
    """正常; 紧急（电梯故障）: notices of before do not tell which emergency."""
    label, emergency = ProjectKind(said["project"]["kind"]).label, said["project"].get("emergency")
    return say("%(kind)s（%(emergency)s）", kind=label, emergency=emergency) if emergency else label


def _whole_range(said: Said) -> str | Sentence:
    named = list(dict.fromkeys(item["range"] for item in said["items"] if item["range"]))
    if named and all(item["range"] for item in said["items"]):
        return "、".join(named)
    buildings = max((item["buildings"] for item in said["items"]), default=0)
    area = said["area"]["name"]
    return say("%(area)s（共 %(buildings)s 幢）", area=area, buildings=buildings) if buildings else area


def _works(said: Said):
    totals, final = said["totals"], is_final(said)
    heading = say("维修内容、预算与结算") if final else say("维修内容与预算")
    capitals = w.capital_amount(totals["settled"] if final else totals["budget"])
    rows = tuple(_item(place, item) for place, item in enumerate(said["items"], start=1))
    total = say("合计（%(capitals)s）", capitals=capitals)
    return heading, (), Works(rows, total, w.yuan(totals["budget"]), w.yuan(totals["settled"]))


def _item(place: int, item: dict[str, Any]) -> dict[str, str | Sentence]:
    return {
        "place": str(place),
        "equipment": f"{item['location']} {item['equipment']}",
        "content": item["content"],
        "range": _range(item),
        "budget": w.yuan(item["budget"]),
        "settled": w.yuan(item["settled"]),
        "contractor": item["contractor"],
    }


def _range(item: dict[str, Any]) -> Sentence:
    if item["range"]:
        return say("%(range)s %(houses)s 户", range=item["range"], houses=w.count(item["houses"]))
    return say("%(buildings)s 幢 %(houses)s 户", buildings=item["buildings"], houses=w.count(item["houses"]))


def _is_lone(said: Said) -> bool:
    """What the fund pays of a range of one house is that house's balance where it is short: no sum of it is told."""
    return said["totals"]["houses"] == 1 and said["totals"]["own"] > 0


def _source(said: Said):
    totals, heading = said["totals"], say("资金来源")
    if _is_lone(said):
        return heading, (
            say("由该户业主分摊，分户账户余额不足的部分由业主自筹。分摊金额见《%(list)s》。", list="预算清册"),
        )
    lines = [say("由相关业主分摊。住宅专项维修资金支付 %(fund)s。", fund=w.both(totals["fund"]))]
    if totals["own"]:
        lines.append(
            say("%(short)s 户分户账户余额不足，差额 %(own)s由相关业主自筹。", short=w.count(totals["short"]),
                own=w.both(totals["own"]))
        )  # fmt: skip
    return heading, (*lines, say("各户分摊金额见《%(list)s》。", list="预算清册"))


def _plan(said: Said):
    rows = said["phases"]
    if not rows:
        return None
    if _is_lone(said):
        lines = [say("第 %(phase)s 期：%(condition)s。", phase=r["sequence"], condition=r["condition"]) for r in rows]
    else:
        lines = [
            say("第 %(phase)s 期：%(condition)s，¥%(amount)s。", phase=row["sequence"], condition=row["condition"],
                amount=w.yuan(row["amount"]))
            for row in rows
        ]  # fmt: skip
    return say("拨付计划"), tuple(lines)


def _vote(said: Said):
    vote = said["vote"]
    if vote is None and said["project"].get("emergency"):
        return say("表决结果"), (say("紧急维修项目，无须业主表决。"),)
    if vote is None:
        return None
    line = say(
        "表决编号 %(number)s。同意业主所持面积 %(agree)s 平方米，占 %(total)s 平方米的 %(area_percent)s%%；"
        "同意业主 %(heads)s 人，占 %(all)s 人的 %(heads_percent)s%%。规则：%(rule)s。",
        number=vote["number"], agree=w.area(vote["area"][0]), total=w.area(vote["area"][1]),
        area_percent=vote["area_percent"], heads=w.count(vote["heads"][0]), all=w.count(vote["heads"][1]),
        heads_percent=vote["heads_percent"], rule=w.RULES[VoteRule(vote["rule"])],
    )  # fmt: skip
    return say("表决结果"), (line,)


def _acceptance(said: Said):
    facts = said["acceptance"]
    days = {"starts": facts["works_from"], "ends": facts["works_to"], "completed": facts["completed_on"]}
    days = {name: _day(value) for name, value in days.items()}
    lines = [
        say("施工日期：%(starts)s 至 %(ends)s。验收日期：%(completed)s。", **days),
        say("验收内容：%(content)s", content=facts["works_content"]),
        say("验收人员：%(members)s", members=facts["members"]),
        say("验收意见：%(opinion)s", opinion=facts["opinion"]),
    ]
    if facts["warranty_until"]:
        lines.append(say("质保期至 %(day)s。", day=_day(facts["warranty_until"])))
    return say("施工与验收"), tuple(lines)


def _payment(said: Said):
    totals, facts, heading = said["totals"], said["acceptance"], say("资金支付")
    if _is_lone(said):
        return heading, (say("分户账户余额不足的部分由业主自筹。结算金额见《%(list)s》。", list="决算清册"),)
    lines = [
        say(
            "住宅专项维修资金共支付 %(fund)s，其中已拨付 ¥%(paid)s，待拨付 ¥%(remaining)s。",
            fund=w.both(totals["fund"]), paid=w.yuan(facts["paid"]), remaining=w.yuan(facts["remaining"]),
        )
    ]  # fmt: skip
    if totals["own"]:
        lines.append(say("相关业主自筹 %(own)s。", own=w.both(totals["own"])))
    return heading, (*lines, say("各户金额见《%(list)s》。", list="决算清册"))


def _reason(said: Said):
    reason = said["cancellation"]["reason"]
    return say("撤销原因"), (Sentence(reason) if reason else say("（尚未填写）"),)


def _money_back(said: Said):
    facts, heading = said["cancellation"], say("资金情况")
    if not facts["paid"]:
        return heading, (say("本项目尚未拨付资金。"),)
    line = say(
        "本项目累计已拨付 ¥%(paid)s，已退回 ¥%(refunded)s，尚未退回 ¥%(out)s。", paid=w.yuan(facts["paid"]),
        refunded=w.yuan(facts["refunded"]), out=w.yuan(facts["paid"] - facts["refunded"]),
    )  # fmt: skip
    return heading, (line, say("尚未退回的资金全部退回专户后，项目方可撤销。"))


def _day(text: str) -> Sentence | str:
    """2026年3月2日 of ISO text; nothing for none."""
    if not text:
        return ""
    year, month, day = map(int, text.split("-"))
    return say("%(year)s年%(month)s月%(day)s日", year=year, month=month, day=day)


def _time(said: Said):
    days = {"from": _day(said["published_on"]), "to": _day(said["closes_on"]), "days": said["days"]}
    return say("公示时间"), (say("%(from)s 至 %(to)s（发布当日不计，共 %(days)s 天）。", **days),)


def _objections(said: Said):
    how = say(
        "公示期内如有异议，可在公众服务平台的本公示页面提出，或写明姓名、房号、联系电话和理由，"
        "书面送交发布单位或维修资金管理部门受理窗口。"
    )
    asked = (say("咨询电话：%(phone)s。", phone=said["phone"]),) if said["phone"] else ()
    return say("异议的提出"), (how, *asked)


def _changes(said: Said):
    if said.get("edition", 1) == 1 and not said["changes"]:
        return None
    return say("与前次公示相比的变动"), tuple(Sentence(line) for line in said["changes"]) or (say("无变化"),)


@dataclass(frozen=True)
class _Kind:
    """A kind of notice: how it opens, its own parts in their order (`documents.md`), the list that goes with it."""

    opening: Callable[[Said], Sentence]
    parts: tuple[Callable[[Said], Any], ...]
    list_name: str = ""


_KINDS = {
    "initiation": _Kind(_opening_of_initiation, (_what, _works, _source, _plan, _vote), N_("预算清册")),
    "acceptance": _Kind(_opening_of_acceptance, (_what, _works, _acceptance, _payment), N_("决算清册")),
    "cancellation": _Kind(_opening_of_cancellation, (_what, _reason, _money_back)),
}
