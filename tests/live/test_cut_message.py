"""A message that takes longer than a session lasts: it comes in parts, from servers that know what
a part is, and is exact. The relay ends each connection after so many bytes, without a word."""

import random
import unittest

from live.case import LiveCase
from live.courier import Courier
from live.cyrus import Cyrus
from live.mirror_checks import assert_exact
from live.relay import Relay
from live.server_view import view_server

SIZE = 20_000_000
SESSION = 6_000_000


def big_mail():
    """Lines without a repetition in them."""
    chance = random.Random(7)
    lines = [b"Subject: big", b"From: a@example.org", b""]
    lines += [b"%064x" % chance.getrandbits(256) for _ in range(SIZE // 66)]
    return b"\r\n".join(lines) + b"\r\n"


class CutMessageTest(LiveCase):
    def mirror_in_parts(self, server):
        with server.login() as client:
            for number in range(3):
                client.append("INBOX", "", '"05-Mar-2024 10:11:12 +0000"',
                              b"Subject: small %d\r\n\r\nx\r\n" % number)
            done = client.append("INBOX", r"\Flagged", '"06-Mar-2024 10:11:12 +0000"', big_mail())
            self.assertEqual("OK", done[0], done)
            seen = view_server(client)
        relay = self.enterContext(Relay(server))
        relay.cut_after = SESSION
        run = self.program(relay).sync()
        figures = assert_exact(self, seen, self.store)
        self.figures(f"{figures}; {relay.connections} connections, {run.seconds:.2f} s")
        self.assertLessEqual(relay.connections, SIZE // SESSION + 4)
        self.assertEqual([], list((self.store / "INBOX/tmp").iterdir()))

    def test_dovecot(self):
        self.mirror_in_parts(self.dovecot(messages=20, folders=3))

    def test_cyrus(self):
        server = self.enterContext(Cyrus(self.work / "cyrus"))
        server.fill()
        self.mirror_in_parts(server)

    def test_courier(self):
        server = self.enterContext(Courier(self.work / "courier"))
        server.fill()
        self.mirror_in_parts(server)


if __name__ == "__main__":
    unittest.main()
