"""The skeleton stands: pages answer, sign-in works, the database is put back after each test."""

from __future__ import annotations

from app.models import House, PlatformUser
from tests.conftest import sign_in


def test_health_says_ok(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["status"], answer.json["database"]) == (200, "ok", "ok")


def test_sign_in_leads_to_home(client, cast):
    assert sign_in(client, "agent").location == "/"
    assert client.get("/account/").status_code == 200


def test_city_has_two_places_of_twelve_houses(session, city):
    assert (len(city.houses), len(city.other.houses), session.query(House).count()) == (12, 12, 24)


def test_without_city_the_database_is_bare(session):
    assert session.query(PlatformUser).count() == 0
