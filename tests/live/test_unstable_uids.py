"""GNU imap4d gives mail in new/ other UIDs, and its folder another UIDVALIDITY, each time that somebody
looks without opening it for writing. A mirror stays as large as the mailbox."""

import unittest

from live.case import LiveCase
from live.imap4d import DOMAIN, Imap4d
from live.mirror_checks import assert_exact
from live.real_server import mail
from live.server_view import expect_ok, view_server


class UnstableUidsTest(LiveCase):
    def test_the_mirror_does_not_grow(self):
        server = self.enterContext(Imap4d(self.work / "imap4d"))
        program = self.program(server, user=f"alice@{DOMAIN}")
        with server.login() as client:
            for number in range(5):
                expect_ok(client.append("INBOX", None, None, mail(f"number {number}", number)))
        server.settle()
        program.sync()
        self.assertEqual(5, len(list(self.store.glob("INBOX/cur/*"))))
        server.deliver(mail("sorts first", 20), "1000000000.M1P1.mx")
        for _ in range(4):
            # The server counts in seconds: nothing new in between.
            program.sync(expect=(0, 1))
            names = [path.name for path in self.store.glob("INBOX/cur/*")]
            subjects = {path.read_bytes().split(b"\r\n")[1]
                        for path in self.store.glob("INBOX/cur/*")}
            self.assertEqual(6, len(subjects), "a message is missing")
            self.assertEqual(6, len(names), f"{len(names)} files for 6 messages")
        server.settle()
        program.sync()
        with server.login() as client:
            self.figures(assert_exact(self, view_server(client), self.store, dates=False))


if __name__ == "__main__":
    unittest.main()
