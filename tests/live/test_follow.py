"""What happens on the server happens in the mirror, and nothing is ever fetched twice for it."""

import random
import time
import unittest

from live.case import LiveCase
from live.backdate import backdate_missing, backdate_waiting
from live.journal import read_journal
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files
from live.relay import Relay
from live.server_view import expect_ok, quote, view_server

MAIL = b"Subject: news %d\r\nMessage-ID: <news-%d@example.org>\r\n\r\nnew body %d\r\n"


class FollowTest(LiveCase):
    flavour = "full"

    def setUp(self):
        super().setUp()
        self.server = self.dovecot(self.flavour, messages=200, folders=8, seed=21)
        self.relay = self.enterContext(Relay(self.server, strict=True))
        self.program_ = self.program(self.relay)
        self.program_.sync()
        self.client = self.server.login()
        self.addCleanup(self.client.logout)

    def follow(self, fetched=0):
        """One pass; `fetched` bodies may come with it, no more and no less."""
        self.relay.forget()
        run = self.program_.sync()
        figures = assert_exact(self, view_server(self.client), self.store)
        self.assertEqual(fetched, len(self.relay.fetched), "bodies fetched")
        self.assertEqual([], self.relay.refused)
        self.assertEqual([], self.relay.writing)
        self.figures(f"{figures}; {len(self.relay.fetched)} fetched in {run.seconds:.2f} s")

    def select(self, name):
        expect_ok(self.client.select(quote(name)))

    def uids(self):
        return [uid.decode() for uid in expect_ok(self.client.uid("SEARCH", "ALL"))[0].split()]

    def append(self, name, number):
        mail = MAIL % (number, number, number)
        expect_ok(self.client.append(quote(name), r"(\Flagged)", None, mail))

    def test_new_mail(self):
        for number in range(5):
            self.append("INBOX", number)
        self.follow(fetched=5)

    def test_flags_and_keywords(self):
        self.select("INBOX")
        uids = self.uids()
        expect_ok(self.client.uid("STORE", ",".join(uids[:9]), "+FLAGS", r"(\Seen \Flagged)"))
        expect_ok(self.client.uid("STORE", ",".join(uids[5:15]), "-FLAGS", r"(\Seen \Deleted)"))
        expect_ok(self.client.uid("STORE", uids[20], "+FLAGS", r"($Forwarded project-y $Label1)"))
        expect_ok(self.client.uid("STORE", uids[21], "FLAGS", "()"))
        self.follow()

    def test_expunge_keeps_the_file(self):
        self.select("INBOX")
        uids = self.uids()
        expect_ok(self.client.uid("STORE", ",".join(uids[3:7]), "+FLAGS", r"(\Deleted)"))
        expect_ok(self.client.uid("EXPUNGE", ",".join(uids[3:7])))
        self.follow()
        gone = read_journal(self.store).gone
        self.assertEqual(4, len(gone))
        kept = sum(record["to"] == "kept" for record in gone)
        self.assertEqual(kept, len(kept_files(self.store)))
        self.assertTrue(all(record["to"] in ("kept", "moved") for record in gone))

    def test_the_whole_folder_is_emptied(self):
        self.select("Sent")
        expect_ok(self.client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)"))
        expect_ok(self.client.expunge())
        self.program_.sync()
        backdate_waiting(self.program_)
        self.follow()

    def test_move(self):
        self.select("INBOX")
        uids = self.uids()[:6]
        expect_ok(self.client.uid("MOVE", ",".join(uids), quote("Sent")))
        self.follow(fetched=6)
        gone = read_journal(self.store).gone
        self.assertEqual(["moved"] * 6, [record["to"] for record in gone])

    def test_copy_is_stored_once(self):
        self.select("INBOX")
        uids = self.uids()[:6]
        expect_ok(self.client.uid("COPY", ",".join(uids), quote("Sent")))
        self.follow(fetched=6)

    def test_new_folder(self):
        expect_ok(self.client.create(quote("Neu &- alt/below")))
        self.append("Neu &- alt/below", 1)
        self.follow(fetched=1)

    def test_renamed_folder(self):
        held = len(view_server(self.client)["Archive/2024"].messages)
        self.assertGreater(held, 0)
        expect_ok(self.client.rename(quote("Archive/2024"), quote("Old/2024")))
        self.relay.forget()
        self.program_.sync(expect=(0, 1))
        backdate_missing(self.program_)
        self.program_.sync()
        figures = assert_exact(self, view_server(self.client), self.store)
        self.figures(f"{figures}; {len(self.relay.fetched)} bodies fetched for a rename of {held}")

    def test_deleted_folder_needs_two_witnesses(self):
        seen = view_server(self.client)
        held = {message.sha256 for message in seen["Sent"].messages.values()}
        self.assertGreater(len(held), 0)
        expect_ok(self.client.delete(quote("Sent")))
        self.program_.sync(expect=(0, 1))
        paths = {folder.path for folder in read_journal(self.store).folders.values()
                 if not folder.gone}
        self.assertIn("Sent", paths, "one look is not enough to let a folder go")
        backdate_missing(self.program_)
        self.follow()
        journal = read_journal(self.store)
        self.assertTrue(next(folder for folder in journal.folders.values()
                             if folder.raw == "Sent").gone)

    def test_uid_validity_changes(self):
        held = len(view_server(self.client)["Sent"].messages)
        self.server.doveadm("mailbox", "update", "--uid-validity", "424242", "-u", "alice", "Sent")
        self.relay.forget()
        self.program_.sync()
        figures = assert_exact(self, view_server(self.client), self.store)
        self.assertLessEqual(len(self.relay.fetched), held)
        self.figures(f"{figures}; {len(self.relay.fetched)} of {held} fetched again")

    def test_many_rounds_of_everything(self):
        """A seeded mixture, followed step by step."""
        rng = random.Random(5)
        names = ["INBOX", "Sent", "Archive/2023", "Entw&APw-rfe"]
        number = 100
        for _ in range(8):
            for _ in range(6):
                name = rng.choice(names)
                self.select(name)
                uids = self.uids()
                some = ",".join(rng.sample(uids, min(len(uids), 3)))
                deed = rng.choice(["append", "flag", "unflag", "move", "copy", "expunge"])
                if deed == "append" or not some:
                    number += 1
                    self.append(name, number)
                elif deed == "flag":
                    expect_ok(self.client.uid("STORE", some, "+FLAGS", r"(\Flagged kw1)"))
                elif deed == "unflag":
                    expect_ok(self.client.uid("STORE", some, "-FLAGS", r"(\Seen \Flagged kw1)"))
                elif deed in ("move", "copy"):
                    expect_ok(self.client.uid(deed.upper(), some, quote(rng.choice(names))))
                else:
                    expect_ok(self.client.uid("STORE", some, "+FLAGS", r"(\Deleted)"))
                    expect_ok(self.client.uid("EXPUNGE", some))
            self.program_.sync()
            figures = assert_exact(self, view_server(self.client), self.store)
        self.figures(figures)


