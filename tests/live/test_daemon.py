"""`imapkeep run` against a real Dovecot: new mail is kept the moment it arrives."""

import statistics
import time
import unittest

from live.case import LiveCase
from live.daemon import Daemon, Notify
from live.mirror_checks import assert_exact
from live.server_view import expect_ok, quote, view_server

MAIL = b"Subject: news %d\r\nMessage-ID: <news-%d@example.org>\r\n\r\nnew body %d\r\n"


class DaemonTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=120, folders=6, seed=33)
        self.program_ = self.program(self.server)
        self.client = self.server.login()
        self.addCleanup(self.client.logout)

    def append(self, name, number):
        expect_ok(self.client.append(quote(name), None, None, MAIL % (number, number, number)))

    def exact(self, seconds=60):
        """The mirror comes level with the server within this time."""
        until = time.monotonic() + seconds
        while True:
            try:
                return assert_exact(self, view_server(self.client), self.store)
            except (AssertionError, OSError):
                if time.monotonic() > until:
                    raise

    def test_new_mail_is_kept_at_once(self):
        with Daemon(self.program_) as daemon:
            daemon.wait_for("started")
            daemon.wait_for("watching", folder="INBOX")
            times = []
            place = daemon.place()
            for number in range(200):
                self.append("INBOX", number)
                line, place = daemon.wait_for("new mail kept", after=place)
                times.append(int(line.fields["us"]) / 1000)
            self.figures(f"announcement to durable: median {statistics.median(times):.1f} ms, "
                         f"90% {statistics.quantiles(times, n=10)[-1]:.1f} ms, "
                         f"worst {max(times):.1f} ms")
            self.exact()
            self.assertEqual(1, self.logins())

    def logins(self):
        log = (self.server.dir / "log").read_text(errors="replace")
        return log.count("Login: user=<alice>") - 1  # the test's own

if __name__ == "__main__":
    unittest.main()
