"""What leaves the mirror and when, and folders that may not be read, with a real server."""

import json
import unittest

from live.backdate import backdate_missing, backdate_waiting
from live.daemon_case import DaemonCase
from live.journal import read_journal
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files
from live.server_view import expect_ok, quote, view_server


def files(store):
    return [path for path in store.rglob("cur/*") if ".imapkeep" not in path.parts]


class DeparturesTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=260, folders=5, seed=9)
        self.client = self.client_of(self.server)

    def start(self, **keys):
        self.program_ = self.program(self.server, **keys)
        self.program_.sync()

    def empty(self, name):
        expect_ok(self.client.select(quote(name)))
        expect_ok(self.client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)"))
        expect_ok(self.client.expunge())
        expect_ok(self.client.unselect())

    def exact(self):
        assert_exact(self, view_server(self.client), self.store)

    def gone_of(self):
        run = self.program_.run("status", "--json", expect=(0, 1))
        return json.loads(run.out)["accounts"][0]

    def test_remove_waits_for_a_later_pass(self):
        self.start(on_expunge="remove")
        before = len(files(self.store))
        expect_ok(self.client.select("INBOX"))
        uids = expect_ok(self.client.uid("SEARCH", "ALL"))[0].split()
        expect_ok(self.client.uid("STORE", uids[0].decode(), "+FLAGS", r"(\Deleted)"))
        expect_ok(self.client.expunge())
        for _ in range(2):
            self.program_.sync()
            self.assertEqual(before, len(files(self.store)))
        self.assertIn("a later pass decides", self.program_.run("status", expect=0).out)
        backdate_waiting(self.program_)
        self.program_.sync()
        self.exact()
        self.assertNotIn("gone from the server", self.program_.run("status", expect=0).out)

    def test_everything_waits_for_a_person(self):
        self.start()
        before = len(files(self.store))
        names = [name for name, folder in view_server(self.client).items() if folder.messages]
        for name in names:
            self.empty(name)
        command = "imapkeep sync --accept-gone work"
        for _ in range(2):
            self.assertIn(command, self.program_.sync(expect=1).text)
            backdate_waiting(self.program_)
        self.assertEqual(before, len(files(self.store)))
        self.assertIn(command, self.program_.run("status", expect=1).out)
        found = self.gone_of()
        self.assertEqual(command, found["command"])
        self.assertEqual(before, sum(folder["wait_for_you"] for folder in found["gone"]))
        self.program_.sync("--accept-gone", expect=64)
        self.program_.sync("--accept-gone", "work")
        self.exact()
        self.assertEqual([], self.gone_of()["gone"])
        # Equal messages: the last one is kept, the others have moved to it.
        gone = read_journal(self.store).gone
        self.assertEqual(before, len(gone))
        kept = kept_files(self.store)
        self.assertEqual(sum(record["to"] == "kept" for record in gone), len(kept))

    def test_beside_a_daemon(self):
        self.start(on_expunge="remove")
        self.empty("Sent")
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        self.assertIn("--accept-gone work", self.program_.run("status", expect=1).out)
        self.append(self.client, "INBOX")
        self.assertIn("--accept-gone work", self.program_.sync("work", expect=1).text)
        self.program_.sync("--accept-gone", "work")
        # What is live elsewhere waits for a later pass, not for a person.
        self.assertNotIn("accept-gone", self.program_.run("status", expect=0).out)
        backdate_waiting(self.program_)
        self.program_.sync("work")
        self.exact()
        self.assertEqual([], self.gone_of()["gone"])


class RightsTest(DaemonCase):
    REMEDY = "ask its owner for the right to read it, or leave it out (folders.exclude)"

    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=60, folders=4, seed=3, acl=True)
        self.client = self.client_of(self.server)

    def grant(self, name, rights):
        folder = self.server.mail_root() / name
        (folder / "dovecot-acl").write_text(f"owner {rights}\n")

    def test_a_folder_that_may_be_listed_and_not_read(self):
        self.grant("Sent", "l")
        program = self.program(self.server)
        run = program.sync(expect=1)
        self.assertIn("Sent: ", run.text)
        self.assertIn(self.REMEDY, run.text)
        self.assertGreater(len(files(self.store)), 0)

    def test_rights_that_are_taken_away_later(self):
        for rights in ("l", "lw"):
            with self.subTest(rights=rights):
                self.grant("Sent", "lrwstiekxa")
                program = self.program(self.server)
                program.sync()
                before = files(self.store)
                self.grant("Sent", rights)
                for _ in range(2):
                    program.sync(expect=(0, 1))
                    backdate_missing(program, may_be_none=True)
                run = program.sync(expect=1)
                self.assertIn("Sent: ", run.text)
                self.assertIn(self.REMEDY, run.text)
                self.assertEqual(sorted(before), sorted(files(self.store)))


if __name__ == "__main__":
    unittest.main()
