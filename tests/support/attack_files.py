"""The 117 files of make_attack_files.py, made once a run, and a virus scanner that knows their mark.

The sheets carry the roster's headers: what is wrong inside them meets a list that knows the columns.
"""

from __future__ import annotations

import io
import json
import socket
import struct
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from app.workflows.attachments import scanner

MAKER = Path(__file__).with_name("make_attack_files.py")
MARK = b"MF-TEST-MALWARE-MARKER-7f3a9c51-INERT"
COLUMNS = "小区名称,楼幢,单元,房号,业主姓名,证件号码,电话,建筑面积,应缴金额,缴款日期"


@pytest.fixture(scope="session")
def attack(tmp_path_factory):
    """(folder, manifest, hostile names)."""
    folder = tmp_path_factory.mktemp("attack")
    options = ["--out", str(folder), "--rows", "1000", "--bomb-mb", "300", "--columns", COLUMNS]
    subprocess.run([sys.executable, str(MAKER), *options], check=True, capture_output=True, timeout=240)
    read = [json.loads((folder / name).read_text()) for name in ("manifest.json", "filenames.json")]
    return folder, *read


@pytest.fixture
def clamd():
    """A scanner that knows one mark, also inside zips; speaks clamd's INSTREAM."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    scanner.configure(f"127.0.0.1:{server.getsockname()[1]}")
    yield
    scanner.configure("")
    server.close()


def _serve(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as stream:
            command = b""
            while not command.endswith(b"\0"):
                command += stream.read(1)
            if command == b"zPING\0":
                connection.sendall(b"PONG\0")
                continue
            data = b""
            while size := struct.unpack("!L", stream.read(4))[0]:
                data += stream.read(size)
            found = MARK in data or (zipfile.is_zipfile(io.BytesIO(data)) and _marked(data))
            connection.sendall(b"stream: Test.Marker FOUND\0" if found else b"stream: OK\0")


def _marked(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(MARK in archive.read(name) for name in archive.namelist())
