"""预算清册 and 决算清册: one row a house, subtotals a building; shares per item as columns, or a section an item.

Balances are those of the moment the notice was published, so that a list printed later still adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.documents import wording as w
from app.documents.list_paper import ListColumn, ListPaper, ListRow
from app.models import Notice, Project
from app.queries import notices as notice_queries
from app.queries import papers as queries
from app.queries import projects as project_queries
from app.workflows import policy
from app.workflows.engine import Context
from app.workflows.notices.text import is_final, text_of

ITEM_COLUMNS = 3  # so many items fit as columns on wide A4
FINAL_ITEM_COLUMNS = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One house: shares per item, sums, balance, where the money comes from (all fen), floor area (0.01 m²)."""

    position: int
    building: str
    house: str
    owner: str
    floor_area: int
    parts: dict[int, int]
    budget: int
    fund: int
    balance: int
    from_interest: int
    from_principal: int
    settled: int | None = None
    budget_parts: dict[int, int] = field(default_factory=dict)

    @property
    def own(self) -> int:
        """业主自筹."""
        return (self.budget if self.settled is None else self.settled) - self.fund


@dataclass(frozen=True)
class Column:
    """A column of figures: how a cell is written, and what of a line it sums."""

    head: ListColumn
    value: Callable[[Line], int]
    write: Callable[[int], str] = w.yuan


AREA = Column(ListColumn("建筑面积（m²）", 18, "right"), lambda line: line.floor_area, w.area)
PLACE = (ListColumn("序号", 11, "center"), ListColumn("楼幢单元房号", 34), ListColumn("业主", 24))
SOURCES = (
    Column(ListColumn("余额", 23, "right"), lambda line: line.balance),
    Column(ListColumn("利息支付", 20, "right"), lambda line: line.from_interest),
    Column(ListColumn("本金支付", 22, "right"), lambda line: line.from_principal),
    Column(ListColumn("业主自筹", 20, "right"), lambda line: line.own),
)


def budget_list(notice: Notice, ctx: Context) -> list[ListPaper]:
    """预算清册 as published with the initiation notice."""
    lines = list(_published(notice, ctx, final=False))
    head = _head(notice.project, f"公示编号：{notice.number}", f"发布日期：{w.day(notice.published_at)}")
    return _papers("预算清册", notice.number, notice.project, lines, head, ctx, final=False)


def final_list(notice: Notice, ctx: Context) -> list[ListPaper]:
    """决算清册 as published with the acceptance notice: budget share, settled share, difference."""
    lines = list(_published(notice, ctx, final=True))
    head = _head(notice.project, f"公示编号：{notice.number}", f"发布日期：{w.day(notice.published_at)}")
    return _papers("决算清册", notice.number, notice.project, lines, head, ctx, final=True)


def budget_list_draft(project: Project, ctx: Context) -> list[ListPaper]:
    """预算清册 of a draft, as it stands now."""
    order = policy.value(ctx.session, "draw_order", ctx.today)
    lines = []
    for position, row in enumerate(project_queries.merged_rows(ctx.session, project), start=1):
        owner = project.area.developer_name if row.unsold else row.owner
        interest, principal = _draw(row.fund, row.interest, row.principal, order)
        lines.append(
            Line(
                position, row.building, row.label, owner, row.floor_area, row.parts, row.budget, row.fund, row.balance,
                interest, principal,
            )
        )  # fmt: skip
    head = _head(project, "尚未公示，金额以公示的清册为准")
    return _papers("预算清册（草稿）", project.number, project, lines, head, ctx, final=False)


