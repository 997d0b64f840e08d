"""The platform's own address, for QR codes on paper. `create_app()` says it once; no request is asked."""

from __future__ import annotations

_address = ""


def configure(address: str) -> None:
    global _address
    _address = address.rstrip("/")


def link(path: str) -> str:
    """The whole address of a page of this platform."""
    return _address + path
