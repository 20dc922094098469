"""Courier shows a message in new/ under EXAMINE with a UID that it has not written down. Another
session's APPEND takes that number, and UIDVALIDITY stays: the same key is then another message."""

import unittest

from live.case import LiveCase
from live.courier import Courier
from live.mirror_checks import assert_exact
from live.real_server import mail
from live.server_view import expect_ok, view_server


class UidReuseTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Courier(self.work / "courier"))

    def subjects(self):
        return sorted(path.read_bytes().split(b"\r\n")[1].decode()
                      for path in self.store.glob("INBOX/cur/*"))

    def check_exact(self, program):
        program.sync()
        with self.server.login() as client:
            seen = view_server(client)
        self.figures(assert_exact(self, seen, self.store))

    def test_the_number_of_a_delivery_goes_to_an_append(self):
        program = self.program(self.server)
        self.server.deliver(mail("one", 3), "1700000001.M1P1.mx")
        self.check_exact(program)
        with self.server.login() as client:
            expect_ok(client.append("INBOX", None, None, mail("three", 30)))
        self.check_exact(program)
        self.assertEqual(["Subject: one", "Subject: three"], self.subjects())

    def test_the_same_length_tells_nothing(self):
        """Both announce the same RFC822.SIZE: then the date has to tell."""
        program = self.program(self.server)
        self.server.deliver(mail("one", 3), "1700000001.M1P1.mx")
        self.check_exact(program)
        with self.server.login() as client:
            data = mail("two", 3)
            data += b"x" * (len(mail("one", 3)) - len(data))
            expect_ok(client.append("INBOX", None, '"17-Jul-2021 02:44:25 +0000"', data))
        self.check_exact(program)
        self.assertEqual(["Subject: one", "Subject: two"], self.subjects())

    def test_several_deliveries_among_what_is_numbered(self):
        program = self.program(self.server)
        with self.server.login() as client:
            for number in range(5):
                expect_ok(client.append("INBOX", None, None, mail(f"old {number}", number)))
        for number in range(3):
            self.server.deliver(mail(f"new {number}", 10 + number), f"170000000{number}.M1P1.mx")
        self.check_exact(program)
        with self.server.login() as client:
            for number in range(2):
                expect_ok(client.append("INBOX", None, None, mail(f"put {number}", 20 + number)))
        self.check_exact(program)
        self.assertEqual(10, len(self.subjects()))
        self.assertEqual(10, len(set(self.subjects())))


if __name__ == "__main__":
    unittest.main()