class FollowPlainServerTest(FollowTest):
    """The same without CONDSTORE, ESEARCH and LIST-STATUS: everything by listing."""

    flavour = "plain"


class ServerTroubleTest(LiveCase):
    def test_the_server_restarts_during_a_pass(self):
        server = self.dovecot(messages=600, folders=12, seed=31)
        relay = self.enterContext(Relay(server))
        program = self.program(relay)
        relay.cut_after = 400_000
        run = program.sync(expect=(0, 1, 69, 75))
        relay.cut_after = None
        server.restart()
        again = program.sync()
        with server.login() as client:
            figures = assert_exact(self, view_server(client), self.store)
        self.figures(f"exit {run.code}, then {again.code}; {figures}")

    def test_the_line_is_cut_again_and_again(self):
        """Each connection dies a little later; what was stored is not fetched anew for ever."""
        server = self.dovecot(messages=300, folders=6, seed=32)
        relay = self.enterContext(Relay(server))
        program = self.program(relay)
        for cut in (1, 300, 2_000, 9_000, 60_000, 200_000, 500_000):
            relay.cut_after = cut
            program.sync(expect=(0, 1, 69, 75))
        relay.cut_after = None
        began = time.monotonic()
        program.sync()
        with server.login() as client:
            seen = view_server(client)
            figures = assert_exact(self, seen, self.store)
        bodies = sum(len(folder.messages) for folder in seen.values())
        self.figures(f"{figures}; {len(relay.fetched)} bodies went by for {bodies}, last pass "
                     f"{time.monotonic() - began:.2f} s")


if __name__ == "__main__":
    unittest.main()
