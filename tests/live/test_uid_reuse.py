"""A server that gives a UID to another message while UIDVALIDITY stays: Courier and Cyrus, really, and
one that was restored from a backup, scripted."""

import unittest

from live.case import LiveCase
from live.certificates import make_certificate
from live.courier import Courier
from live.cyrus import Cyrus
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files, unpacked
from live.real_server import mail
from live.scripted import Body, Folder, ScriptedServer
from live.server_view import expect_ok, view_server


def letter(text):
    return Body(f"Subject: {text}\r\n\r\nwords\r\n".encode())


class UidReuseTest(LiveCase):
    def subjects(self, below=None):
        """Of the live ones below a path; of all that are kept."""
        mails = ([path.read_bytes() for path in self.store.glob(f"{below}/cur/*")] if below else
                 [unpacked(path) for path in kept_files(self.store)])
        return sorted(line.decode().removeprefix("Subject: ") for mail in mails
                      for line in mail.splitlines() if line.startswith(b"Subject:"))

    def assert_level(self, server):
        with server.login() as client:
            assert_exact(self, view_server(client), self.store)

    def courier_gives_away(self, on_expunge):
        server = self.enterContext(Courier(self.work / "courier"))
        program = self.program(server, on_expunge=on_expunge)
        # Before anybody has selected a folder its UIDVALIDITY is the second of each look.
        with server.login() as client:
            expect_ok(client.select("INBOX"))
        server.deliver(mail("one"), "1700000001.M1P1.mx")
        program.sync()
        self.assertEqual(["one"], self.subjects("INBOX"))
        with server.login() as client:
            expect_ok(client.append("INBOX", None, None, mail("three", 9)))
        program.sync()
        self.assertEqual(["one", "three"], self.subjects("INBOX"))
        self.assertEqual(["one"], self.subjects())
        self.assert_level(server)

    def test_courier_gives_away_a_uid_that_examine_has_shown(self):
        self.courier_gives_away("keep")

    def test_and_what_is_replaced_is_kept_where_all_else_is_removed(self):
        self.courier_gives_away("remove")

    def test_cyrus_gives_an_old_uidvalidity_again(self):
        server = self.enterContext(Cyrus(self.work / "cyrus"))
        program = self.program(server)
        with server.login() as client:
            expect_ok(client.create("w"))
            expect_ok(client.create("x"))
            for text in ("OLD1", "OLD2"):
                expect_ok(client.append("x", None, None, mail(text)))
        program.sync()
        self.assertEqual(["OLD1", "OLD2"], self.subjects("x"))
        with server.login() as client:
            expect_ok(client.delete("x"))
            expect_ok(client.rename("w", "q"))
            expect_ok(client.create("w"))
            for text in ("NEW1", "NEW2"):
                expect_ok(client.append("w", None, None, mail(text)))
            expect_ok(client.rename("w", "x"))
        program.sync()
        self.assertEqual(["NEW1", "NEW2"], self.subjects("x"))

    def test_a_server_restored_from_a_backup(self):
        before = {uid: letter(f"old {uid}") for uid in (1, 2, 3)}
        lost = {uid: letter(f"old {uid}") for uid in (4, 5, 6)}
        server = self.enterContext(ScriptedServer(
            make_certificate(self.work), {b"INBOX": Folder({**before, **lost})}))
        program = self.program(server)
        program.sync()
        # Dates and sizes are the same: only that UIDNEXT is lower speaks against them.
        server.folders[b"INBOX"].messages = {**before, 4: letter("new 4"), 5: letter("new 5")}
        program.sync()
        self.assertEqual({"new 4", "new 5"}, {"new 4", "new 5"} & set(self.subjects("INBOX")))
        self.assertEqual(set(), {"old 4", "old 5"} & set(self.subjects("INBOX")))
        self.assertEqual(set(), {"old 4", "old 5"} - set(self.subjects()))


if __name__ == "__main__":
    unittest.main()
