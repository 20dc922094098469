"""A TLS server on loopback that runs in one thread beside the test, and ends with it."""

import asyncio
import contextlib
import logging
import ssl
import threading

LONGEST_LINE = 1 << 26

# It warns of every write to a client that has gone, and here that is what is tested.
logging.getLogger("asyncio").setLevel(logging.ERROR)


class BackgroundServer:
    host = "localhost"

    def __init__(self, certificate):
        self.certificate, self.ca = certificate, certificate.cert
        self.port = 0
        self.connections = 0
        self.ended = None  # an asyncio.Event: the test is over
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete,
                                        args=(self._main(),), daemon=True)

    def __enter__(self):
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the test's own server did not start")
        return self

    def __exit__(self, *unused):
        self._loop.call_soon_threadsafe(self.ended.set)
        self._thread.join(10)
        self._loop.close()

    def call(self, what):
        """Has this done in the server's own thread, and waits for it."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (what(), done.set()))
        if not done.wait(10):
            raise RuntimeError("the test's own server hangs")

    async def serve(self, reader, writer):
        raise NotImplementedError

    async def _main(self):
        self.ended = asyncio.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.cert, self.certificate.key)
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context,
                                              limit=LONGEST_LINE)
        self.port = listener.sockets[0].getsockname()[1]
        self._ready.set()
        await self.ended.wait()
        listener.close()
        ours = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not ours]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            # A client that goes away in the middle is what many tests are about.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self.serve(reader, writer)
        finally:
            writer.close()
