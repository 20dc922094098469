"""A long line to a server: so many bits a second and so long a round trip, and nothing else.

Bytes pass as they are (TLS stays end to end). Each direction is one pipe that all connections
share: a byte leaves it when the bytes before it have, at the given rate, and arrives half a round
trip later. When bytes arrive is computed and not slept for, so a late timer delays one piece and
never lowers the rate. A sender who is far ahead of the pipe is not read from.
"""

import asyncio
import contextlib
import socket
import threading
from collections import deque

PIECE = 16 * 1024  # small against rate × round trip, so that pieces do not arrive in lumps
MOST_WAITING = 0.05  # seconds' worth of bytes that may wait to enter the pipe


class Pipe:
    """One direction. Pure: it is told the time and says when a piece will have arrived."""

    def __init__(self, bits_per_second, delay):
        self.rate, self.delay = bits_per_second / 8, delay
        self.free_at = 0.0  # when the last byte taken so far has entered
        self.passed = 0

    def take(self, size, now):
        self.free_at = max(self.free_at, now) + size / self.rate
        self.passed += size
        return self.free_at + self.delay

    def waiting(self, now):
        return max(0.0, self.free_at - now)


class End(asyncio.BufferedProtocol):
    """One of a connection's two sockets; what comes in here goes out at `other`."""

    def __init__(self, loop, pipe, all_ends):
        self.loop, self.pipe, self._all_ends = loop, pipe, all_ends
        self.other = None
        self.transport = None
        self._buffer = bytearray(PIECE)
        self._under_way = deque()  # (arrives at, bytes or None for the end)
        self._timer = None
        self._blocked = False  # this socket takes no more for now
        self._paused = False
        self._ended = False  # the end of what came in here has arrived there

    def connection_made(self, transport):
        self.transport = transport
        self._all_ends.add(self)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get_buffer(self, sizehint):
        return self._buffer

    def buffer_updated(self, nbytes):
        self._send(bytes(memoryview(self._buffer)[:nbytes]))
        self.consider_pausing()

    def eof_received(self):
        self._send(None)
        return True  # the other way stays open

    def connection_lost(self, exc):
        self._all_ends.discard(self)
        if exc is None or self.other.transport is None:
            return
        # A broken connection breaks at once.
        self._under_way.clear()
        if self._timer:
            self._timer.cancel()
        self.other.transport.abort()

    def _send(self, piece):
        now = self.loop.time()
        self._under_way.append((self.pipe.take(len(piece or b""), now), piece))
        if len(self._under_way) == 1:
            self._timer = self.loop.call_at(self._under_way[0][0], self._arrive)

    def _arrive(self):
        # The loop's timers may be early by its resolution.
        now = self.loop.time() + 1e-6
        while self._under_way and self._under_way[0][0] <= now:
            _, piece = self._under_way.popleft()
            if piece is None:
                self._end()
            elif not self.other.transport.is_closing():
                self.other.transport.write(piece)
        if self._under_way:
            self._timer = self.loop.call_at(self._under_way[0][0], self._arrive)

    def _end(self):
        self._ended = True
        if self.other._ended:
            self.transport.close()
            self.other.transport.close()
        elif not self.other.transport.is_closing():
            with contextlib.suppress(OSError):
                self.other.transport.write_eof()

    def consider_pausing(self):
        """Reads when the pipe has room and the far socket takes what arrives; else asks again."""
        if self.transport is None or self.transport.is_closing():
            return
        waiting = self.pipe.waiting(self.loop.time())
        stop = waiting > MOST_WAITING or self.other._blocked
        if stop and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        elif self._paused and not stop:
            self._paused = False
            self.transport.resume_reading()
        if waiting > MOST_WAITING:
            self.loop.call_later(waiting - MOST_WAITING / 2, self.consider_pausing)

    def pause_writing(self):
        self._blocked = True
        self.other.consider_pausing()

    def resume_writing(self):
        self._blocked = False
        self.other.consider_pausing()


class SlowLine:
    """A port on loopback behind which `port` is far away. Runs in a thread of its own."""

    host = "localhost"

    def __init__(self, port, bits_per_second, round_trip):
        self.far_port = port
        self.port = 0
        self._rate, self._delay = bits_per_second, round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ended = None
        self._ends = set()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(),),
                                        daemon=True)

    def __enter__(self):
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the slow line did not start")
        return self

    def __exit__(self, *unused):
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)
        self._loop.close()

    async def _main(self):
        self._ended = asyncio.Event()
        self.up, self.down = (Pipe(self._rate, self._delay) for _ in range(2))
        listener = await self._loop.create_server(self._accepted, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        listener.close()
        for end in self._ends:
            end.transport.abort()
        # They are closed from the loop's next round on, pair by pair.
        while self._ends:
            await asyncio.sleep(0)

    def _accepted(self):
        near = Near(self._loop, self.up, self._ends)
        near.other = End(self._loop, self.down, self._ends)
        near.other.other = near
        near.far_port = self.far_port
        return near


class Near(End):
    """The client's side: it is not read from before the server's side stands, one round trip on."""

    far_port = 0
    _connecting = None

    def connection_lost(self, exc):
        super().connection_lost(exc)
        if self._connecting:
            self._connecting.cancel()

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.pause_reading()
        self._connecting = self.loop.create_task(self._connect())

    async def _connect(self):
        try:
            # The handshake of TCP is answered by this machine; the real one would take as long.
            await asyncio.sleep(self.pipe.delay * 2)
            await self.loop.create_connection(lambda: self.other, "127.0.0.1", self.far_port)
        except OSError:
            self.transport.abort()
            return
        self.transport.resume_reading()
