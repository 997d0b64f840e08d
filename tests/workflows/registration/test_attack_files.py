"""The hostile files of tests/support/make_attack_files.py through the upload of strangers."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.models import Attachment
from tests.workflows.attachments.test_attack_files import LISTS_ONLY, UPLOADS, attack
from tests.workflows.registration.conftest import asked

__all__ = ["attack"]
AT_ONE_BROWSER = 5


@pytest.mark.slow
def test_every_file_of_a_stranger_ends_as_the_manifest_says(attack, stranger, session):
    folder, manifest, _names = attack
    key, wrong, judged, somebody = asked(session)[0].id, {}, 0, None
    for entry in manifest:
        name = entry["file"]
        if name.split("/")[0] not in UPLOADS or name in LISTS_ONLY or entry.get("only_if"):
            continue
        if judged % AT_ONE_BROWSER == 0:
            somebody = stranger(address=f"203.0.113.{judged}")
        judged += 1
        answer = somebody.upload(key, Path(name).name, (folder / name).read_bytes())
        found = {200: "accept", 422: "reject", 413: "reject"}.get(answer.status_code, str(answer.status_code))
        if entry["expect"] != "neutral" and found != entry["expect"]:
            wrong[name] = found
        if found == "reject" and answer.status_code == 422:
            assert answer.json["field"] == f"file-{key}"
    assert wrong == {}
    assert judged == 70


def test_hostile_names_are_kept_as_harmless_text(attack, stranger, session):
    folder, _manifest, names = attack
    data, key = (folder / "ok/good.pdf").read_bytes(), asked(session)[0].id
    for place, entry in enumerate(names):
        stranger(address=f"203.0.113.{place}").upload(key, entry["name"], data)
    session.rollback()
    for kept in session.scalars(select(Attachment.file_name)):
        assert kept.lower().endswith(".pdf")
        assert not set(kept) & set("/\\\0\r\n\u202e\u200b")
