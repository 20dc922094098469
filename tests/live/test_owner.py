"""Whose store it is. Another user, host or account on a store that holds mail: the messages decide,
and where they do not, nothing is stored and nothing leaves."""

import re
import shutil
import unittest

from live.case import LiveCase
from live.daemon_case import DaemonCase
from live.journal import segments, whole
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files, unpacked
from live.program import Account, Program
from live.server_view import expect_ok, view_server

USERS = ("anna", "bert", "anna@example.org")


def owners(store):
    records = [whole(line) for path in segments(store) for line in path.read_bytes().splitlines()]
    return [record for record in records if record and record["t"] == "owner"]


def mails(store):
    return sorted(path.read_bytes() for path in store.glob("**/cur/*"))


class OwnerCase(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(users=USERS)
        # anna@example.org is anna: the same directory under another name.
        (self.server.mail_root("anna@example.org")).symlink_to(self.server.mail_root("anna"))
        self.put("anna", 20)
        self.put("bert", 5)
        self.one_second()

    def put(self, user, count):
        with self.server.login(user) as client:
            for number in range(count):
                expect_ok(client.append("INBOX", None, None, self.mail(user, number)))

    @staticmethod
    def mail(user, number):
        return f"From: {user}\r\nSubject: {number}\r\n\r\nHello\r\n".encode()

    def one_second(self):
        """As if both mailboxes had been opened in one second: one UIDVALIDITY."""
        self.server.stop()
        for user in ("anna", "bert"):
            root = self.server.mail_root(user)
            shutil.rmtree(root / ".imap", ignore_errors=True)
            for index in root.glob("**/dovecot.index*"):
                index.unlink()
            for uids in root.glob("**/dovecot-uidlist"):
                uids.write_text(re.sub(r" V\d+ ", " V1234567 ", uids.read_text(), count=1))
        self.server.start()
        for user in ("anna", "bert"):
            with self.server.login(user) as client:
                _, data = client.status("INBOX", "(UIDVALIDITY)")
                self.assertIn(b"1234567", data[0])

    def account(self, name="work", user="anna", **keys):
        return Account(name, self.server, self.store, user=user, **keys)

    def program_of(self, *accounts, place="etc"):
        return Program(self.work / place, *accounts)

    def refused(self, program, *words):
        before = mails(self.store)
        run = program.sync(expect=74)
        for word in words:
            self.assertIn(word, run.text)
        self.assertEqual(before, mails(self.store))
        self.assertEqual([], kept_files(self.store))
        self.figures(run.text.strip().splitlines()[-1][:500])

    def assert_exact(self, user):
        with self.server.login(user) as client:
            self.figures(assert_exact(self, view_server(client), self.store))


class OwnerTest(OwnerCase):
    def test_another_user_takes_nothing_away(self):
        self.program_of(self.account(on_expunge="remove")).sync()
        self.assertEqual(20, len(mails(self.store)))
        program = self.program_of(self.account(user="bert", on_expunge="remove"))
        for _ in range(3):
            self.refused(program, "anna at localhost", "bert at localhost", "0 are the same",
                         "5 are other messages", "account adopt work")
        self.assertEqual(20, len(mails(self.store)))
        self.program_of(self.account(on_expunge="remove")).sync()
        self.assert_exact("anna")

    def test_adopt_is_the_one_way(self):
        self.program_of(self.account()).sync()
        program = self.program_of(self.account(user="bert"))
        self.refused(program, "account adopt work")
        run = program.run("account", "adopt", "work", expect=0)
        for word in (str(self.store), "bert at localhost now", "no longer of anna at localhost",
                     ".imapkeep/gone"):
            self.assertIn(word, run.out)
        self.assertEqual(["anna", "bert"], [record["user"] for record in owners(self.store)])
        run = program.run("account", "adopt", "work", expect=0)
        self.assertIn("nothing was written", run.out)
        self.assertEqual(2, len(owners(self.store)))
        program.sync()
        self.assert_exact("bert")
        # What was anna's is kept.
        kept = [unpacked(path) for path in kept_files(self.store)]
        self.assertEqual(sorted(self.mail("anna", number) for number in range(20)), sorted(kept))

    def test_adopt_says_what_is_wrong(self):
        program = self.program_of(self.account())
        program.run("account", "adopt", "nobody", expect=64)
        program.run("account", "adopt", expect=64)
        program.run("account", expect=64)

    def test_an_alias_is_the_same_mailbox(self):
        self.program_of(self.account(on_expunge="remove")).sync()
        program = self.program_of(self.account(user="anna@example.org", on_expunge="remove"))
        run = program.sync()
        self.assertIn("another owner now", run.text)
        self.assertIn("complete", run.text)
        self.assertIn(" 0 new messages", run.text)
        self.assertNotIn("owner", program.sync().text)
        self.assertEqual(["anna", "anna@example.org"],
                         [record["user"] for record in owners(self.store)])
        self.assert_exact("anna")

    def test_another_name_of_the_host(self):
        self.program_of(self.account()).sync()
        program = self.program_of(self.account(host="LOCALHOST"))
        self.assertNotIn("owner", program.sync().text)
        self.assertEqual(1, len(owners(self.store)))

    def test_another_name_of_the_account(self):
        self.program_of(self.account()).sync()
        for place in ("etc", "other"):  # the same state directory, and one that knows nothing
            with self.subTest(place):
                run = self.program_of(self.account(name="office"), place=place).sync()
                self.assertIn(" 0 new messages", run.text)
                self.assert_exact("anna")
        self.refused(self.program_of(self.account(name="third", user="bert"), place="third"),
                     "anna at localhost", "bert at localhost")

    def test_two_accounts_that_exchange_their_stores(self):
        other = self.work / "mail-bert"
        anna = self.account("anna", user="anna", on_expunge="remove")
        bert = Account("bert", self.server, other, user="bert", on_expunge="remove")
        self.program_of(anna, bert).sync()
        anna.store, bert.store = bert.store, anna.store
        program = self.program_of(anna, bert)
        before = mails(self.store), mails(other)
        for _ in range(2):
            program.sync(expect=74)
            self.assertEqual(before, (mails(self.store), mails(other)))
        shutil.rmtree(program.state)
        program.sync(expect=74)
        self.assertEqual(before, (mails(self.store), mails(other)))


class OwnerReloadTest(OwnerCase, DaemonCase):
    def test_a_daemon_that_reads_another_user(self):
        program = self.program_of(self.account(on_expunge="remove"))
        daemon = self.daemon(program)
        daemon.wait_for("watching", account="work")
        before = mails(self.store)
        self.assertEqual(20, len(before))
        program.accounts = [self.account(user="bert", on_expunge="remove")]
        program.write_config()
        place = daemon.place()
        daemon.reload()
        line, _ = daemon.wait_for("store trouble", account="work", after=place)
        self.assertIn("account adopt work", line.text)
        self.assertEqual(before, mails(self.store))
        run = program.run("account", "adopt", "work", expect=75)
        self.assertIn("stop it", run.text)
        program.sync(expect=74)
        program.accounts = [self.account(on_expunge="remove")]
        program.write_config()
        place = daemon.place()
        daemon.reload()
        daemon.wait_for("watching", account="work", after=place)
        self.assertEqual(before, mails(self.store))


if __name__ == "__main__":
    unittest.main()
