"""Counts what a client and a server say to each other, in a run that nobody times.

TLS ends here on both sides; bytes are counted as they are inside TLS, which is compressed once the
client has asked for COMPRESS. Commands are then read through the inflater.
"""

import asyncio
import re
import ssl
import threading
import zlib
from collections import Counter
from dataclasses import dataclass, field

from live.background import LONGEST_LINE, BackgroundServer

LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")
BLOCK = 1 << 16


@dataclass
class Counts:
    received: int = 0  # by the client, from the server
    behind_login: int = 0  # of it, after the first command that follows the login
    sent: int = 0
    connections: int = 0
    compressed: int = 0  # connections
    verbs: Counter = field(default_factory=Counter)

    def as_dict(self):
        return {"received": self.received, "behind_login": self.behind_login, "sent": self.sent,
                "connections": self.connections, "compressed": self.compressed,
                "commands": sum(self.verbs.values()), "verbs": dict(self.verbs)}


class CommandReader:
    """What a client sends on one connection, as verbs."""

    def __init__(self, on_verb):
        self._on_verb = on_verb
        self._rest = b""
        self._literal = 0
        self._inflate = None
        self._continued = False

    def feed(self, data):
        self._rest += self._inflate.decompress(data) if self._inflate else data
        while self._rest:
            if self._literal:
                size = min(self._literal, len(self._rest))
                self._literal, self._rest = self._literal - size, self._rest[size:]
                continue
            line, end, rest = self._rest.partition(b"\n")
            if not end:
                return
            self._rest = rest
            self._take(line + end)

    def _take(self, line):
        continued, literal = self._continued, LITERAL.search(line)
        self._continued = literal is not None
        self._literal = int(literal[1]) if literal else 0
        words = line.upper().split()
        # One word is DONE, or an answer to a challenge.
        if continued or len(words) < 2:
            return
        verb = b"UID " + words[2] if words[1] == b"UID" and len(words) > 2 else words[1]
        self._on_verb(verb.decode("latin-1"))
        if verb == b"COMPRESS":
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            self._rest = self._inflate.decompress(self._rest)


class CountingRelay(BackgroundServer):
    """Hand it to a client in place of `server`; counts() afterwards."""

    def __init__(self, server):
        super().__init__(server.certificate)
        self.password = server.password
        self._far_port = server.port
        self._counts = Counts()
        self._open = 0
        self._changed = threading.Condition()

    def counts(self):
        """When every connection has ended: a client's last words are counted, too."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, 30):
                raise RuntimeError("a connection through the counting relay stays open")
            return self._counts

    async def serve(self, reader, writer):
        with self._changed:
            self._open += 1
        try:
            await self._relay(reader, writer)
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    async def _relay(self, reader, writer):
        self._counts.connections += 1
        context = ssl.create_default_context(cafile=str(self.ca))
        far_reader, far_writer = await asyncio.open_connection(
            "127.0.0.1", self._far_port, ssl=context, server_hostname="localhost",
            limit=LONGEST_LINE)
        state = {"login": False, "behind": False}

        def on_verb(verb):
            self._counts.verbs[verb] += 1
            state["behind"] = state["behind"] or state["login"]
            state["login"] = state["login"] or verb in ("LOGIN", "AUTHENTICATE")
            self._counts.compressed += verb == "COMPRESS"

        def on_sent(data):
            self._counts.sent += len(data)
            commands.feed(data)

        def on_received(data):
            self._counts.received += len(data)
            self._counts.behind_login += len(data) if state["behind"] else 0

        commands = CommandReader(on_verb)
        ways = [asyncio.ensure_future(pump(reader, far_writer, on_sent)),
                asyncio.ensure_future(pump(far_reader, writer, on_received))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_writer.close()


async def pump(reader, writer, count):
    while data := await reader.read(BLOCK):
        count(data)
        writer.write(data)
        await writer.drain()
