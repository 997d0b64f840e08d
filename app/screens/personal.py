"""Fields of generated forms that read numbers which identify: typed anew, never printed into a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext
from wtforms import StringField
from wtforms.validators import Optional, ValidationError

from app import clock
from app.domain import identifiers
from app.domain.errors import Refusal
from app.screens.fields import DayField
from app.screens.request import translated
from app.screens.rows import masked


class ParsedField(StringField):
    """Text that a reader of `domain/identifiers.py` turns into the one form that is stored; empty stays none."""

    def __init__(self, label=None, validators=None, *, parse: Callable[[str], str], required: bool = False, **kwargs):
        super().__init__(label, validators, **kwargs)
        self.parse, self.flags.required = parse, required

    def process_formdata(self, valuelist) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = text or None
        if not text:
            if self.flags.required:
                raise ValueError(gettext("请填写%(name)s", name=self.label.text))
            return
        try:
            self.data = self.parse(text)
        except Refusal as refusal:
            raise ValueError(translated(refusal.sentence)) from refusal

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data or ""


class PersonalField(ParsedField):
    """An encrypted column. An edit shows it masked as a hint; left empty, what is stored stays."""

    def process(self, formdata, data=None, extra_filters=None) -> None:
        self.stored = data if isinstance(data, str) else None
        super().process(formdata, data, extra_filters)
        if self.stored:
            hint = gettext("现为 %(value)s，留空表示不改", value=masked(self.name, self.stored))
            self.description = hint

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ""

    def populate_obj(self, obj: Any, name: str) -> None:
        if self.data:
            setattr(obj, name, self.data)


def credit_code(label: str, **kwargs) -> ParsedField:
    return ParsedField(label, parse=identifiers.parse_credit_code, **kwargs)


def account_number(label: str, **kwargs) -> ParsedField:
    return ParsedField(label, parse=identifiers.parse_account_number, required=True, **kwargs)


def email(label: str, **kwargs) -> ParsedField:
    return ParsedField(label, parse=identifiers.parse_email, **kwargs)


def mobile(label: str, **kwargs) -> PersonalField:
    return PersonalField(label, parse=identifiers.parse_mobile, **kwargs)


def phone(label: str, **kwargs) -> PersonalField:
    return PersonalField(label, parse=identifiers.parse_phone, **kwargs)


def identity_number(label: str, **kwargs) -> PersonalField:
    return PersonalField(label, parse=identifiers.parse_owner_identity, **kwargs)


def resident_number(label: str, **kwargs) -> PersonalField:
    return PersonalField(label, parse=parse_resident, **kwargs)


def parse_resident(text: str) -> str:
    """A person's identity number, born no later than today."""
    return identifiers.parse_identity_number(text, today=clock.today())


def founded_on(label: str) -> DayField:
    """The day an organisation was founded; never one to come."""

    def founded_by_today(_form, field) -> None:
        if field.data and field.data > clock.today():
            raise ValidationError(gettext("成立日期不能晚于今天"))

    return DayField(label, [Optional(), founded_by_today])
