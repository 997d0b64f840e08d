"""The hook for a virus scanner (clamd, INSTREAM). Off unless an address is configured; its state is shown."""

from __future__ import annotations

import socket
import struct

from app.domain.errors import Refusal, say

CHUNK = 1 << 16
TIMEOUT_SECONDS = 20

_address: str = ""


def configure(address: str) -> None:
    """`host:port` or the path of a socket; empty switches it off. create_app() calls it once."""
    global _address
    _address = address.strip()


def state() -> str:
    """off, ready or unreachable, for the page that shows it."""
    if not _address:
        return "off"
    try:
        return "ready" if _ask(b"zPING\0").startswith(b"PONG") else "unreachable"
    except OSError:
        return "unreachable"


def scan(data: bytes) -> None:
    """Refusal when the scanner finds something, or is configured and does not answer: never stored unscanned."""
    if not _address:
        return
    try:
        answer = _ask(b"zINSTREAM\0", data)
    except OSError as error:
        raise Refusal(say("病毒扫描服务没有应答，请稍后再上传"), field="file") from error
    if answer.rstrip(b"\0\n").endswith(b"FOUND"):
        raise Refusal(say("病毒扫描未通过，文件没有保存"), field="file")
    if not answer.rstrip(b"\0\n").endswith(b"OK"):
        raise Refusal(say("病毒扫描服务没有应答，请稍后再上传"), field="file")


def _ask(command: bytes, data: bytes | None = None) -> bytes:
    with _connect() as connection:
        connection.sendall(command)
        if data is not None:
            for start in range(0, len(data), CHUNK):
                part = data[start : start + CHUNK]
                connection.sendall(struct.pack("!L", len(part)) + part)
            connection.sendall(struct.pack("!L", 0))
        return connection.recv(4096)


def _connect() -> socket.socket:
    host, colon, port = _address.rpartition(":")
    if colon and port.isdigit():
        return socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT_SECONDS)
    connection.connect(_address)
    return connection
