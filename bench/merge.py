"""`merge`: the merged list (合并分摊清册) of 20,000 houses × 10 items as its tab shows it: first page with each item's
share, figures over all pages, sums of the items; against the same questions as bare SQL through the driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from app.extensions import db
from app.models import Project
from app.queries import projects
from app.transaction import unit_of_work
from bench import large, workshop
from bench.framework import Case

SHOWN = 50
_HOUSES = """
    FROM houses h
    JOIN (SELECT house_id, sum(amount) AS budget FROM item_shares WHERE project_id = {key} AND amount > 0
          GROUP BY house_id) m ON m.house_id = h.id
    LEFT JOIN house_accounts a ON a.house_id = h.id"""
_TOTALS = (
    """SELECT count(*), sum(h.floor_area), sum(m.budget),
    sum(CASE WHEN coalesce(a.principal + a.interest - a.held, 0) < m.budget
        THEN coalesce(a.principal + a.interest - a.held, 0) ELSE m.budget END),
    sum(coalesce(a.principal + a.interest - a.held, 0))"""
    + _HOUSES
)
_PAGE = (
    """SELECT h.id, h.room, b.name, u.name, o.name, h.floor_area, m.budget,
    CASE WHEN coalesce(a.principal + a.interest - a.held, 0) < m.budget
        THEN coalesce(a.principal + a.interest - a.held, 0) ELSE m.budget END"""
    + _HOUSES
    + """ JOIN buildings b ON b.id = h.building_id LEFT JOIN units u ON u.id = h.unit_id
    LEFT JOIN owners o ON o.id = h.owner_id ORDER BY h.sort_key, h.id LIMIT {shown}"""
)
_ITEMS = "SELECT item_id, sum(amount) FROM item_shares WHERE project_id = {key} GROUP BY item_id"
_PARTS = "SELECT house_id, item_id, amount FROM item_shares WHERE project_id = {key} AND house_id IN ({houses})"


def cases(options) -> Iterator[Case]:
    size = large.Size()
    for database in workshop.databases(options):
        with workshop.application(database) as app:
            with unit_of_work() as session:
                key = large.build(session, size).id
            workshop.gather_statistics(app)
            connection = workshop.driver_connection(app, database)
            yield Case(
                size=f"{size.houses:,} × {size.items}, {database}",
                ours=lambda key=key: _ours(key),
                yardstick=f"{type(connection).__module__.split('.')[0]}, bare SQL",
                theirs=lambda c=connection, key=key: _bare(c, key),
                target=1.5,
                check=lambda c=connection, key=key: _same(_ours(key), _bare(c, key)),
            )
            connection.close()


def _ours(key: int) -> SimpleNamespace:
    """As the page asks: by the project's own queries, with their rows made into what the template reads."""
    db.session.remove()
    session = db.session()
    project = session.get(Project, key)
    totals = projects.merged_totals(session, project)
    items = {row[0]: int(row[2]) for row in session.execute(projects.share_sums_query(project))}
    page = projects.merged_page(session, project, size=SHOWN, count=totals.houses)
    return SimpleNamespace(totals=totals, items=items, rows=page.rows)


def _bare(connection, key: int) -> SimpleNamespace:
    """The same four questions, rows as the driver gives them."""
    cursor = connection.cursor()

    def ask(question: str, **values) -> list[tuple]:
        cursor.execute(question.format(key=key, **values))
        return cursor.fetchall()

    found = SimpleNamespace(totals=ask(_TOTALS)[0], items=dict(ask(_ITEMS)), rows=ask(_PAGE, shown=SHOWN))
    found.parts = ask(_PARTS, houses=", ".join(str(row[0]) for row in found.rows))
    connection.rollback()
    return found


def _same(ours: SimpleNamespace, bare: SimpleNamespace) -> None:
    """A list that left something out would be fast."""
    totals = ours.totals
    figures = (totals.houses, totals.floor_area, totals.budget, totals.fund, totals.available)
    assert figures == tuple(map(int, bare.totals)), (figures, bare.totals)
    assert ours.items == {item: int(total) for item, total in bare.items.items()}
    shown = [(r.house_id, r.room, r.building, r.unit, r.owner, r.floor_area, r.budget, r.fund) for r in ours.rows]
    assert shown == [(*row[:6], int(row[6]), int(row[7])) for row in bare.rows]
    parts = {(row.house_id, item): amount for row in ours.rows for item, amount in row.parts.items()}
    assert parts == {(house, item): amount for house, item, amount in bare.parts}
