"""The database of `pages`: a city on PostgreSQL made by SQL in a minute, with one large project and a full inbox.

Areas of 400 houses in 4 buildings of 2 units; every house has an owner and an account. Balances stand in the accounts
without entries: the pages that are measured read the accounts. `demo --city` is the city with its whole ledger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.domain.enums import OrganisationKind
from app.models import EscrowAccount, Organisation, PlatformUser
from bench.workshop import NOW

PASSWORD = "Fund-2026-bench"
PER_AREA, PER_BUILDING, PER_UNIT, ITEMS = 400, 100, 50, 10
USERS = {"agent": ("ProjectAgent", "company"), "reviewer": ("Reviewer", "department"), "clerk": ("Clerk", "department")}
ORGANISATIONS = {
    "department": (OrganisationKind.DEPARTMENT, "维修资金管理中心"),
    "bank": (OrganisationKind.BANK, "城中支行"),
    "company": (OrganisationKind.PROPERTY_COMPANY, "安居物业"),
    "other": (OrganisationKind.PROPERTY_COMPANY, "鸿雁物业"),
}


@dataclass(frozen=True)
class Size:
    """How much there is; the large project's area stands beside the ordinary ones."""

    houses: int = 1_000_000
    project: int = 20_000
    applications: int = 10_000

    @property
    def areas(self) -> int:
        return max(1, (self.houses - self.project) // PER_AREA)


def build(session: Session, size: Size) -> None:
    """Fill the empty, migrated database; commit is the caller's."""
    values = {**_people(session), "areas": size.areas, "project": size.project, "applications": size.applications}
    values |= {
        "now": f"timestamp '{NOW}'",
        "per_area": PER_AREA,
        "per_building": PER_BUILDING,
        "per_unit": PER_UNIT,
        "items": ITEMS,
    }
    pairs = list(session.execute(text("SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%fund_pairs%'")))
    for name, _ in pairs:  # made again at the end, in a tenth of the time
        session.execute(text(f"DROP INDEX {name}"))
    for statement in STATEMENTS:  # our own numbers, as literals: bound ones would be as narrow as their value
        session.execute(text(re.sub(r"(?<!:):([a-z_]+)", lambda name: str(values[name[1]]), statement)))
    for _, definition in pairs:
        session.execute(text(definition))
    for table in SEQUENCED:
        session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))


def _people(session: Session) -> dict[str, int]:
    """Organisations, users and the escrow account; their ids by name."""
    made = {
        name: Organisation(kind=kind, name=title, address="", created_at=NOW, papers_confirmed=True)
        for name, (kind, title) in ORGANISATIONS.items()
    }
    session.add_all(made.values())
    session.flush()
    escrow = EscrowAccount(bank_id=made["bank"].id, name="专户", bank_name="城中支行", account_no="6200000000000001")
    session.add(escrow)
    password = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000")
    roles = {role.name: role for role in session.scalars(select(Role))}
    users = {}
    for name, (role, organisation) in USERS.items():
        users[name] = PlatformUser(
            username=name, first_name=name, last_name="", email=f"{name}@example.org", active=True, password=password,
            organisation_id=made[organisation].id, roles=[roles[role]],
        )  # fmt: skip
    session.add_all(users.values())
    session.flush()
    return {
        "escrow": escrow.id,
        "agent": users["agent"].id,
        **{name: made[name].id for name in ("company", "other")},
    }


