"""Dovecot says BYE to who idles in a folder that is renamed, or gets another UIDVALIDITY. That is news
about the folder: nobody waits as for a server that is unwell."""

import unittest

from live.daemon_case import DaemonCase
from live.real_server import mail
from live.server_view import expect_ok
from live.test_folder_events import furnish


class FolderByeTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.far = self.dovecot()
        furnish(self.far)
        self.program_ = self.program(self.far, folders="{watch: [INBOX, x]}")
        self.daemon_ = self.daemon(self.program_)
        self.daemon_.wait_for("watching")
        self.level(self.daemon_, self.far)

    def tearDown(self):
        self.assertEqual(0, self.daemon_.count("account waits"))
        super().tearDown()

    def test_another_uid_validity(self):
        self.far.doveadm("mailbox", "update", "--uid-validity", "424242", "-u", "alice", "INBOX")
        # Dovecot says nothing in IDLE until something else happens in the folder.
        with self.far.login() as client:
            expect_ok(client.append("INBOX", None, None, mail("behind it")))
        self.figures(self.level(self.daemon_, self.far, seconds=20))

    def test_a_rename(self):
        with self.far.login() as client:
            expect_ok(client.rename("x", "y"))
        self.program_.sync()
        self.figures(self.level(self.daemon_, self.far, seconds=20))

    def test_new_mail_of_inbox_behind_a_rename(self):
        with self.far.login() as client:
            expect_ok(client.rename("x", "y"))
            expect_ok(client.append("INBOX", None, None, mail("behind it")))
        self.program_.sync()
        self.figures(self.level(self.daemon_, self.far, seconds=20))


if __name__ == "__main__":
    unittest.main()
