"""What the pages of an organisation's changes share: the trace in words, and a chosen file that outlives a refusal."""

from __future__ import annotations

import json

from flask import request
from flask_babel import gettext

from app.domain.errors import Refusal
from app.models import Attachment, OrganisationChange
from app.screens import labels
from app.screens.fields import ChineseForm
from app.screens.request import context, translated
from app.transaction import unit_of_work
from app.workflows.attachments import staged
from app.workflows.attachments.content import read_limited


def label_of(name: str) -> str:
    """A field's name in the reader's language."""
    return gettext(labels.COLUMNS.get(name, name))


def lines_of(change: OrganisationChange) -> list[tuple[str, str, str]]:
    """(field, old, new) of a change, as it was written; nothing is a dash."""
    rows = json.loads(change.changes)
    return [(label_of(name), old or "—", new or "—") for name, (old, new) in rows.items()]


def fields_of(change: OrganisationChange) -> str:
    """名称、地址: what a change is about."""
    return "、".join(label_of(name) for name in json.loads(change.changes))


def chosen_file(form: ChineseForm, name: str = "file") -> Attachment | None:
    """The file chosen now, checked and kept, or the one kept since the last try; what is wrong goes to the field.

    It is kept at once, in a unit of work of its own: whatever else the form is refused for, the file needn't be chosen
    again.
    """
    upload = request.files.get(name)
    if upload is None or not upload.filename:
        key = request.form.get(f"{name}_kept", "")
        return staged.find(int(key), context()) if key.isascii() and key.isdigit() and len(key) <= 18 else None
    data = read_limited(upload.stream)
    upload.stream.seek(0)
    try:
        with unit_of_work():
            return staged.stage_scan(upload.filename, data, context())
    except Refusal as refusal:
        form[name].errors = [*form[name].errors, translated(refusal.sentence)]
        return None
