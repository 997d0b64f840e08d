"""The embedded server and those who send slowly: silent, byte by byte in the header, byte by byte in the body."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from urllib.request import Request, urlopen

import pytest
from flask import request

import config
from app import create_app
from app.commands.serve import listen_for
from app.commands.slow_clients import Patience, listen
from app.extensions import db
from tests.support.threads import running

PATIENCE = Patience(seconds=2, rate=1000, idle=2, connections=8, look_every=0.1)
HEADER = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"


def hello(environ, start_response):
    """Answers how many bytes came."""
    length = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(length).encode()]


@pytest.fixture(scope="module")
def server():
    found = listen(hello, PATIENCE, host="127.0.0.1", port=0, threads=2, asyncore_loop_timeout=0.1)
    with running(found) as port:
        yield port


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def answer_of(port: int, body: bytes = b"") -> bytes:
    with closing(connect(port)) as client:
        head = f"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        return rest_of(client)


def rest_of(client: socket.socket) -> bytes:
    """The body of an answer, read to its end: it may come in several parts."""
    received = b""
    while part := client.recv(65536):
        received += part
    return received.partition(b"\r\n\r\n")[2]


def seconds_until_cut(port: int, first: bytes, trickle: bytes) -> float:
    """Send `first`, then one byte of `trickle` every 100 ms, until the server closes; its patience, measured."""
    began = time.monotonic()
    with closing(connect(port)) as client:
        client.settimeout(0.1)
        client.sendall(first)
        for byte in trickle:
            try:
                client.sendall(bytes([byte]))
                if client.recv(1000) == b"":
                    break
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                break
        else:
            pytest.fail("the server never lost its patience")
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "trickle"),
    [(b"GET / HTTP/1.1\r\n", b"X-Slow: " + b"a" * 200), (HEADER, b"a" * 200)],
    ids=["header", "body"],
)
def test_slow_client_is_cut_off(server, first, trickle):
    assert 1.9 < seconds_until_cut(server, first, trickle) < 15
    assert answer_of(server, b"abc") == b"3"


def test_silent_client_is_cut_off(server):
    began = time.monotonic()
    with closing(connect(server)) as client:
        assert client.recv(1000) == b""
    assert 1.9 < time.monotonic() - began < 15


def test_long_body_at_a_fair_pace_is_served(server):
    """Ten thousand bytes take 2.5 s here: longer than the patience alone, but above the rate."""
    with closing(connect(server)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n")
        for _ in range(10):
            time.sleep(0.25)
            client.sendall(b"a" * 1000)
        assert rest_of(client) == b"10000"


def test_slow_clients_leave_room_for_others(server):
    """More of them than the server takes: the next one waits until they are cut off, and is served then."""
    slow = [connect(server) for _ in range(12)]
    for client in slow:
        client.sendall(b"GET / HTTP/1.1\r\n")
    assert answer_of(server, b"abcd") == b"4"
    for client in slow:
        client.close()


@pytest.mark.parametrize(("behind", "seen"), [(True, ("203.0.113.7", "https")), (False, ("127.0.0.1", "http"))])
def test_who_asks_is_taken_from_the_proxy_and_from_nobody_else(prepared, tmp_path, behind, seen):
    """Behind nginx everybody would otherwise be one address, with one address's limits, and never over TLS."""

    class Settings(config.Testing):
        SQLALCHEMY_DATABASE_URI = prepared[1].url
        DATA_DIR = str(tmp_path)
        BEHIND_PROXY = behind
        PORT = 0

    app, asked = create_app(Settings()), []
    app.before_request(lambda: asked.append((request.remote_addr, request.scheme)))
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    with running(listen_for(app, threads=1)) as port:
        answer = urlopen(Request(f"http://127.0.0.1:{port}/login", headers=headers), timeout=30)
        answer.close()
    assert (answer.headers["Strict-Transport-Security"] is not None) == behind
    with app.app_context():
        db.engine.dispose()
    assert asked == [seen]


def test_serve_uses_it_with_limits():
    found = Patience()
    assert (found.seconds, found.rate, found.idle, found.connections) == (20, 16 * 1024, 60, 500)
