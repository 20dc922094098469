"""Courier, Cyrus, GNU imap4d, and imapproxy before Dovecot: mirrored exactly, and then unchanged."""

import unittest

from live.case import LiveCase
from live.courier import Courier
from live.cyrus import Cyrus
from live.dovecot import free_port
from live.imap4d import DOMAIN, Imap4d
from live.imapproxy import ImapProxy
from live.mirror_checks import assert_exact
from live.mirror_view import fingerprint
from live.relay import Relay
from live.server_view import view_server


class RealServersTest(LiveCase):
    def mirror_twice(self, server, program):
        dates = getattr(server, "keeps_dates", True)
        first = program.sync()
        seen = self.look(server, dates)
        figures = assert_exact(self, seen, self.store, dates=dates)
        self.figures(f"{figures}; {first.seconds:.2f} s")
        before = fingerprint(self.store)
        second = program.sync()
        self.assertEqual(before, fingerprint(self.store), "a pass without news wrote something")
        self.assertEqual(seen, self.look(server, dates), "the source was changed")
        self.figures(f"nothing changed: {second.seconds:.2f} s")

    @staticmethod
    def look(server, dates):
        with server.login() as client:
            seen = view_server(client)
        if not dates:
            for folder in seen.values():
                for message in folder.messages.values():
                    message.internal_date = 0
        return seen

    def through_a_strict_relay(self, server, **keys):
        """Nothing is used that the server had not offered, and no body is fetched twice."""
        relay = self.enterContext(Relay(server, strict=True))
        self.mirror_twice(server, self.program(relay, **keys))
        self.assertEqual([], relay.refused, "a command that was not offered")
        self.assertEqual([], relay.writing, "a command that can change the mailbox")
        self.assertEqual(18, len(relay.fetched))

    def test_courier(self):
        server = self.enterContext(Courier(self.work / "courier"))
        server.fill()
        self.through_a_strict_relay(server)

    def test_cyrus(self):
        server = self.enterContext(Cyrus(self.work / "cyrus"))
        server.fill()
        self.through_a_strict_relay(server)

    def test_imap4d(self):
        server = self.enterContext(Imap4d(self.work / "imap4d"))
        server.fill()
        self.through_a_strict_relay(server, user=f"alice@{DOMAIN}")

    def test_imapproxy_before_dovecot(self):
        dovecot = self.dovecot(messages=60, folders=5, start=False)
        dovecot.plain_port = free_port()
        dovecot.start()
        proxy = self.enterContext(ImapProxy(self.work / "imapproxy", dovecot))
        self.mirror_twice(proxy, self.program(proxy, tls="none", compress="off"))


if __name__ == "__main__":
    unittest.main()