def public_list(notice: Notice, ctx: Context) -> list[ListPaper]:
    """The list for the wall and the web: names masked, no balances, and nothing from which one follows."""
    said = notice_queries.content_of(notice)
    name = text_of(said).list_name
    if not name:
        return []
    final = is_final(said)
    rows, _ = notice_queries.public_rows(ctx.session, notice)
    amounts = ["预算分摊（元）", "决算分摊（元）"] if final else ["分摊金额（元）"]
    columns = (
        ListColumn("序号", 11, "center"), ListColumn("楼幢单元房号", 40), ListColumn("业主", 26),
        ListColumn("建筑面积（m²）", 22, "right"), *(ListColumn(head, 26, "right") for head in amounts),
    )  # fmt: skip

    def cells(row) -> tuple[str, ...]:
        shares = (row.budget, row.settled) if final else (row.budget,)
        return (str(row.position), row.house_label, row.owner, w.area(row.floor_area), *map(w.yuan, shares))

    totals = said["totals"]
    shares = (totals["budget"], totals["settled"]) if final else (totals["budget"],)
    total = ("", "合计", f"{w.count(totals['houses'])} 户", w.area(totals["floor_area"]), *map(w.yuan, shares))
    drawn = [*(ListRow(cells(row)) for row in rows), ListRow(total, "sum")]
    head = (f"物业区域：{said['area']['name']}", f"维修项目：{said['project']['name']}（{said['project']['number']}）")
    return [
        ListPaper(
            f"{name}（公示用）", columns, drawn, notice.number, head, ("业主姓名已作隐名处理。",), (), w.moment(ctx.now)
        )
    ]


def _published(notice: Notice, ctx: Context, *, final: bool) -> Iterator[Line]:
    session = ctx.session
    parts = queries.parts_of(session, notice.project_id)
    accounts = queries.standings(session, notice, notice.published_at)
    order = policy.value(session, "draw_order", notice.published_at.date())
    for row in queries.notice_rows(session, notice):
        mine, account = parts.get(row.house_id, {}), accounts.get(row.house_id, queries.Standing())
        drawn = account.drawn_interest + account.drawn_principal
        interest, principal = _draw(row.fund - drawn, account.interest, account.principal, order)
        budgets = {item: part.budget for item, part in mine.items()}
        # not settled yet: 简单拨付 before its initiation is submitted, and that settles at its budget
        settled = {item: part.budget if part.settled is None else part.settled for item, part in mine.items()}
        yield Line(
            row.position, row.building_name, row.house_label, row.owner_name, row.floor_area,
            settled if final else budgets, row.budget, row.fund, account.interest + account.principal,
            account.drawn_interest + interest, account.drawn_principal + principal, row.settled, budgets,
        )  # fmt: skip


def _draw(amount: int, interest: int, principal: int, order: str) -> tuple[int, int]:
    """What of `amount` comes from interest, what from principal, by the policy's order."""
    if order == "interest_first":
        first = min(max(amount, 0), interest)
        return first, amount - first
    first = min(max(amount, 0), principal)
    return amount - first, first


def _head(project: Project, *more: str) -> tuple[str, ...]:
    return (
        f"物业区域：{project.area.name}　　维修项目：{project.name}（{project.number}）",
        "　　".join(("金额单位：元", *more)),
    )


def _papers(
    title: str, number: str, project: Project, lines: list[Line], head: tuple[str, ...], ctx: Context, *, final: bool
) -> list[ListPaper]:
    """The list; where the items do not fit as columns, a section for each behind it."""
    items = list(project.items)
    true = all(sum(line.parts.values()) == _share(line, final) for line in lines)
    as_columns = true and len(items) <= (FINAL_ITEM_COLUMNS if final else ITEM_COLUMNS)
    shares = [_item_column(item.id, item.equipment.name) for item in items] if as_columns else []
    main = (AREA, *shares, *_totals(final), *SOURCES)
    notes = [f"合计分摊金额 {w.both(sum(_share(line, final) for line in lines))}。"]
    if not true:
        notes.append("各设施设备的分摊在公示之后已有改动，本清册只列公示时各户的合计。")
    seals = (f"{project.organisation.name}（盖章）",)
    papers = [list_paper(title, number, main, lines, head, ctx, notes=notes, seals=seals)]
    if true and not as_columns:
        papers += [_section(title, number, item, lines, ctx, final=final) for item in items]
    return papers


