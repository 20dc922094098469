"""Cyrus gives a name an old UIDVALIDITY again, with other mail under the same UIDs: it counts
seconds, and a folder that is made, filled and renamed within them can have the number of the one
that it replaces. MAILBOXID and HIGHESTMODSEQ tell."""

import unittest

from live.case import LiveCase
from live.cyrus import Cyrus
from live.mirror_checks import assert_exact
from live.real_server import mail
from live.server_view import expect_ok, view_server


class UidvalidityAgainTest(LiveCase):
    def test_another_folder_of_the_same_name_and_number(self):
        server = self.enterContext(Cyrus(self.work / "cyrus"))
        program = self.program(server)
        with server.login() as client:
            expect_ok(client.create("w"))
            expect_ok(client.create("x"))
            for subject in ("old 1", "old 2"):
                expect_ok(client.append("x", None, None, mail(subject)))
        program.sync()
        with server.login() as client:
            before = view_server(client)
        self.assertEqual(2, len(before["x"].messages))

        with server.login() as client:
            expect_ok(client.delete("x"))
            expect_ok(client.rename("w", "q"))
            expect_ok(client.create("w"))
            for subject in ("new 1", "new 2"):
                expect_ok(client.append("w", None, None, mail(subject)))
            expect_ok(client.rename("w", "x"))
            # Else w would be gone, which takes two witnesses minutes apart.
            expect_ok(client.create("w"))
            after = view_server(client)
        if before["x"].uid_validity != after["x"].uid_validity:
            self.skipTest("this Cyrus gave another UIDVALIDITY")
        self.assertEqual(before["x"].messages.keys(), after["x"].messages.keys())
        program.sync()
        self.figures(assert_exact(self, after, self.store))


if __name__ == "__main__":
    unittest.main()
