"""A message that costs the connection, as a stock Dovecot has it: a file whose name says a wrong S=, or
that its user cannot read. It is owed by name; all others, and all other folders, are kept."""

import os
import unittest

from live.case import LiveCase
from live.journal import read_journal
from live.mirror_checks import assert_exact
from live.real_server import mail
from live.server_view import view_server


class CostlyMessageTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=60, folders=5, start=False)
        self.server.start()
        with self.server.login() as client:
            self.sound = view_server(client)

    def put(self, folder, name, subject, mode=0o644):
        """Where Dovecot finds it the next time that it looks."""
        file = self.server.mail_root() / folder / "new" / name
        if folder == "INBOX" and not file.parent.is_dir():
            file = self.server.mail_root() / "new" / name
        file.write_bytes(mail(subject).replace(b"\r\n", b"\n"))
        file.chmod(mode)
        os.chown(file, *self.server.owner)

    def check_all_but(self, count, program):
        """Exit 1: something is owed. And never 75, which would mean: the server is away."""
        run = program.sync(expect=1)
        assert_exact(self, self.sound, self.store, expect_quarantined=count)
        again = program.sync(expect=1)
        self.figures(assert_exact(self, self.sound, self.store, expect_quarantined=count))
        self.figures(f"{run.seconds:.2f} s, then {again.seconds:.2f} s")
        reasons = read_journal(self.store).quarantined
        self.assertEqual(count, len(reasons), reasons)

    def test_a_size_that_is_too_large(self):
        self.put("INBOX", "1700000001.M1P1.mx,S=99999,W=99999", "says it is large")
        self.check_all_but(1, self.program(self.server))

    def test_a_size_that_is_too_small(self):
        self.put("INBOX", "1700000001.M1P1.mx,S=3,W=3", "says it is small")
        self.check_all_but(1, self.program(self.server))

    def test_a_file_that_cannot_be_read(self):
        if os.getuid() != 0:
            self.skipTest("needs root, to keep a file from the mail user")
        self.put("INBOX", "1700000001.M1P1.mx", "is nobody's", mode=0)
        os.chown(next(self.server.mail_root().rglob("1700000001.M1P1.mx*")), 0, 0)
        self.check_all_but(1, self.program(self.server))

    def test_several_in_two_folders(self):
        other = next(name for name, folder in self.sound.items()
                     if name != "INBOX" and len(folder.messages) > 2)
        for number in range(3):
            self.put("INBOX", f"170000000{number}.M1P1.mx,S=99999,W=99999", f"large {number}")
        self.put(other, "1700000005.M1P1.mx,S=99999,W=99999", "large elsewhere")
        self.check_all_but(4, self.program(self.server))

    def test_it_is_kept_once_it_is_mended(self):
        self.put("INBOX", "1700000001.M1P1.mx,S=99999,W=99999", "says it is large")
        program = self.program(self.server)
        self.check_all_but(1, program)
        file = next(self.server.mail_root().rglob("1700000001.M1P1.mx,S=99999*"))
        file.unlink()
        program.sync()
        self.figures(assert_exact(self, self.sound, self.store))


if __name__ == "__main__":
    unittest.main()
