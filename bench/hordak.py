"""The yardstick django-hordak, in a process of its own: its tables by its migrations, its bulk path as its own
benchmark command does it (Transaction and Leg by bulk_create in one atomic block).

    python -m bench.hordak SQLITE-FILE-OR-URL LEGS      answers every line on stdin with the seconds one payout took
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def version() -> str:
    """The installed version."""
    return importlib.metadata.version("django-hordak")


@contextlib.contextmanager
def books(database: str, legs: int) -> Iterator[Callable[[], float]]:
    """A callable that stores a transaction of so many legs in a database of hordak's own and gives the seconds."""
    from bench.workshop import postgres

    with tempfile.TemporaryDirectory() as folder:
        target = f"{folder}/hordak.sqlite"
        if database == "postgresql":
            target = postgres().create_database(f"hordak_{Path(folder).name[-6:]}".lower())
        command = [sys.executable, "-W", "ignore", "-m", "bench.hordak", target, str(legs)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as worker:
            yield lambda: _ask(worker)
            worker.stdin.close()


def _ask(worker: subprocess.Popen) -> float:
    worker.stdin.write("go\n")
    return float(worker.stdout.readline())


def _database(target: str) -> dict:
    if not target.startswith("postgresql"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": target}
    from sqlalchemy.engine import make_url

    url = make_url(target)
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": url.database, "USER": url.username or "",
        "PASSWORD": url.password or "", "HOST": url.host or url.query.get("host", ""),
        "PORT": url.port or url.query.get("port", ""),
    }  # fmt: skip


def main(target: str, legs: int) -> None:
    """Set Django up, migrate, open the accounts, then store a transaction for every line on stdin."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        DATABASES={"default": _database(target)}, INSTALLED_APPS=["django.contrib.contenttypes", "mptt", "hordak"],
        DEFAULT_CURRENCY="CNY", HORDAK_INTERNAL_CURRENCY="CNY", CURRENCIES=["CNY"], USE_TZ=True, SECRET_KEY="bench",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )  # fmt: skip
    django.setup()
    call_command("migrate", verbosity=0)
    accounts = _accounts(legs)
    for _ in sys.stdin:
        print(_store(accounts), flush=True)


def _accounts(count: int) -> list:
    from hordak.models import Account, AccountType

    Account.objects.bulk_create(
        Account(
            name=str(n),
            code=None,
            type=AccountType.liability if n else AccountType.asset,
            currencies=["CNY"],
            lft=1,
            rght=2,
            tree_id=n + 1,
            level=0,
        )
        for n in range(count)
    )
    return list(Account.objects.order_by("tree_id"))


def _store(accounts: list) -> float:
    """One transaction: every account but the first debited by 4.00, the first (the bank) credited with the sum."""
    from django.db import transaction
    from hordak.models import Leg, Transaction
    from moneyed import Money

    start = time.perf_counter()
    with transaction.atomic():
        head = Transaction()
        legs = [Leg(transaction=head, account=account, debit=Money(4, "CNY")) for account in accounts[1:]]
        legs.append(Leg(transaction=head, account=accounts[0], credit=Money(4 * len(legs), "CNY")))
        Transaction.objects.bulk_create([head])
        Leg.objects.bulk_create(legs)
    passed = time.perf_counter() - start
    Leg.objects.all()._raw_delete(using="default")
    return passed


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
