"""`keys`: a fresh pair of keys, to be put into the environment of a production server."""

from __future__ import annotations

import secrets

from cryptography.fernet import Fernet


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    print(f"SECRET_KEY={secrets.token_hex(32)}")
    print(f"FIELD_KEY={Fernet.generate_key().decode()}")
    return 0
