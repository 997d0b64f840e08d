"""Waitress with patience that ends: who sends a request too slowly is cut off, also when a byte comes now and then.

Waitress' own channel timeout counts from the last byte, so a client that sends one every few seconds would keep its
connection for ever, and five hundred of them the whole server. In production nginx stands in front (docs/nginx.conf).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from waitress.channel import HTTPChannel
from waitress.server import create_server


@dataclass(frozen=True)
class Patience:
    """What the server puts up with. A request may take `seconds`, and the time that its bytes take at `rate`."""

    seconds: float = 20
    rate: int = 16 * 1024  # bytes a second: a form with 20 MB of attachments may take twenty minutes
    idle: int = 60  # seconds without a byte, also between two requests of a browser
    connections: int = 500
    look_every: float = 10  # seconds between two looks for idle connections


def listen(app, patience: Patience, **options):
    """A waitress server that listens already; `run()` serves."""

    class Channel(HTTPChannel):
        """One connection."""

        began, size = 0.0, 0

        def received(self, data: bytes) -> bool:
            if self.request is None:
                self.began, self.size = time.monotonic(), 0
            self.size += len(data)
            if time.monotonic() - self.began > patience.seconds + self.size / patience.rate:
                self.will_close = True
                return False
            return super().received(data)

    server = create_server(
        app, channel_timeout=patience.idle, connection_limit=patience.connections, cleanup_interval=patience.look_every,
        ident=None, **options,
    )  # fmt: skip
    for listener in server.map.values() if hasattr(server, "map") else (server,):
        listener.channel_class = Channel
    return server
