"""A scripted server for thousands of accounts that do nothing: an empty INBOX, and IDLE.

It listens on many loopback addresses, because the daemon connects to one host only so many times a
second. It knows how many connections are in IDLE, so that a measurement begins at an event.
"""

import asyncio
import resource
import ssl
import threading
from collections import namedtuple

from live.scripted import Folder, ScriptedServer, Session

HOSTS = 64
Leaf = namedtuple("Leaf", "cert key")


def many_descriptors():
    """Raises our own limit as far as it goes, and returns it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class IdleSession(Session):
    async def on_idle(self, rest):
        await self.say(b"+ idling")
        self.server.idle_changed(1)
        try:
            await self.reader.readline()  # DONE, or the end
        finally:
            self.server.idle_changed(-1)


class IdleServer(ScriptedServer):
    capability = b"IMAP4rev1 IDLE SASL-IR LITERAL+ UIDPLUS CHILDREN"

    def __init__(self, chain, hosts=HOSTS):
        self.addresses = [f"127.0.1.{number}" for number in range(1, hosts + 1)]
        self._leaves = {address: chain.leaf(address) for address in self.addresses}
        self._chain = chain
        super().__init__(Leaf(chain.root, chain.key), {b"INBOX": Folder()})
        self.idle = 0
        self._idle = threading.Condition()

    def idle_changed(self, by):
        with self._idle:
            self.idle += by
            self._idle.notify_all()

    def wait_for_idle(self, count, seconds):
        with self._idle:
            return self._idle.wait_for(lambda: self.idle >= count, seconds)

    async def _main(self):
        self.ended = asyncio.Event()
        listeners = []
        for address in self.addresses:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._leaves[address], self._chain.key)
            listener = await asyncio.start_server(self._serve, address, self.port, ssl=context)
            self.port = listener.sockets[0].getsockname()[1]
            listeners.append(listener)
        self._ready.set()
        await self.ended.wait()
        for listener in listeners:
            listener.close()
        ours = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not ours]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def serve(self, reader, writer):
        session = IdleSession(self, reader, writer)
        await self.greet(session)
        while not session.over and (line := await session.line()):
            await session.behave(line)
