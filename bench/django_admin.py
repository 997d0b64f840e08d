"""The yardstick of `pages`: Django's admin over the same tables, tuned: joined rows, no second count, estimated totals.

python -m bench.django_admin DATABASE-URL PORT      prints the session cookie, then serves with waitress
"""

from __future__ import annotations

import sys
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings


def configure(url: str) -> None:
    """Settings of a production site on that database."""
    parts = urlsplit(url.replace("postgresql+psycopg", "postgresql"))
    settings.configure(
        SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF="bench.django_admin", USE_TZ=False, DEBUG=False,
        LANGUAGE_CODE="zh-hans", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", STATIC_URL="/static/",
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.strip("/"), "USER": parts.username or "",
            "HOST": parse_qs(parts.query).get("host", [parts.hostname or ""])[0], "CONN_MAX_AGE": None,
        }},
    )  # fmt: skip
    django.setup()


def model(title: str, table: str, shown: str, /, **fields):
    """An unmanaged model over one of our tables."""
    from django.db import models

    meta = type("Meta", (), {"managed": False, "db_table": table, "app_label": "admin"})
    values = {"__module__": __name__, "Meta": meta, "__str__": lambda row: str(getattr(row, shown)), **fields}
    return type(title, (models.Model,), values)


def register() -> None:
    """Models and their lists, with what ours show."""
    from django.contrib import admin
    from django.core.paginator import Paginator
    from django.db import connection, models
    from django.utils.functional import cached_property

    def to(target, **more):
        return models.ForeignKey(target, models.DO_NOTHING, **more)

    def text():
        return models.CharField(max_length=200)

    class Estimate(Paginator):
        """The planner's number of rows where nothing is filtered."""

        @cached_property
        def count(self):
            query = self.object_list.query
            if query.where:
                return super().count
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE relname = %s", [query.model._meta.db_table]
                )
                return cursor.fetchone()[0]

    area = model("Area", "areas", "name", name=text())
    building = model("Building", "buildings", "name", name=text(), area=to(area), kind=text())
    unit = model("Unit", "units", "name", name=text(), building=to(building))
    owner = model("Owner", "owners", "name", name=text(), area=to(area), phone=models.TextField())
    house = model(
        "House", "houses", "label", label=text(), room=text(), sort_key=text(), area=to(area), owner=to(owner),
        use=text(), sale_state=text(), floor_area=models.BigIntegerField(), first_deposit=models.BigIntegerField(),
    )  # fmt: skip
    account = model(
        "HouseAccount", "house_accounts", "house_id", principal=models.BigIntegerField(),
        house=models.OneToOneField(house, models.DO_NOTHING, primary_key=True), interest=models.BigIntegerField(),
        held=models.BigIntegerField(),
    )  # fmt: skip
    lists = (
        (house, ("label", "area", "owner", "use", "sale_state", "floor_area", "first_deposit"),
         ("area", "owner"), ("area_id", "sort_key", "id"), ("room",)),
        (owner, ("name", "area", "phone"), ("area",), ("area_id", "id"), ("name",)),
        (account, ("house", "principal", "interest", "held"), ("house__area", "house__owner"),
         ("house__area_id", "house__sort_key", "house_id"), ("house__room",)),
        (unit, ("name", "building"), ("building__area",), ("building_id", "id"), ("name",)),
        (building, ("name", "area", "kind"), ("area",), ("area_id", "id"), ("name",)),
    )  # fmt: skip
    for made, columns, joined, order, searched in lists:
        options = {
            "list_display": columns, "list_select_related": joined, "ordering": order, "search_fields": searched,
            "list_per_page": 50, "list_max_show_all": 50, "show_full_result_count": False, "paginator": Estimate,
            "actions": None,
        }  # fmt: skip
        admin.site.register(made, type(f"{made.__name__}Admin", (admin.ModelAdmin,), options))


def sign_in() -> str:
    """A superuser's session; its cookie."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.create_superuser("bench", "bench@example.org", "bench")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    return session.session_key


urlpatterns: list = []


def main(url: str, port: int) -> None:
    configure(url)
    register()
    from django.contrib import admin
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.urls import path
    from waitress import serve

    sys.modules["bench.django_admin"] = sys.modules[__name__]
    urlpatterns.append(path("admin/", admin.site.urls))
    call_command("migrate", verbosity=0)
    print(sign_in(), flush=True)
    serve(get_wsgi_application(), host="127.0.0.1", port=port, threads=8)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
