"""The drill: backup, an empty machine, restore, one command each; and what an archive is refused for."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import config
from app import clock
from app.backup import archive, heads, restore, shelf
from app.backup.manifest import Unusable
from app.entities.base import FieldCipher
from app.extensions import db
from app.workflows.attachments.storage import FolderStore

pytestmark = pytest.mark.money  # on PostgreSQL too: it has tools of its own
ROOT = Path(config.ROOT)


@pytest.fixture
def empty_url(request, tmp_path):
    if db.engine.dialect.name == "sqlite":
        return f"sqlite:///{tmp_path / 'restored.sqlite3'}"
    return request.getfixturevalue("postgres_server").create_database("restored")


@pytest.fixture
def made(session, tmp_path):
    """(archive, its manifest, the store with one file) of the tests' database."""
    store = FolderStore(tmp_path / "files")
    store.put("第一号合同".encode())
    target = tmp_path / "copy.tar.gz"
    return target, archive.make(db.engine, store, target, clock.now()), store


def command(*arguments: str, **environ: str) -> subprocess.CompletedProcess:
    settings = {"FIELD_KEY": config.TEST_FIELD_KEY, "SECRET_KEY": "tests-only", "APP_ENV": "demo"}
    return subprocess.run(
        [sys.executable, "run.py", *arguments], cwd=ROOT, env={**os.environ, **settings, **environ},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def url() -> str:
    return db.engine.url.render_as_string(hide_password=False)


def contents(engine) -> dict[str, list]:
    """Every row of every table, in an order of its own."""
    with engine.connect() as connection:
        rows = {name: connection.execute(table.select()).all() for name, table in db.metadata.tables.items()}
    return {name: sorted(map(repr, found)) for name, found in rows.items()}


def test_drill_brings_every_row_and_file_back(city, session, empty_url, tmp_path):
    old, new, target = tmp_path / "old", tmp_path / "new", tmp_path / "copy.tar.gz"
    name = FolderStore(old / "files").put("第一号合同".encode())
    before = contents(db.engine)
    saved = command("backup", "--to", str(target), DATABASE_URL=url(), DATA_DIR=str(old))
    assert (saved.returncode, saved.stderr) == (0, "")
    put_back = command("restore", str(target), DATABASE_URL=empty_url, DATA_DIR=str(new))
    assert (put_back.returncode, put_back.stderr) == (0, "")
    assert put_back.stdout.endswith("1 个文件，台账和审计核对无误\n")
    restored = create_engine(empty_url)
    assert contents(restored) == before
    restored.dispose()
    assert FolderStore(new / "files").read(name).decode() == "第一号合同"
    again = command("restore", str(target), DATABASE_URL=empty_url, DATA_DIR=str(new))
    assert (again.returncode, again.stdout) == (
        1, "目标数据库里已有数据：只能恢复到空的数据库，请另建一个，或先把它移走\n",
    )  # fmt: skip


def test_only_its_owner_reads_an_archive(made):
    assert made[0].stat().st_mode & 0o777 == 0o600


def test_manifest_counts_what_it_holds(city, made, session):
    houses = session.scalar(text("SELECT count(*) FROM houses"))
    manifest = made[1]
    assert (manifest.rows["houses"], len(manifest.members)) == (houses, 2)
    assert restore.differences(session, manifest) == []


def test_a_row_more_or_less_is_named(city, made, session):
    manifest = made[1]
    manifest.rows["houses"] += 1
    counted = manifest.rows["houses"]
    assert restore.differences(session, manifest) == [f"表 houses 备份时有 {counted} 行，恢复后有 {counted - 1} 行"]


def refusal(engine, store, source) -> str:
    with pytest.raises(Unusable) as caught:
        restore.restore(engine, store, source)
    return str(caught.value)


def repacked(source: Path, *, leave_out: str = "", change: str = "", add: str = "") -> Path:
    """A copy of the archive in which somebody has meddled."""
    target = source.with_name("meddled.tar.gz")
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            data = old.extractfile(member).read()
            if leave_out and member.name.startswith(leave_out):
                continue
            if change and member.name.startswith(change):
                data = data[:-1] + bytes([data[-1] ^ 1])
            new.addfile(member, BytesIO(data))
        if add:
            new.addfile(tarfile.TarInfo(add), BytesIO(b""))
    return target


@pytest.mark.parametrize(
    ("meddled", "sentence"),
    [
        ({"leave_out": "files/"}, "备份文件与其说明不符：缺少 files/{name}"),
        ({"change": "files/"}, "备份文件与其说明不符：files/{name} 已被改动"),
        ({"add": "files/../../etc/passwd"}, "备份文件与其说明不符：多出 files/../../etc/passwd"),
        ({"leave_out": "manifest"}, "备份文件不完整：没有说明（manifest.json）"),
    ],
)
def test_meddled_archive_is_refused_and_nothing_is_touched(made, empty_url, tmp_path, meddled, sentence):
    source, _, store = made
    engine, elsewhere = create_engine(empty_url), FolderStore(tmp_path / "elsewhere")
    (name,) = store.names(older_than_seconds=0)
    assert refusal(engine, elsewhere, repacked(source, **meddled)) == sentence.format(name=name)
    assert elsewhere.names(older_than_seconds=0) == []
    engine.dispose()


def test_another_field_key_is_refused(made, empty_url, tmp_path):
    engine = create_engine(empty_url)
    FieldCipher.configure("b3RoZXItdGVzdHMta2V5LWZvci1maWVsZHMtMzJieXQ=")
    sentence = refusal(engine, FolderStore(tmp_path / "elsewhere"), made[0])
    assert sentence == "FIELD_KEY 与备份时不同：用它解不开证件号码和电话，请先设成原来的值"
    engine.dispose()


def test_what_is_no_archive_is_refused(session, empty_url, tmp_path):
    source = tmp_path / "letter.tar.gz"
    source.write_bytes(gzip.compress(b"no archive"))
    engine = create_engine(empty_url)
    assert refusal(engine, FolderStore(tmp_path / "elsewhere"), source).startswith("备份文件读不出来：")
    engine.dispose()


def test_the_newest_are_kept(tmp_path):
    names = [f"fund-2026112{day}-010000.tar.gz" for day in range(1, 5)]
    for name in [*names, "another.tar.gz"]:
        (tmp_path / name).touch()
    assert archive.keep_newest(tmp_path, 2) == names[:2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another.tar.gz", *names[2:]]


def test_nightly_backup_stands_on_the_shelf(session, tmp_path):
    shelf.configure(tmp_path / "shelf", 1)
    for day in (1, 2):
        name, removed = shelf.save(db.engine, datetime(2026, 11, day, 1))
    assert (name, removed) == ("fund-20261102-010000.tar.gz", ["fund-20261101-010000.tar.gz"])
    with archive.opened(tmp_path / "shelf" / name) as opened:
        assert opened.manifest.made_at == "2026-11-02T01:00:00"


def test_a_head_written_down_tells_a_rewritten_chain(city, session, tmp_path):
    file = tmp_path / heads.NAME
    noted = heads.write_down(session, file, datetime(2026, 11, 24, 0, 20))
    number, noted_hash = noted["ledger"]
    lines = file.read_text().splitlines()
    assert lines[1] == f"2026-11-24T00:20:00,ledger,{number},{noted_hash}"
    assert list(heads.contradictions(session, file)) == []
    file.write_text("\n".join([
        f"2026-11-24T00:20:00,ledger,{number},{'0' * 64}", f"2026-11-24T00:20:00,ledger,{number + 7},{noted_hash}"
    ]))  # fmt: skip
    assert list(heads.contradictions(session, file)) == [
        f"2026-11-24T00:20:00 记下的凭证 {number} 的散列与现在的不同，其前的记录被改写过",
        f"2026-11-24T00:20:00 记下的凭证 {number + 7} 已不存在",
    ]
    file.write_text("something else")
    with pytest.raises(ValueError, match="这一行不是链末记录：something else"):
        list(heads.contradictions(session, file))