SEQUENCED = (
    "districts", "areas", "buildings", "units", "houses", "owners", "service_contracts", "projects", "equipment",
    "equipment_categories", "project_items", "applications", "reviews",
)  # fmt: skip
# Whole numbers only from here on: area a (1 …), building b, unit u, house h are counted through the city.
# The large project's area comes last: its buildings have 400 houses, and its numbers go on where the others' end.
STATEMENTS = (
    """INSERT INTO districts (id, code, name)
    SELECT d, (999000 + d)::text, '第' || d || '区' FROM generate_series(1, 8) d""",
    """INSERT INTO areas (id, district_id, escrow_account_id, name, address, developer_name, parking_bears)
    SELECT a, a % 8 + 1, :escrow,
      (array['锦绣','翠湖','金桂','紫荆','云锦','御景','阳光','滨江'])[a % 8 + 1] ||
      (array['花园','新村','家园','华庭','公寓'])[a % 5 + 1] || '第' || a || '期',
      '环城路 ' || a || ' 号', '城建', false
    FROM generate_series(1, :areas + 1) a""",
    # one company serves ten areas and the large one, the other the rest
    """INSERT INTO service_contracts (id, organisation_id, area_id, starts_on)
    SELECT a, CASE WHEN a <= 10 OR a = :areas + 1 THEN :company ELSE :other END, a, '2024-01-01'
    FROM generate_series(1, :areas + 1) a""",
    """INSERT INTO buildings (id, area_id, name, kind, sort_key)
    SELECT b + 1, b / 4 + 1, b % 4 + 1 || '栋', 'tower', lpad((b % 4 + 1)::text, 4, '0')
    FROM generate_series(0, :areas * 4 - 1) b""",
    """INSERT INTO buildings (id, area_id, name, kind, sort_key)
    SELECT :areas * 4 + b, :areas + 1, b || '栋', 'tower', lpad(b::text, 4, '0')
    FROM generate_series(1, :project / :per_area) b""",
    """INSERT INTO units (id, area_id, building_id, name, sort_key)
    SELECT row_number() OVER (ORDER BY b.id, n), b.area_id, b.id, n || '单元', '000' || n
    FROM buildings b, generate_series(1, 2) n""",
    """INSERT INTO owners (id, area_id, name)
    SELECT h + 1, CASE WHEN h < :areas * :per_area THEN h / :per_area + 1 ELSE :areas + 1 END,
      (array['王','李','张','刘','陈','杨','赵','黄','周','吴','徐','孙','胡','朱','高','林','何','郭','马','罗'])
        [h % 20 + 1]
      || (array['永','建','国','海','秀','桂','志','文','明','红','玉','晓','丽','伟','芳','军','敏','静','强',
        '磊','洋','艳','勇','杰','娟','涛','超','兰','霞','平'])[h / 20 % 30 + 1]
      || (array['康','华','英','生','珍','梅','龙','凤','亮','刚','雪','琴','云','飞','萍','鹏','浩','宇','慧','莉','',
        '','','','',''])[h / 600 % 26 + 1]
    FROM generate_series(0, :areas * :per_area + :project - 1) h""",
    """INSERT INTO houses (id, area_id, building_id, unit_id, floor, room, label, sort_key, floor_area, area_ground,
      use, sale_state, first_deposit, owner_id, version)
    SELECT h + 1, h / :per_area + 1, h / :per_building + 1, h / :per_unit + 1, h % 50 / 2 + 1,
      (h % 50 / 2 + 1) * 100 + h % 2 + 1,
      h / 100 % 4 + 1 || '栋' || h / 50 % 2 + 1 || '单元' || (h % 50 / 2 + 1) * 100 + h % 2 + 1,
      lpad((h / 100 % 4 + 1)::text, 4, '0') || '.000' || h / 50 % 2 + 1 || '.' || lpad((h % 50)::text, 5, '0'),
      4000 + h::bigint * 7919 % 12000, 'registered', 'residential', 'sold', 1000000 + h % 500000, h + 1, 1
    FROM generate_series(0, :areas * :per_area - 1) h""",
    """INSERT INTO houses (id, area_id, building_id, unit_id, floor, room, label, sort_key, floor_area, area_ground,
      use, sale_state, first_deposit, owner_id, version)
    SELECT :areas * :per_area + h + 1, :areas + 1, :areas * 4 + h / 400 + 1, :areas * 8 + h / 200 + 1,
      h % 200 / 4 + 1,
      (h % 200 / 4 + 1) * 100 + h % 4 + 1,
      h / 400 + 1 || '栋' || h / 200 % 2 + 1 || '单元' || (h % 200 / 4 + 1) * 100 + h % 4 + 1,
      lpad((h / 400 + 1)::text, 4, '0') || '.000' || h / 200 % 2 + 1 || '.' || lpad((h % 200)::text, 5, '0'),
      4000 + h::bigint * 7919 % 12000, 'registered', 'residential', 'sold', 1000000 + h % 500000,
      :areas * :per_area + h + 1, 1
    FROM generate_series(0, :project - 1) h""",
    """INSERT INTO house_accounts (house_id, area_id, escrow_account_id, principal, interest, held)
    SELECT id, area_id, :escrow, first_deposit, id % 90000, 0 FROM houses""",
    "INSERT INTO equipment_categories (id, name, position, warranty_years) VALUES (1, '屋面', 1, 5)",
    """INSERT INTO equipment (id, area_id, category_id, name, model, maker, retired)
    SELECT n, :areas + 1, 1, '屋面' || n, '', '', false FROM generate_series(1, :items) n""",
    # project 1 is the large draft; the others wait in the inbox
    """INSERT INTO projects (id, number, kind, state, state_since, version, organisation_id, area_id, created_by_id,
      created_at, name, reason, contact, remark, fund_fixed)
    SELECT p + 1, 'WX2026' || lpad((p + 1)::text, 6, '0'), 'normal',
      CASE WHEN p = 0 THEN 'draft' ELSE 'under_review' END,
      :now, 1, CASE WHEN p % (:areas + 1) <= 10 THEN :company ELSE :other END,
      CASE WHEN p = 0 THEN :areas + 1 ELSE p % (:areas + 1) + 1 END, :agent, :now,
      CASE WHEN p = 0 THEN '屋面大修' ELSE '电梯维修 ' || p END, '渗漏', '李维', '', false
    FROM generate_series(0, :applications) p""",
    """INSERT INTO project_items (id, project_id, position, equipment_id, content, remark, budget, share_method,
      shares_stale, warning_reason)
    SELECT n, 1, n, n, '翻新', '', :project * 10000, 'by_area', false, '' FROM generate_series(1, :items) n""",
    """INSERT INTO item_shares (item_id, house_id, project_id, sort_key, floor_area, amount)
    SELECT n, h.id, 1, h.sort_key, h.floor_area, 10000 FROM houses h, generate_series(1, :items) n
    WHERE h.area_id = :areas + 1""",
    """INSERT INTO applications (id, kind, number, state, version, levels_approved, levels_needed, organisation_id,
      area_id, project_id, amount, remark, created_at, created_by_id, filed_by_id, submitted_at, waiting_since)
    SELECT id - 1, 'initiation', 'YW2026' || lpad((id - 1)::text, 6, '0'),
      CASE WHEN id % 2 = 0 THEN 'submitted' ELSE 'in_review' END, 1, 0, 2, organisation_id, area_id, id, 0, '', :now,
      :agent, :agent, :now + id * interval '1 minute', :now + id * interval '1 minute'
    FROM projects WHERE id > 1""",
    """INSERT INTO reviews (id, application_id, act, level, actor_id, at, opinion)
    SELECT id, id, 'submit', 0, :agent, submitted_at, '' FROM applications""",
)
