"""What people send, without the signs that nobody sees: they make a name read otherwise than it is written, search miss
what stands there, and PostgreSQL refuse the row (NUL, half a surrogate)."""

from __future__ import annotations

import re
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.utils import cached_property

# Controls but tab and line ends, zero width, direction marks and overrides, byte order mark, halves of surrogates.
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def seen(value: Any) -> Any:
    """Text, and the texts in lists and objects, as a person sees it."""
    if isinstance(value, str):
        return INVISIBLE.sub("", value)
    if isinstance(value, list):
        return [seen(one) for one in value]
    if isinstance(value, dict):
        return {key: seen(one) for key, one in value.items()}
    return value


class SeenRequest(Request):
    """A request whose address, form and JSON hold visible text only; the screens needn't think of it."""

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        self.__dict__["form"] = _seen_values(self.__dict__["form"])

    @cached_property
    def args(self):
        return _seen_values(super().args)

    def get_json(self, *args, **options) -> Any:
        return seen(super().get_json(*args, **options))


def _seen_values(values) -> ImmutableMultiDict:
    return ImmutableMultiDict([(name, seen(value)) for name, value in values.items(multi=True)])
