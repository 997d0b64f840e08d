"""Settings are checked before anything starts; every fault names its variable and says what to do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import config

ROOT = Path(__file__).resolve().parents[1]
GOOD = {
    "APP_ENV": "production",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef0123",
    "FIELD_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "TRUSTED_HOSTS": "fund.example.cn, 10.1.2.3",
}


def load(tmp_path, **changes):
    return config.load({"DATA_DIR": str(tmp_path / "data"), **changes})


def faults(tmp_path, **changes) -> list[str]:
    with pytest.raises(config.SettingsError) as refused:
        load(tmp_path, **changes)
    return refused.value.faults


def test_without_settings_it_is_the_demo_on_sqlite(tmp_path):
    found = load(tmp_path)
    assert (found.APP_ENV, found.HOST, found.PORT, found.CLOCK) == ("demo", "127.0.0.1", 8080, 0)
    assert f"sqlite:///{tmp_path}/data/fund.sqlite3" == found.SQLALCHEMY_DATABASE_URI


def test_keys_are_made_once_and_are_the_owners_only(tmp_path):
    first, second = load(tmp_path), load(tmp_path)
    assert (first.SECRET_KEY, first.FIELD_KEY) == (second.SECRET_KEY, second.FIELD_KEY)
    for name in ("secret_key.txt", "field_key.txt"):
        assert stat.S_IMODE(os.stat(tmp_path / "data" / name).st_mode) == 0o600


def test_postgresql_addresses_get_our_driver(tmp_path):
    found = load(tmp_path, DATABASE_URL="postgres://u:p@db/fund")
    assert found.SQLALCHEMY_DATABASE_URI == "postgresql+psycopg://u:p@db/fund"


def test_production_starts_with_good_settings(tmp_path):
    assert load(tmp_path, **GOOD).TRUSTED_HOSTS == ["fund.example.cn", "10.1.2.3"]


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"HOST": "10.1.2.3", "PORT": "80"}, "http://10.1.2.3:80"),
        ({"TRUSTED_HOSTS": "fund.example.cn, 10.1.2.3"}, "http://fund.example.cn:8080"),
        ({"TRUSTED_HOSTS": "fund.example.cn", "BEHIND_PROXY": "1"}, "https://fund.example.cn"),
        ({"SITE_URL": "https://wx.example.cn/"}, "https://wx.example.cn"),
    ],
)
def test_own_address_is_as_said_or_made_of_the_first_host(tmp_path, changes, address):
    assert address == load(tmp_path, **changes).SITE_URL


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"FIELD_KEY": ""}, "FIELD_KEY"),
        ({"FIELD_KEY": config.TEST_FIELD_KEY}, "FIELD_KEY"),
        ({"FIELD_KEY": "x" * 44}, "FIELD_KEY"),
        ({"CLOCK": "3"}, "CLOCK"),
        ({"TRUSTED_HOSTS": ""}, "TRUSTED_HOSTS"),
    ],
)
def test_production_refuses(tmp_path, changes, name):
    assert [fault.split("=")[0].split(" ")[0] for fault in faults(tmp_path, **{**GOOD, **changes})] == [name]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"PORT": "abc"}, "PORT=abc 无效：须为 1 至 65535 的整数"),
        ({"PORT": "70000"}, "PORT=70000 无效：须为 1 至 65535 的整数"),
        ({"APP_ENV": "prod"}, "APP_ENV=prod 无效：只能是 demo 或 production"),
        ({"SITE_URL": "fund.example.cn"}, "SITE_URL=fund.example.cn 无效：写本站网址，如 https://fund.example.cn"),
        ({"BEHIND_PROXY": "maybe"}, "BEHIND_PROXY=maybe 无效：写 1 表示是，0 表示否"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL 无效：须以 sqlite:/// 或 postgresql:// 开头"),
        ({"CLOCK": "1.5"}, "CLOCK=1.5 无效：须为 -3660 至 3660 的整数"),
    ],
)
def test_wrong_values_are_named(tmp_path, changes, text):
    assert faults(tmp_path, **changes) == [text]


def test_all_faults_are_told_at_once(tmp_path):
    assert len(faults(tmp_path, PORT="x", APP_ENV="x", CLOCK="x")) == 3


def test_command_line_ends_with_the_faults_and_code_1(tmp_path):
    environment = {"DATA_DIR": str(tmp_path), "PORT": "x", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "run.py", "serve"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, "PORT=x 无效" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
