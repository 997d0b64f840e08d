"""投票表决签字表 and 表决结果统计表."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.documents.list_paper import MM, ListColumn, ListPaper, ListRow
from app.domain.enums import VoteState
from app.domain.voting import Condition, Tally, Threshold
from app.models import Project, Vote
from app.queries import papers as queries
from app.queries.votes import Count, count
from app.workflows.engine import Context

SHEET = (
    ListColumn("序号", 10, "center"),
    ListColumn("楼幢", 18),
    ListColumn("单元", 17),
    ListColumn("房号", 17),
    ListColumn("业主", 34),
    ListColumn("建筑面积（m²）", 20, "right"),
    ListColumn("预计分摊（元）", 24, "right"),
    ListColumn("同意", 10, "center"),
    ListColumn("反对", 10, "center"),
    ListColumn("弃权", 10, "center"),
    ListColumn("签名", 34),
    ListColumn("日期", 24),
    ListColumn("联系电话", 30),
)
BOX = "□"


def voting_sheet(vote: Vote, ctx: Context) -> list[ListPaper]:
    """One row a house of the range; one-time codes on tear-off strips, the same on every reprint while it is open."""
    rows = queries.sheet_rows(ctx.session, vote)
    total_area, total_share = sum(row.floor_area for row in rows), sum(row.share for row in rows)
    drawn = [
        ListRow(
            (
                str(place), row.building, row.unit, row.room, _owner(row), w.area(row.floor_area), w.yuan(row.share),
                BOX, BOX, BOX, "", "", "",
            )
        )
        for place, row in enumerate(rows, start=1)
    ]  # fmt: skip
    total = ("", "合计", "", "", f"{w.count(len(rows))} 户", w.area(total_area), w.yuan(total_share), *[""] * 6)
    drawn.append(ListRow(total, "sum"))
    heads = len({row.head for row in rows})
    strips = [(row.label, _owner(row), row.code) for row in rows] if vote.state is VoteState.OPEN else []
    return [
        ListPaper(
            title="投票表决签字表",
            number=vote.number,
            columns=SHEET,
            rows=drawn,
            facts=_sheet_head(vote, rows),
            notes=(
                f"合计 {w.count(len(rows))} 户、业主 {w.count(heads)} 人，建筑面积 {w.area(total_area)} 平方米，"
                f"预计分摊 {w.both(total_share)}。",
                "请在“同意”“反对”“弃权”中选一项打“√”，并由业主本人签名。一位业主有多套房屋的，按一人计，面积合并计算。",
            ),
            seals=("组织单位：", "监督人（签名）："),
            printed_at=w.moment(ctx.now),
            wide=True,
            row_height=9 * MM,
            strips=strips,
        )
    ]


def _owner(row: queries.SheetRow) -> str:
    """An unsold house is the developer's, whose name may not be known."""
    return row.owner or ("开发企业（未售）" if row.head == "developer" else "")


def _sheet_head(vote: Vote, rows: list[queries.SheetRow]) -> tuple[str, ...]:
    project = vote.project
    buildings = list(dict.fromkeys(row.building for row in rows))
    named = "、".join(buildings[:20]) + (f"等 {len(buildings)} 幢" if len(buildings) > 20 else "")
    works = [f"（{place}）{item.equipment}：{item.content}" for place, item in enumerate(project.items, start=1)]
    return (
        f"物业区域：{project.area.name}　　维修项目：{project.name}（{project.number}）",
        f"表决范围：{named}，共 {w.count(len(rows))} 户",
        f"维修内容：{'；'.join(works)}",
        f"预算总额：{w.both(vote.budget)}",
        f"施工单位：{contractors(project)}",
        f"表决规则：{w.RULES[vote.rule]}",
        f"表决期间：{w.span(vote.starts_on, vote.ends_on)}",
    )


def contractors(project: Project) -> str:
    """The contractors of a project's items, each once."""
    names = dict.fromkeys(item.contractor.name for item in project.items if item.contractor)
    return "、".join(names) or "待定"


def vote_result(vote: Vote, ctx: Context) -> dict[str, Any]:
    """Houses, owners and area by answer; both scales against the thresholds; the verdict."""
    counted = count(ctx.session, vote)
    project = vote.project
    return {
        "number": vote.number,
        "area": project.area.name,
        "project": f"{project.name}（{project.number}）",
        "budget": w.both(vote.budget),
        "rule": w.RULES[vote.rule],
        "period": w.span(vote.starts_on, vote.closed_at or vote.ends_on),
        "rows": _tallies(counted),
        "thresholds": [_threshold(row) for row in counted.result.thresholds],
        "unproven": counted.unproven,
        "passed": vote.state is VoteState.PASSED,
        "missing": [str(row.sentence) for row in counted.result.unmet],
        "company": project.organisation.name,
    }


def _tallies(counted: Count) -> list[tuple[str, ...]]:
    """(scale, in all, took part, agree, against, abstain, not voted)."""
    h = counted.houses
    total = counted.total_houses
    houses = Tally(total, total - h["none"], h["agree"], h["against"], h["abstain"], h["none"])

    def row(name: str, tally: Tally, write) -> tuple[str, ...]:
        figures = (tally.total, tally.taking_part, tally.agree, tally.against, tally.abstain, tally.not_voted)
        return (name, *(write(figure) for figure in figures))

    return [
        row("户数（户）", houses, w.count),
        row("业主人数（人）", counted.result.heads, w.count),
        row("建筑面积（平方米）", counted.result.area, w.area),
    ]


SCALES = {"area": "面积（平方米）", "heads": "人数（人）"}


def _threshold(row: Threshold) -> dict[str, str]:
    write = w.area if row.scale == "area" else w.count
    reached = row.share * 10000
    hundredths = reached.numerator // reached.denominator  # cut: what is short of two thirds must not read 66.67
    return {
        "what": f"{_condition(row.condition)}{SCALES[row.scale]}",
        "counted": write(row.counted),
        "base": write(row.base),
        "percent": f"{hundredths // 100}.{hundredths % 100:02d}%",
        "needed": write(row.needed),
        "verdict": "达到" if row.met else f"还差 {write(row.missing)}",
    }


def _condition(condition: Condition) -> str:
    counted = "同意" if condition.counted == "agree" else "参与表决"
    base = "总数" if condition.base == "total" else "参与表决"
    fraction = {(2, 3): "三分之二以上", (1, 2): "过半数", (3, 4): "四分之三以上"}
    return f"{counted}占{base}{fraction[condition.numerator, condition.denominator]}："
