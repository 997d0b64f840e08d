"""A first password on its way from the act that made it to the one page that shows it: sealed, and for ten minutes.

It waits in the browser's session, that is in a table: who reads the table or its backup must not read passwords.
"""

from __future__ import annotations

import json

from cryptography.fernet import InvalidToken
from flask import session

from app.entities.base import FieldCipher

NAME = "first_password"
SECONDS = 600


def keep(user_id: int, password: str) -> None:
    """Seal the password for the page of that user; call it when the act is stored."""
    session[NAME] = FieldCipher.fernet().encrypt(json.dumps([user_id, password]).encode()).decode()


def take(user_id: int) -> str | None:
    """The password, once; None when there is none, it is another user's, or it has waited too long."""
    sealed = session.pop(NAME, None)
    if sealed is None:
        return None
    try:
        whose, password = json.loads(FieldCipher.fernet().decrypt(sealed.encode(), ttl=SECONDS))
    except InvalidToken:
        return None
    return password if whose == user_id else None
