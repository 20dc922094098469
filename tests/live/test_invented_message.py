"""Courier answers FETCH of a message that another session has expunged with one that it makes up:
"message unavailable", 129 octets, tagged OK. It is not mail, and must not become mail in a mirror."""

import unittest

from live.case import LiveCase
from live.courier import Courier
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files, unpacked
from live.real_server import mail
from live.relay import Relay
from live.server_view import expect_ok, view_server

INVENTED = b"Subject: message unavailable"


class InventedMessageTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Courier(self.work / "courier"))
        with self.server.login() as client:
            for number in range(1, 31):
                expect_ok(client.append("INBOX", None, None, mail(f"number {number}", number)))

    def expunge_at_the_first_body(self, relay, uids):
        """Between the list of messages and the answer of the first FETCH of bodies."""
        def expunge(line):
            if b"BODY.PEEK[]" not in line:
                return
            relay.on_command = None
            with self.server.login() as client:
                client.select()
                expect_ok(client.uid("STORE", uids, "+FLAGS.SILENT", "(\\Deleted)"))
                expect_ok(client.expunge())
        relay.on_command = expunge

    def check_nothing_invented(self):
        kept = [path for path in self.store.rglob("*")
                if path.is_file() and INVENTED in path.read_bytes()]
        kept += [path for path in kept_files(self.store) if INVENTED in unpacked(path)]
        self.assertEqual([], kept, "what the server made up was kept as mail")

    def test_while_they_are_fetched(self):
        relay = self.enterContext(Relay(self.server))
        program = self.program(relay)
        self.expunge_at_the_first_body(relay, "2:20")
        # What is gone is owed to nobody; a server that behaved so may also be told of.
        program.sync(expect=(0, 1))
        self.check_nothing_invented()
        program.sync()
        self.check_nothing_invented()
        with self.server.login() as client:
            seen = view_server(client)
        self.assertEqual(11, len(seen["INBOX"].messages))
        self.figures(assert_exact(self, seen, self.store))

    def test_mail_that_only_looks_so(self):
        """Somebody forwards the made-up message: that one is mail."""
        with self.server.login() as client:
            expect_ok(client.append("INBOX", None, None, mail("message unavailable", 2)))
        program = self.program(self.server)
        program.sync()
        with self.server.login() as client:
            self.figures(assert_exact(self, view_server(client), self.store))


if __name__ == "__main__":
    unittest.main()
