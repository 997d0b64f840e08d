"""Loads the demo city once: organisations, areas, balances, and projects standing at different steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import clock, tenancy
from app.demo import (
    area_changes,
    endings,
    equipment,
    houses,
    openings,
    organisations,
    premises,
    profiles,
    projects,
    registrations,
    revenue,
    scale,
)
from app.extensions import db
from app.ledger import accounts
from app.models import Area, House, OpeningBatch, OpeningLine, Organisation, PlatformUser
from app.permissions import ROLE_LABELS, SYSTEM
from app.transaction import unit_of_work
from app.workflows.defaults import ensure_required_attachments

DEMO_PASSWORD = "Fund-2026-demo"
SEED = 20261
OPENED_BEFORE = timedelta(days=400)  # before the first of the projects' acts, as the lists of notices go by the moment


def load(app: Flask, size: str = "demo") -> int:
    """Make the demo city in an empty database; a city that is there already is kept. The command's exit code."""
    with app.app_context():
        session = db.session()
        tenancy.enter(session, SYSTEM)
        if session.scalar(select(Organisation.id).limit(1)):
            print("已有数据，保留不动。")
            if session.scalar(select(PlatformUser.id).where(PlatformUser.username == "anju_admin")):
                print_sign_ins()
            return 0
        if size == "city":
            return scale.load_city(app)
        random = Random(SEED)
        now = clock.now()
        with unit_of_work() as session:
            ensure_required_attachments(session)
            made = organisations.make_organisations(session, random, now, DEMO_PASSWORD)
            areas = premises.make_areas(session, random, made, now.date())
            for area in areas:
                open_balances(session, random, area, now - OPENED_BEFORE)
        projects.make_projects(random)
        endings.make_endings()
        revenue.make_revenue()
        equipment.make_history(random)
        profiles.make_profiles(DEMO_PASSWORD)
        houses.make_changes(random)
        registrations.make_registrations(DEMO_PASSWORD)
        area_changes.make_area_changes()
        print_sign_ins()
        return 0


def print_sign_ins() -> None:
    """The table of demo sign-ins by role."""
    print(f"演示账号（密码均为 {DEMO_PASSWORD}）：")
    for sign_in, name, role, _ in organisations.USERS:
        print(f"  {sign_in:<16}{ROLE_LABELS[role]}　{name}")
    for sign_in, role, name in registrations.SIGN_INS:
        print(f"  {sign_in:<16}{ROLE_LABELS[role]}　{name}")


def open_balances(session: Session, random: Random, area: Area, now: datetime) -> None:
    """Post an area's opening balances, as finance would after an import."""
    houses = session.execute(
        select(House.id, House.first_deposit).where(House.area_id == area.id).order_by(House.sort_key)
    ).all()
    accounts.open_house_accounts(session, area, [house.id for house in houses])
    lines = premises.opening_lines(random, houses)
    batch = OpeningBatch(
        area_id=area.id,
        house_count=len(lines),
        principal_total=sum(line["principal"] for line in lines),
        interest_total=sum(line["interest"] for line in lines),
        file_name=f"{area.name}房屋清册.xlsx",
        created_at=now,
    )
    session.add(batch)
    session.flush()
    session.execute(insert(OpeningLine), [{"batch_id": batch.id, **line} for line in lines])
    openings.confirm(session, batch, now)
