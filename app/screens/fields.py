"""Form fields of the field: yuan (fen inside), square metres (0.01 m² inside), days, vocabularies; Chinese messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, Field, SelectChoice, SelectField
from wtforms.fields.choices import Choice
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import TextInput

from app.domain.enums import Labelled
from app.domain.errors import Refusal, Sentence
from app.domain.money import format_area, format_yuan, parse_area, parse_yuan
from app.screens.request import translated


class ChineseForm(FlaskForm):
    """Base of our forms: built-in WTForms messages come from its own Chinese catalogue, ours from the fields below."""

    class Meta(FlaskForm.Meta):
        locales = ["zh_CN"]

    def add_refusal(self, refusal: Refusal) -> bool:
        """Put a refusal at its field; False when the form has no such field (the page then shows it on top)."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            return False
        field.errors = [*field.errors, translated(refusal.sentence)]
        return True


class NumberField(Field):
    """Text that `parse` turns into a whole number; what was typed stays in the field when it is refused."""

    widget = TextInput()
    parse: Callable[..., int]
    show: Callable[[int], str]

    def __init__(self, label=None, validators=None, *, required: bool = True, limits: dict | None = None, **kwargs):
        super().__init__(label, validators, **kwargs)
        self.required, self.limits = required, limits or {}
        self.flags.required = required

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else type(self).show(self.data)

    def process_formdata(self, valuelist) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text and not self.required:
            return
        try:
            self.data = type(self).parse(text, **self.limits)
        except Refusal as refusal:
            raise ValueError(translated(refusal.sentence)) from refusal

    def pre_validate(self, form) -> None:
        if self.required and not self.raw_data and not self.errors:
            raise ValidationError(gettext("请填写此项"))


class YuanField(NumberField):
    """An amount typed in yuan; `data` is fen (int) or None."""

    parse = staticmethod(parse_yuan)
    show = staticmethod(format_yuan)


class SquareMetresField(NumberField):
    """A floor area typed in m²; `data` is in 0.01 m² (int) or None."""

    parse = staticmethod(parse_area)
    show = staticmethod(format_area)


class DayField(DateField):
    """A date by the browser's date input (`YYYY-MM-DD`)."""

    def process_formdata(self, valuelist) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            self.data = None
            raise ValueError(gettext("日期无效，格式为 2026-01-31")) from error
        if not 1900 <= self.data.year <= 2200:
            self.data = None
            raise ValueError(gettext("日期须在 1900 年至 2200 年之间"))


class EnumField(SelectField):
    """A choice among a vocabulary's members, shown by label; `data` is the member or None."""

    def __init__(self, label=None, validators=None, *, kind: type[Labelled], empty: str | None = None, **kwargs):
        self.kind = kind
        choices = [SelectChoice(member.value, lazy_gettext(member.label)) for member in kind]
        if empty is not None:
            choices.insert(0, SelectChoice("", empty))
        super().__init__(label, validators, choices=choices, coerce=self._member, **kwargs)

    def _member(self, value: Any):
        if value in (None, ""):
            return None
        return self.kind(value)

    def iter_choices(self):
        chosen = self.data.value if isinstance(self.data, self.kind) else ""
        for choice in self.choices:
            yield Choice(choice.value, choice.label, choice.value == chosen, choice.render_kw)

    def process_formdata(self, valuelist) -> None:
        try:
            self.data = self._member(valuelist[0]) if valuelist else None
        except ValueError as error:
            self.data = None
            raise ValueError(gettext("请从列表中选择")) from error

    def pre_validate(self, form) -> None:
        allowed = {choice.value for choice in self.choices}
        if (self.data.value if self.data else "") not in allowed and not self.errors:
            raise ValidationError(gettext("请从列表中选择"))


def required(message: Sentence | str = "请填写此项") -> InputRequired:
    """The field must be filled in."""
    return InputRequired(translated_later(message))


def at_most(count: int) -> Length:
    """No more than `count` characters."""
    return Length(max=count, message=lazy_gettext("最多 %(count)s 个字", count=count))


def translated_later(message: Sentence | str):
    """A sentence translated when it is shown; fields are made at import."""
    if isinstance(message, Sentence):
        return lazy_gettext(message.template, **message.values)
    return lazy_gettext(message)