def _share(line: Line, final: bool) -> int:
    return (line.settled or 0) if final else line.budget


def _totals(final: bool) -> tuple[Column, ...]:
    budget = Column(ListColumn("预算分摊" if final else "分摊合计", 23, "right"), lambda line: line.budget)
    if not final:
        return (budget,)
    return (
        budget,
        Column(ListColumn("决算分摊", 23, "right"), lambda line: line.settled or 0),
        Column(ListColumn("差额", 21, "right"), lambda line: line.budget - (line.settled or 0)),
    )


def _item_column(item_id: int, name: str) -> Column:
    return Column(ListColumn(name, 22, "right"), lambda line: line.parts.get(item_id, 0))


def _section(title: str, number: str, item, lines: list[Line], ctx: Context, *, final: bool) -> ListPaper:
    """The houses of one item with their share of it."""
    mine = [line for line in lines if line.budget_parts.get(item.id, line.parts.get(item.id, 0))]
    if final:
        columns = (
            AREA,
            Column(ListColumn("预算分摊", 28, "right"), lambda line: line.budget_parts.get(item.id, 0)),
            Column(ListColumn("决算分摊", 28, "right"), lambda line: line.parts.get(item.id, 0)),
            Column(
                ListColumn("差额", 28, "right"),
                lambda line: line.budget_parts.get(item.id, 0) - line.parts.get(item.id, 0),
            ),
        )
    else:
        columns = (AREA, Column(ListColumn("分摊金额", 30, "right"), lambda line: line.parts.get(item.id, 0)))
    head = (f"设施设备：{item.equipment}", f"维修内容：{item.content}", "金额单位：元")
    return list_paper(f"{title} 分项 {item.position}", number, columns, mine, head, ctx, wide=False)


def list_paper(
    title: str, number: str, columns: Sequence[Column], lines: Iterable[Line], head: tuple[str, ...], ctx: Context,
    *, notes: Sequence[str] = (), seals: Sequence[str] = (), wide: bool = True,
) -> ListPaper:  # fmt: skip
    """Lines and their columns of figures as a list, with subtotals of the buildings."""
    return ListPaper(
        title=title,
        columns=(*PLACE, *(column.head for column in columns)),
        rows=_rows(lines, columns),
        number=number,
        facts=head,
        notes=tuple(notes),
        seals=tuple(seals),
        printed_at=w.moment(ctx.now),
        wide=wide,
    )


def _rows(lines: Iterable[Line], columns: Sequence[Column]) -> Iterator[ListRow]:
    """The houses in order, a subtotal after each building, the total at the end."""
    width = len(columns)
    total, part, houses, in_part, building = [0] * width, [0] * width, 0, 0, None
    for line in lines:
        if building is not None and line.building != building:
            yield _sum_row(f"{building} 小计", in_part, part, columns)
            part, in_part = [0] * width, 0
        building = line.building
        figures = [column.value(line) for column in columns]
        part = [have + figure for have, figure in zip(part, figures, strict=True)]
        total = [have + figure for have, figure in zip(total, figures, strict=True)]
        houses, in_part = houses + 1, in_part + 1
        written = (column.write(figure) for column, figure in zip(columns, figures, strict=True))
        yield ListRow((str(line.position), line.house, line.owner, *written))
    if building is not None:
        yield _sum_row(f"{building} 小计", in_part, part, columns)
    yield _sum_row("合计", houses, total, columns)


def _sum_row(name: str, houses: int, figures: Sequence[int], columns: Sequence[Column]) -> ListRow:
    written = (column.write(figure) for column, figure in zip(columns, figures, strict=True))
    return ListRow(("", name, f"{w.count(houses)} 户", *written), "sum")
