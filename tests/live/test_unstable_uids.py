"""GNU imap4d numbers its mail anew at every look while there is some in new/."""

import unittest

from live.case import LiveCase
from live.imap4d import DOMAIN, Imap4d
from live.real_server import mail


class UnstableUidsTest(LiveCase):
    def test_the_mirror_does_not_grow(self):
        server = self.enterContext(Imap4d(self.work / "imap4d"))
        server.fill(6)
        program = self.program(server, user=f"alice@{DOMAIN}")
        program.sync()
        server.deliver(mail("delivered"), "1000000000.M1P1.mx")
        counts = []
        for _ in range(5):
            program.sync()
            counts.append(len(list(self.store.glob("INBOX/cur/*"))))
        self.figures(f"files in INBOX/cur: {counts}")
        # One former generation may stay for a pass: the server gives one UIDVALIDITY for a second.
        self.assertLessEqual(max(counts), 14)
        self.assertEqual(7, min(counts[-2:]))
        contents = [path.read_bytes() for path in self.store.glob("INBOX/cur/*")]
        self.assertEqual(7, len(set(contents)))


if __name__ == "__main__":
    unittest.main()
