"""Flags that another session sets while we idle come at once, however the server words it:
Dovecot, Cyrus and Courier say `* 1 FETCH (FLAGS (…))` without a UID."""

import unittest

from live.courier import Courier
from live.cyrus import Cyrus
from live.daemon_case import DaemonCase
from live.real_server import mail
from live.server_view import expect_ok

LONGEST = 20  # the next sweep comes after minutes; how soon it was is printed


class IdleFlagsTest(DaemonCase):
    def follow(self, server):
        client = self.client_of(server)
        for number in range(1, 4):
            expect_ok(client.append("INBOX", None, None, mail(f"number {number}", number)))
        program = self.program(server)
        daemon = self.daemon(program)
        daemon.wait_for("watching")
        self.level(daemon, server)
        expect_ok(client.select())
        for what, flags in (("+FLAGS", "(\\Flagged)"), ("+FLAGS", "(\\Seen Work)"),
                            ("-FLAGS", "(\\Flagged)")):
            expect_ok(client.uid("STORE", "2", what, flags))
            self.figures(self.level(daemon, server, seconds=LONGEST))
        expect_ok(client.uid("STORE", "1", "+FLAGS", "(\\Deleted)"))
        expect_ok(client.expunge())
        self.figures(self.level(daemon, server, seconds=LONGEST))

    def test_dovecot(self):
        self.follow(self.dovecot())

    def test_dovecot_without_condstore(self):
        self.follow(self.dovecot("old"))

    def test_cyrus(self):
        self.follow(self.enterContext(Cyrus(self.work / "cyrus")))

    def test_courier(self):
        self.follow(self.enterContext(Courier(self.work / "courier")))


if __name__ == "__main__":
    unittest.main()
