"""The first connection is cut at a byte, in the server's answers or in our commands, in a first
mirror and in a later pass. Whatever that pass says, the next one makes the mirror exact.

A few bytes of each, drawn from a fixed seed; every seventh with IMAPKEEP_LONG=1. The mirror's own tests
take every byte of a simulated line; here it is TLS, real files, and servers that go on without us.
"""

import os
import random
import shutil
import unittest

from live.case import LiveCase
from live.courier import Courier
from live.cyrus import Cyrus
from live.mirror_checks import assert_exact
from live.real_server import mail
from live.relay import Relay
from live.server_view import expect_ok, view_server

LONG = os.environ.get("IMAPKEEP_LONG") == "1"
SOME = 4


class LineCutsTest(LiveCase):
    def cut_everywhere(self, server, seed):
        self.far = server
        self.random = random.Random(seed)
        self.relay = self.enterContext(Relay(server))
        self.relay.cut_first_only = True
        self.program_ = self.program(self.relay)
        with server.login() as client:
            for number in range(1, 6):
                expect_ok(client.append("INBOX", None, None, mail(f"number {number}", number)))
        self.first_mirror("cut_after", self.whole_first().bytes_from_server)
        self.first_mirror("cut_sending_after", self.whole_first().bytes_from_client)
        self.later_pass("cut_after", self.whole_later().bytes_from_server)
        self.later_pass("cut_sending_after", self.whole_later().bytes_from_client)

    def whole_first(self):
        """A first mirror that nothing disturbs."""
        for path in (self.store, self.program_.state):
            shutil.rmtree(path, ignore_errors=True)
        self.relay.forget()
        self.program_.sync()
        return self.relay

    def whole_later(self):
        self.change()
        self.relay.forget()
        self.program_.sync()
        return self.relay

    def places(self, count):
        return range(self.random.randrange(7), count, 7) if LONG else sorted(self.random.sample(range(count), SOME))

    def first_mirror(self, way, size):
        for place in self.places(size):
            for path in (self.store, self.program_.state):
                shutil.rmtree(path, ignore_errors=True)
            self.cut_at(way, place)
        self.figures(f"first mirror, {way}: {size} bytes")

    def later_pass(self, way, size):
        for place in self.places(size):
            self.change()
            self.cut_at(way, place)
        self.figures(f"later pass, {way}: {size} bytes")

    def change(self):
        """A message comes, one gets a flag, one leaves."""
        with self.far.login() as client:
            expect_ok(client.select())
            uids = expect_ok(client.uid("SEARCH", "ALL"))[0].split()
            expect_ok(client.uid("STORE", uids[-1].decode(), "FLAGS",
                                 self.random.choice(["(\\Seen)", "(\\Flagged)"])))
            expect_ok(client.uid("STORE", uids[0].decode(), "+FLAGS.SILENT", "(\\Deleted)"))
            expect_ok(client.expunge())
            number = self.random.randrange(1 << 30)
            expect_ok(client.append("INBOX", None, None, mail(f"number {number}", 3)))

    def cut_at(self, way, place):
        self.relay.forget()
        setattr(self.relay, way, place)
        self.program_.sync(expect=(0, 1, 69, 75))
        setattr(self.relay, way, None)
        self.program_.sync()
        with self.far.login() as client:
            seen = view_server(client)
        try:
            assert_exact(self, seen, self.store)
        except AssertionError as failure:
            raise AssertionError(f"{way} {place}: {failure}") from failure

    def test_dovecot(self):
        self.cut_everywhere(self.dovecot(), 1)

    def test_dovecot_plain(self):
        self.cut_everywhere(self.dovecot("plain"), 2)

    def test_cyrus(self):
        self.cut_everywhere(self.enterContext(Cyrus(self.work / "cyrus")), 3)

    def test_courier(self):
        self.cut_everywhere(self.enterContext(Courier(self.work / "courier")), 4)


if __name__ == "__main__":
    unittest.main()
