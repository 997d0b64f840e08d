"""Organisations that changed their information, and more of their users, all by the real acts."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from werkzeug.security import generate_password_hash

from app import clock
from app.demo import people
from app.demo.desk import Desk, sample_pdf
from app.demo.organisations import user_named
from app.models import Organisation
from app.workflows.attachments import staged
from app.workflows.engine import Context
from app.workflows.organisations import checks, profile, users
from app.workflows.organisations.users import Person

SEED = 20262  # its own, so that the rest of the city stays as it was


def make_profiles(password: str) -> None:
    """恒信 moved, 和谐家园 has a new name that was looked at, 江畔 one that waits; 安居 has agents with areas."""
    random, now = Random(SEED), clock.now()
    moved = Desk(random, now - timedelta(days=60), "hengxin_admin")
    moved.do("hengxin_admin", lambda ctx: _change(ctx, {
        "address": "云溪市滨江区江滨路 88 号 5 楼", "email": "office@hengxin.example", "founded_on": date(2009, 4, 18),
        "registered_capital": 500_000_000, "qualification": "二级",
    }))  # fmt: skip
    renamed = Desk(random, now - timedelta(days=20), "hexie_admin")
    change = renamed.do("hexie_admin", lambda ctx: _change(ctx, {"name": "和谐家园物业服务集团有限公司"}, scan=True))
    renamed.days(1)
    version = change.organisation.version
    renamed.do("clerk", lambda ctx: checks.confirm_change(ctx, change.id, version=version))
    waiting = Desk(random, now - timedelta(days=2), "jiangpan_admin")
    waiting.do("jiangpan_admin", lambda ctx: _change(ctx, {
        "name": "江畔城市物业服务有限公司", "credit_code": people.credit_code(random),
    }, scan=True))  # fmt: skip
    _more_users(random, now, password)


def _change(ctx: Context, values: dict, *, scan: bool = False):
    own = ctx.session.get(Organisation, ctx.actor.organisation_id)
    file = staged.stage_scan("营业执照.pdf", sample_pdf("营业执照", ctx.today), ctx) if scan else None
    kept = {name: getattr(own, name) for name in profile.FIELDS}
    return profile.change_profile(ctx, {**kept, **values}, licence_id=file.id if file else None, version=own.version)


def _more_users(random: Random, now, password: str) -> None:
    """安居: an agent for one area, one who has left, one who still has the first password."""
    desk = Desk(random, now - timedelta(days=90), "anju_admin")
    for sign_in, name, role, areas in (
        ("anju_jinxiu", "谢欣怡", "ProjectAgent", 1), ("anju_chen", "陈润生", "ProjectAgent", 0),
        ("anju_new", "邹若涵", "RevenueAgent", 0),
    ):  # fmt: skip
        person = Person(name, people.identity_number(random), people.mobile(random), frozenset({role}))
        desk.do("anju_admin", lambda ctx, s=sign_in, p=person, n=areas: _add(ctx, s, p, n, password))
    left = user_named(desk.session, "anju_chen")
    desk.days(30)
    desk.do("anju_admin", lambda ctx: users.set_active(ctx, left.id, False, version=left.version))


def _add(ctx: Context, sign_in: str, person: Person, areas: int, password: str):
    """With the demo's password, which needs no change."""
    chosen = frozenset(sorted(ctx.actor.area_ids or ())[:areas])
    limited = Person(person.name, person.identity_number, person.phone, person.roles, chosen)
    user, _made = users.add_user(ctx, sign_in, limited, password=password, method="pbkdf2:sha256:1000")
    user.password, user.must_change_password = generate_password_hash(password), sign_in == "anju_new"
    return user
