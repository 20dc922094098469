"""The benchmark's own test: its slow line keeps rate and delay, its counters count, its arithmetic
is right. Nothing of imapkeep runs here."""

import socket
import ssl
import tempfile
import threading
import time
import unittest
import zlib
from pathlib import Path

from bench import mailboxes
from bench.attic import put_away
from bench.chains import Chain
from bench.contestants import count_mail
from bench.counting_relay import CommandReader
from bench.figures import Round, Row, Want, judge, quantile, ratio, table, verdicts
from bench.idle_server import IdleServer
from bench.measure import Failed, timed
from bench.sizes import SLOW_BITS, SLOW_ROUND_TRIP
from bench.slow_line import Pipe, SlowLine

RATE, ROUND_TRIP = SLOW_BITS, SLOW_ROUND_TRIP
SIZE = RATE // 8 // 5  # takes a fifth of a second


class Far:
    """A server that answers each line with as many bytes as it names, and ends with its client."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    @staticmethod
    def _serve(taken):
        with taken, taken.makefile("rb") as lines:
            for line in lines:
                taken.sendall(b"x" * int(line))
            taken.sendall(b"end")

    def close(self):
        self._listener.close()


def exactly(link, size):
    while size:
        size -= len(link.recv(min(size, 1 << 16)))


class SlowLineTest(unittest.TestCase):
    def setUp(self):
        self.far = Far()
        self.addCleanup(self.far.close)
        self.line = SlowLine(self.far.port, RATE, ROUND_TRIP)
        self.line.__enter__()
        self.addCleanup(self.line.__exit__)

    def link(self):
        link = socket.create_connection(("127.0.0.1", self.line.port), 10)
        self.addCleanup(link.close)
        return link

    @staticmethod
    def ask(link, size):
        began = time.monotonic()
        link.sendall(b"%d\n" % size)
        exactly(link, size)
        return time.monotonic() - began

    def within(self, measure, least, most):
        """Never faster than it must be; and, since others use this machine, once as fast as it
        should."""
        times = []
        for _ in range(4):
            times.append(measure())
            self.assertGreaterEqual(times[-1], least)
            if times[-1] <= most:
                return
        self.fail(f"always slower than {most}: {times}")

    def test_the_delay(self):
        link = self.link()
        self.ask(link, 1)
        self.within(lambda: self.ask(link, 1), ROUND_TRIP, ROUND_TRIP + 0.015)

    def test_a_new_connection_takes_a_round_trip(self):
        def connected_and_asked():
            began = time.monotonic()  # the line counts from when it is called
            self.ask(self.link(), 1)
            return time.monotonic() - began

        self.within(connected_and_asked, 2 * ROUND_TRIP, 2 * ROUND_TRIP + 0.02)

    def test_the_rate(self):
        link = self.link()
        self.ask(link, 1)
        least = ROUND_TRIP + SIZE * 8 / RATE
        self.within(lambda: self.ask(link, SIZE), least, least * 1.1)

    def test_connections_share_the_rate(self):
        links = [self.link() for _ in range(4)]
        for link in links:
            self.ask(link, 1)

        def together():
            began = time.monotonic()
            threads = [threading.Thread(target=self.ask, args=(link, SIZE // 4)) for link in links]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return time.monotonic() - began

        least = ROUND_TRIP + SIZE * 8 / RATE
        self.within(together, least, least * 1.1)

    def test_an_end_passes_behind_all_bytes(self):
        link = self.link()
        link.sendall(b"%d\n" % 100_000)
        link.shutdown(socket.SHUT_WR)
        exactly(link, 100_000)
        exactly(link, len("end"))
        self.assertEqual(b"", link.recv(1))

    def test_a_pipe_is_idle_when_nobody_sends(self):
        pipe = Pipe(8_000, 1.0)  # 1000 bytes a second
        self.assertEqual(2.0, pipe.take(1000, 0.0))
        self.assertEqual(3.0, pipe.take(1000, 0.5))
        self.assertEqual(12.0, pipe.take(1000, 10.0))
        self.assertEqual(1.0, pipe.waiting(10.0))


class CommandReaderTest(unittest.TestCase):
    NAME = b"looks\r\nlike NOOP 1\r\n"  # inside a literal, so none
    SENT = (b"a LOGIN {%d}\r\n%s {6+}\r\nsecret is over\r\nb ID NIL\r\n"
            b"c uid fetch 1:2 (BODY.PEEK[])\r\nd IDLE\r\nDONE\r\n" % (len(NAME), NAME))
    VERBS = ["LOGIN", "ID", "UID FETCH", "IDLE"]

    def test_split_anywhere(self):
        for split in range(len(self.SENT) + 1):
            verbs = []
            reader = CommandReader(verbs.append)
            reader.feed(self.SENT[:split])
            reader.feed(self.SENT[split:])
            self.assertEqual(self.VERBS, verbs)

    def test_compressed(self):
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = squeeze.compress(self.SENT) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        for data in ([b"z COMPRESS DEFLATE\r\n", packed], [b"z COMPRESS DEFLATE\r\n" + packed]):
            verbs = []
            reader = CommandReader(verbs.append)
            for piece in data:
                reader.feed(piece)
            self.assertEqual(["COMPRESS", *self.VERBS], verbs)


class FiguresTest(unittest.TestCase):
    def setUp(self):
        self.ours = Row("imapkeep", [Round(1, 0.5, 2048), Round(9, 9, 9216), Round(2, 0.25, 1024)],
                        {"received": 1536, "connections": 2})
        self.theirs = Row("mbsync", [Round(4, 1, 1024), Round(3, 1, 1024)])

    def test_medians_and_ratios(self):
        rows = [self.ours, self.theirs]
        self.assertEqual((2, 0.5, 2.0), tuple(
            self.ours.value(what) for what in ("wall", "cpu", "peak_mb")))
        self.assertEqual(3.5, self.theirs.value("wall"))
        self.assertAlmostEqual(2 / 3.5, ratio(rows, "imapkeep", "mbsync"))
        self.assertIsNone(ratio(rows, "imapkeep", "wire"))

    def test_wanted_figures(self):
        rows = [self.ours, self.theirs]
        for want, good in [
                (Want("wall", 0.6, "mbsync"), True), (Want("wall", 0.5, "mbsync"), False),
                (Want("peak_mb", 2), True), (Want("peak_mb", 1.9), False),
                (Want("received", 1536), True), (Want("wall", 1, "wire"), None),
                (Want("behind_login", 1), None)]:
            self.assertIs(good, judge(want, rows)[1], want)
        self.assertEqual(["  NOT MET wall ≤ 0.5 × mbsync: 0.571"],
                         verdicts([Want("wall", 0.5, "mbsync"), Want("wall", 1, "wire")], rows))

    def test_quantiles(self):
        values = list(range(1, 501))
        for part, value in ((0.5, 250), (0.99, 495), (1, 500)):
            self.assertEqual(value, quantile(values, part))
        self.assertEqual(7, quantile([7], 0.99))

    def test_the_table_leaves_out_what_nobody_has(self):
        text = table([self.ours, self.theirs])
        self.assertIn("1.5 KB", text)
        self.assertIn("(1.00 s, 9.00 s)", text)
        self.assertNotIn("× wire", text)


class MeasureTest(unittest.TestCase):
    def test_what_one_program_used(self):
        code = "x = b'x' * (64 << 20)\nimport time\nuntil = time.process_time() + 0.2\n" \
               "while time.process_time() < until: pass\nprint(time.process_time())"
        figures, output = timed(["python3", "-I", "-S", "-c", code])
        used = float(output)
        self.assertGreaterEqual(figures.wall, used)
        self.assertTrue(used <= figures.cpu <= used + 0.1, figures)
        self.assertTrue(64 << 10 <= figures.peak_kb <= 96 << 10, figures)

    def test_failure_and_a_limit(self):
        self.assertRaisesRegex(Failed, "ended with 3", timed, ["sh", "-c", "exit 3"])
        self.assertRaisesRegex(Failed, "ended with -9", timed, ["sleep", "60"], limit=0.05)


class ServersTest(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.dir = Path(made.name)

    def test_mailboxes(self):
        mailboxes.sized(self.dir / "a", None, 7, 4096)
        for file in (self.dir / "a/cur").iterdir():
            data = file.read_bytes()
            self.assertEqual(4096, len(data) + data.count(b"\n"))
        mailboxes.many_folders(self.dir / "b", None, 7, each=3)
        self.assertEqual(21, count_mail(self.dir / "b"))
        mailboxes.mixed(self.dir / "c", None, 50, 4)
        self.assertEqual(50, count_mail(self.dir / "c"))
        mailboxes.huge(self.dir / "d", None, 3 << 20)
        size = sum(file.stat().st_size for file in (self.dir / "d/cur").iterdir())
        self.assertTrue(0.98 * (3 << 20) < size <= 3 << 20, size)

    def test_what_is_put_away_is_emptied_and_keeps_its_inode(self):
        old, outside = self.dir / "old", self.dir / "outside"
        outside.write_text("not ours")
        inodes = set()
        for _ in range(2):
            (old / "cur").mkdir(parents=True)
            (old / "cur/mail").write_text("mail")
            (old / "cur/link").symlink_to(outside)
            inodes.add((old / "cur/mail").stat().st_ino)
            put_away(old)
            self.assertFalse(old.exists())
        kept = list((self.dir / "attic").glob("*/cur/mail"))
        self.assertEqual(inodes, {file.stat().st_ino for file in kept})
        self.assertEqual([0, 0], [file.stat().st_size for file in kept])
        self.assertEqual("not ours", outside.read_text())

    def test_the_idle_server_sends_the_chain_and_counts(self):
        chain = Chain(self.dir / "chain", "ecdsa")
        with IdleServer(chain, hosts=2) as server:
            context = ssl.create_default_context(cafile=str(chain.root))
            links = []
            for address in server.addresses:
                raw = socket.create_connection((address, server.port), 10)
                # Only a client that was sent the intermediate can follow the chain to the root.
                links.append(context.wrap_socket(raw, server_hostname=address))
                links[-1].sendall(b"a LOGIN a b\r\nb EXAMINE INBOX\r\nc IDLE\r\n")
            self.assertTrue(server.wait_for_idle(2, 10))
            for link in links:
                link.close()


if __name__ == "__main__":
    unittest.main()
