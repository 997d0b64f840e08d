"""Sentences that a user reads, and the errors that carry them.

A sentence is a Chinese template with named values. It is kept apart from its values so that the screen can
translate the template (Flask-Babel) and tests can compare both; `str()` gives the finished Chinese text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sentence:
    """A Chinese template (`%(name)s`) and the values that stand in it."""

    template: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template


def say(template: str, **values: Any) -> Sentence:
    """Make a Sentence; `pybabel extract` finds the template by this function's name."""
    return Sentence(template, values)


def N_(text: str) -> str:
    """Mark a label for translation without translating it here."""
    return text


class Refusal(ValueError):
    """The user asked for something that the rules do not allow; says why, in a sentence. Answers 409 or a form error.

    `field` names the form field at which the sentence belongs, if any; `details` are further sentences (one a line).
    """

    def __init__(self, sentence: Sentence | str, *, field: str | None = None, details: tuple[Sentence, ...] = ()):
        self.sentence = sentence if isinstance(sentence, Sentence) else Sentence(sentence)
        self.field = field
        self.details = tuple(details)
        super().__init__(str(self.sentence))


class Conflict(Refusal):
    """Somebody else was faster, or the page is stale (已被他人处理)."""


class NotYours(LookupError):
    """The row does not exist for this actor; answers 404, never 403 with a hint (`access.md`)."""


class Forbidden(PermissionError):
    """The actor's roles do not contain the permission; answers 403."""
