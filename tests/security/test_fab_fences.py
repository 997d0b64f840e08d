"""The ten fences around Flask-AppBuilder 5.3 (docs/architecture.md), one test or more each."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from functools import partial
from html import unescape
from pathlib import Path

import flask_appbuilder
import pytest
from flask_appbuilder import CompactCRUDMixin, MasterDetailView, ModelView
from flask_appbuilder.api import BaseApi
from flask_appbuilder.charts.views import BaseChartView
from flask_appbuilder.models.sqla.filters import FilterRelationOneToManyEqual
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import event, select, text

from app import models
from app.extensions import db
from app.permissions import ROLES, Permission
from app.screens import access
from app.security import fab_roles
from tests.conftest import csrf_token, post, sign_in
from tests.factories.city import CANARY
from tests.support.threads import together

pytestmark = pytest.mark.isolation
ROOT = Path(__file__).resolve().parents[2]


def views(app):
    return app.appbuilder.baseviews


# 1. base_filters leave ways around them: the session guard closes every one ------------------------------------------


def test_1_no_view_brings_what_base_filters_do_not_cover(app):
    for view in views(app):
        assert not isinstance(view, (CompactCRUDMixin, MasterDetailView, BaseApi)), view
        assert not getattr(view, "actions", None), view
    assert not any("/action" in rule.rule or "/download/" in rule.rule for rule in app.url_map.iter_rules())


def test_1_prefilled_forms_and_searches_offer_nothing_foreign(app, signed_in, city):
    client = signed_in("agent")
    area, building = city.other.area.id, city.other.buildings[0].id
    for address in (
        f"/equipment/add?_flt_0_area={area}", f"/equipment/list/?_flt_0_area={area}", f"/houses/list/?area_id={area}",
        f"/houses/list/?building_id={building}", "/equipment/add", "/search/?q=" + CANARY,
    ):  # fmt: skip
        answer = client.get(address)
        page = answer.get_data(as_text=True)
        foreign = [row.name for row in (city.other.area, city.other.company, *city.other.equipment) if row.name in page]
        assert (answer.status_code < 500, foreign) == (True, []), address


def test_1_posted_foreign_keys_are_refused(signed_in, session, city):
    client = signed_in("agent")
    data = {"area_id": city.other.area.id, "area": city.other.area.id, "category_id": city.categories[1].id,
            "category": city.categories[1].id, "name": "偷放的电梯"}  # fmt: skip
    answer = post(client, "/equipment/add", data)
    assert answer.status_code in (404, 422)
    session.rollback()
    assert session.scalar(select(models.Equipment.id).where(models.Equipment.name == "偷放的电梯")) is None


# 2. SQLAInterface.add() commits before post_add --------------------------------------------------------------------


def test_2_no_screen_uses_the_crud_hooks_or_the_interface_that_commits():
    hooks = {"post_add", "post_update", "post_delete", "pre_add", "pre_update", "pre_delete"}
    for path in (ROOT / "app" / "screens").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(rf"def ({'|'.join(hooks)})\b", source), path
        assert not re.search(r"datamodel\.(add|edit|delete)\(", source), path


def test_2_a_saved_form_is_one_commit_with_its_audit_event(app, signed_in, city, cast):
    client = signed_in("clerk")
    page = client.get("/districts/add")
    data = {"csrf_token": csrf_token(page), "form_key": "k" * 24, "code": "330199", "name": "新城区"}
    commits = []

    def count(connection):
        commits.append(1)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "commit", count)
    try:
        answer = client.post("/districts/add", data=data)
    finally:
        event.remove(engine, "commit", count)
    assert answer.status_code == 302
    with app.app_context(), db.engine.connect() as connection:
        stored = connection.execute(text("SELECT count(*) FROM audit_events WHERE subject = 'districts'")).scalar()
    assert stored == 1


# 3. CSRF ---------------------------------------------------------------------------------------------------------


def test_3_every_changing_route_refuses_a_post_without_token(app, signed_in, businesses):
    client = signed_in("clerk")
    for route, method, endpoint, _permission in access.routes(app):
        if method == "GET":
            continue
        with app.test_request_context():
            rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint and rule.rule == route)
            values = {name: _sample(rule._converters[name]) for name in rule.arguments}
            address = app.url_for(endpoint, **values)
        assert client.open(address, method=method).status_code == 400, address


def _sample(converter):
    return next(iter(converter.items)) if hasattr(converter, "items") else 1


def test_3_get_deletes_nothing(signed_in, session, city):
    client = signed_in("clerk")
    for name in ("districts", "areas", "houses", "owners", "equipment"):
        assert client.get(f"/{name}/delete/1").status_code == 405, name
    assert session.get(models.District, city.district.id)


def test_3_nothing_is_exempt_from_csrf(app):
    assert app.extensions["csrf"]._exempt_views == set()
    assert app.extensions["csrf"]._exempt_blueprints == set()


# 4. FAB_ROLES match as prefixes --------------------------------------------------------------------------------------


def test_4_roles_are_made_from_the_enum_and_anchored(app):
    patterns = app.config["FAB_ROLES"]
    assert patterns == fab_roles() and set(patterns) == set(ROLES)
    for role, [[view, permission]] in patterns.items():
        assert (view[0], view[-1], permission[0], permission[-1]) == ("^", "$", "^", "$")
        granted = {found for found in Permission if re.match(permission, f"can_{found.value}")}
        assert granted == ROLES[role]
        assert not re.match(permission, f"can_{next(iter(ROLES[role])).value}_and_more")


def test_4_decisions_are_asked_once_a_request(app, signed_in, monkeypatch):
    client, asked = signed_in("clerk"), []
    original = app.appbuilder.sm._has_access_builtin_roles

    def count(role, permission, view):
        asked.append((role.name, permission))
        return original(role, permission, view)

    monkeypatch.setattr(app.appbuilder.sm, "_has_access_builtin_roles", count)
    client.get("/districts/list/")
    assert len(asked) == len(set(asked))


# 5. filters on the shared view object --------------------------------------------------------------------------------


def test_5_another_users_search_does_not_show(app, signed_in, city):
    first, second = signed_in("clerk"), signed_in("reviewer")
    assert first.get("/districts/list/?q=没有这个区").status_code == 200
    assert "城中区" in second.get("/districts/list/").get_data(as_text=True)


def test_5_with_threads_nobody_sees_anothers_search(signed_in, city):
    """Three people of two companies and the department, each in several windows, all at once."""
    agent, other, clerk = signed_in("agent"), signed_in("other_agent"), signed_in("clerk")
    own = [house.label for house in city.houses]
    foreign = [house.label for house in city.other.houses]
    asked = [
        (agent, "?_flt_2_room=C1", ["2幢C1"]),
        (agent, "?_flt_2_room=S1", ["2幢S1"]),
        (agent, "", own),
        (other, "?_flt_2_room=C1", [name for name in foreign if name.endswith("C1")]),
        (other, "?size=200", foreign),
        (clerk, "?_flt_0_owner=王五", ["1幢2单元102", "鸿雁1幢鸿雁2单元102"]),
        (clerk, "?_flt_2_room=S1&_flt_0_area=安居", ["2幢S1"]),
        (clerk, "?sort=label&order=desc&_flt_2_room=C1", ["2幢C1", *(name for name in foreign if name.endswith("C1"))]),
    ]
    told = {number: [] for number in range(len(asked))}

    def ask(number: int) -> None:
        client, query, _ = asked[number]
        for _ in range(5):
            page = client.get(f"/houses/list/{query or '?page=1'}").get_data(as_text=True)
            told[number].append(re.findall(r'<a href="/houses/show/\d+">([^<]+)</a>', page))

    together([partial(ask, number) for number in told])
    for number, (_, query, expected) in enumerate(asked):
        assert [sorted(names) for names in told[number]] == [sorted(expected)] * 5, query


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=-1", "size=x", "sort=password", "page=99999999999999999999"]
)
def test_5_bad_arguments_answer_400(signed_in, query):
    assert signed_in("clerk").get(f"/districts/list/?{query}").status_code == 400


def test_5_page_size_is_clamped(signed_in):
    assert signed_in("clerk").get("/houses/list/?size=100000").status_code == 200


def test_5_unknown_numbers_answer_404(signed_in):
    client = signed_in("clerk")
    for key in ("99999", "x", "-1", "1'--", "9" * 30):
        assert client.get(f"/districts/show/{key}").status_code == 404, key


# 6. FAB's own sign-in and user screens are off -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/security/login", "/api/v1/security/refresh", "/api/v1/security/users/", "/api/v1/menu/",
        "/api/v1/_openapi", "/swagger/v1", "/users/list/", "/roles/list/", "/userdbmodelview/list/",
        "/rolemodelview/list/", "/resetpassword/form", "/resetmypassword/form", "/userinfoeditview/form",
        "/permissions/list/", "/viewmenus/list/", "/lang/en", "/back", "/register/form",
    ],
)  # fmt: skip
def test_6_screens_and_api_of_fab_are_off(signed_in, address):
    client = signed_in("security")
    token = csrf_token(client.get("/account/password"))
    assert client.get(address).status_code == 404
    assert client.post(address, data={"csrf_token": token}).status_code == 404


# 7. first start with several workers ---------------------------------------------------------------------------------


def test_7_fab_makes_no_tables_and_no_permissions_at_start(app, session):
    assert (app.config["FAB_CREATE_DB"], app.config["FAB_UPDATE_PERMS"]) == (False, False)
    assert session.scalar(text("SELECT count(*) FROM ab_permission")) == 0
    assert set(session.scalars(select(Role.name))) == set(ROLES)


def test_7_two_inits_at_once_end_well(tmp_path):
    environment = {"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "run.py"), "init"]
    runs = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(2)]
    outputs = [run.communicate(timeout=120)[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs


# 8. metadata, audit columns, widgets, charts, themes -----------------------------------------------------------------


def test_8_one_metadata_own_columns_no_charts_no_themes(app):
    assert db.metadata is flask_appbuilder.Model.metadata
    assert not any(isinstance(view, BaseChartView) for view in views(app))
    assert app.config["APP_THEME"] == ""
    assert app.config["FAB_ADD_SECURITY_API"] is False
    for mapper in models.House.registry.mappers:
        if not mapper.local_table.name.startswith("ab_"):
            assert "created_by_fk" not in mapper.columns, mapper.class_


# 9. long forms -------------------------------------------------------------------------------------------------------


def test_9_lists_travel_as_json_and_do_not_meet_the_form_limit(app, client, cast):
    """Flask refuses a form of more than 1,000 parts with 413; a JSON field of 2 MB passes."""
    sign_in(client, "agent")
    token = csrf_token(client.get("/account/password"))
    parts = {f"house-{number}": "1" for number in range(1100)}
    assert client.post("/language", data={"csrf_token": token, "locale": "zh", **parts}).status_code == 302
    encoded = {"csrf_token": token, "locale": "zh", "rows": "[" + "1," * 1_000_000 + "1]"}
    assert client.post("/language", data=encoded, content_type="multipart/form-data").status_code == 302
    answer = client.post("/language", data={"csrf_token": token, **parts}, content_type="multipart/form-data")
    assert answer.status_code in (400, 413)


# 10. Chinese ---------------------------------------------------------------------------------------------------------


def test_10_generated_screens_show_no_english(signed_in, city):
    client = signed_in("clerk")
    for address in ("/districts/list/", "/districts/add", "/districts/show/1", "/houses/list/", "/houses/show/1"):
        page = re.sub(
            r"<(script|style|svg).*?</\1>|<[^>]+>", " ", client.get(address).get_data(as_text=True), flags=re.S
        )
        words = set(re.findall(r"[A-Za-z]{3,}", unescape(page))) - {"English", "Excel"}
        assert words == set(), (address, words)


def test_10_every_model_view_is_one_of_ours(app):
    for view in views(app):
        if isinstance(view, ModelView):
            assert inspect.getmodule(type(view)).__name__.startswith("app.screens."), view
            assert view.base_filters is None or not isinstance(view.base_filters, FilterRelationOneToManyEqual)
