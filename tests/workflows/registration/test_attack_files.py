"""The hostile names of tests/support/make_attack_files.py through the upload of strangers (its files:
tests/screens/test_uploads.py)."""

from __future__ import annotations

from sqlalchemy import select

from app.models import Attachment
from tests.workflows.registration.conftest import asked


def test_hostile_names_are_kept_as_harmless_text(attack, stranger, session):
    folder, _manifest, names = attack
    data, key = (folder / "ok/good.pdf").read_bytes(), asked(session)[0].id
    for place, entry in enumerate(names):
        stranger(address=f"203.0.113.{place}").upload(key, entry["name"], data)
    session.rollback()
    for kept in session.scalars(select(Attachment.file_name)):
        assert kept.lower().endswith(".pdf")
        assert not set(kept) & set("/\\\0\r\n\u202e\u200b")
