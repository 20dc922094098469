"""The disk is full: 74, nothing is half stored, nobody dies, and with room again the rest comes.

A seeded slice over the file systems, what lies on them (store, state directory, both) and how much is
left on them; IMAPKEEP_LONG=1: all of it.
"""

import base64
import itertools
import os
import random
import unittest

from live.full_disk_case import WHERE, FullDiskCase
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files, unpacked
from live.server_view import expect_ok
from live.small_disk import FILLED, cannot_mount

LONG = os.environ.get("IMAPKEEP_LONG") == "1"
SEED = int(os.environ.get("IMAPKEEP_SEED", "1"))
# Octets left: nothing, what a ledger needs about, parts of the mailbox.
LEAVE = (0, 4096, 20_000, 60_000, 120_000, 250_000, 500_000, 1_000_000, 2_000_000)
# Files that can still be made: a first mirror of this mailbox makes some 250.
NAMES = (0, 1, 2, 3, 5, 8, 13, 30, 60, 150)
MESSAGES, FOLDERS = 150, 5


def cannot_run():
    return cannot_mount()


class FullDiskTest(FullDiskCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=MESSAGES, folders=FOLDERS, seed=71)
        self.seen = self.see(self.server)

    def slice(self, everything, count):
        everything = list(everything)
        return everything if LONG else random.Random(SEED).sample(everything, count)

    def test_first_mirror(self):
        """A mailbox larger than the disk."""
        codes = {}
        for kind in FILLED:
            disk = self.disk(kind)
            for where, leave in self.slice(itertools.product(WHERE, LEAVE), 2):
                with self.step(disk, where=where, leave=leave):
                    program = self.on(disk, where, self.server, min_free="0")
                    disk.fill(leave)
                    code = self.goes_full(program, disk).code
                    codes[code] = codes.get(code, 0) + 1
                    self.recovers(program, disk, self.seen)
            disk.close()
        self.figures(f"exit codes {codes}")
        self.assertGreater(codes.get(74, 0), 0)

    def test_no_more_names(self):
        """No inodes are left, or on btrfs no room for them, though there is room for octets."""
        for kind in ("ext4", "btrfs"):
            disk = self.disk(kind, inodes=1000 if kind == "ext4" else None)
            for where, leave in self.slice(itertools.product(WHERE, NAMES), 3):
                with self.step(disk, where=where, leave=leave):
                    program = self.on(disk, where, self.server, min_free="0")
                    if kind == "btrfs":
                        disk.fill(200_000)
                    disk.fill_names(leave)
                    self.goes_full(program, disk, codes=(0, 74))
                    self.recovers(program, disk, self.seen)
            disk.close()

    def test_a_mirror_that_is_there(self):
        """New mail, flags, a rename and departures; and every other command on the full disk."""
        for kind in self.slice(FILLED, 2):
            disk = self.disk(kind)
            for where, leave in self.slice(itertools.product(WHERE, LEAVE[:4]), 2):
                with self.step(disk, where=where, leave=leave):
                    program = self.on(disk, where, self.server, min_free="0")
                    program.sync()
                    self.change_mailbox()
                    disk.fill(leave)
                    self.goes_full(program, disk)
                    for command in (("status",), ("doctor", "work")):
                        run = program.run(*command, expect=None)
                        self.assertIn(run.code, (0, 1, 74), f"{command}: {run.text}")
                    self.goes_full(program, disk)
                    self.recovers_after_departures(program, disk)
            disk.close()

    def test_what_leaves_waits_for_room(self):
        """A departure needs room for its compressed copy; without it all else is done."""
        lines = base64.encodebytes(random.Random(3).randbytes(900_000)).replace(b"\n", b"\r\n")
        for kind in self.slice(FILLED, 2):
            disk = self.disk(kind)
            with self.step(disk, where="store"), self.server.login() as client:
                expect_ok(client.append("INBOX", None, None, b"Subject: large\r\n\r\n" + lines))
                program = self.on(disk, "store", self.server, min_free="0")
                program.sync()
                large = [path for path in self.store.glob("INBOX/cur/*")
                         if path.stat().st_size > len(lines)]
                self.assertEqual(1, len(large))
                expect_ok(client.select("INBOX"))
                expect_ok(client.uid("STORE", "*", "+FLAGS", "(\\Deleted)"))
                expect_ok(client.expunge())
                small = f"Subject: small on {kind}\r\n\r\nx\r\n".encode()
                expect_ok(client.append("Sent", None, None, small))
                disk.fill(300_000)
                run = program.run("sync", expect=1)
                self.assertIn("does not fit on the disk", run.text)
                self.assertTrue(large[0].exists())
                stored = [path.read_bytes() for path in self.store.glob("Sent/cur/*")]
                self.assertIn(small, stored, run.text)
                self.assertIn("owed", program.run("status", expect=1).out)
                disk.give_room()
                program.sync()
                self.assertIn(b"Subject: large\r\n\r\n" + lines,
                              [unpacked(path) for path in kept_files(self.store)])
                assert_exact(self, self.see(self.server), self.store)
            disk.close()

    def change_mailbox(self):
        with self.server.login() as client:
            self.count_changes = getattr(self, "count_changes", 0) + 1
            for number in range(5):
                mail = f"Subject: new {self.count_changes} {number}\r\n\r\n" + "x" * 30_000
                expect_ok(client.append("INBOX", None, None, mail.encode()))
            expect_ok(client.select("INBOX"))
            expect_ok(client.uid("STORE", "1:5", "+FLAGS", "(\\Flagged odd)"))
            old, new = ("Sent", "Sent-2") if self.count_changes % 2 else ("Sent-2", "Sent")
            expect_ok(client.rename(old, new))

    def recovers_after_departures(self, program, disk):
        disk.give_room()
        program.sync(expect=(0, 1))
        self.recovers(program, disk, self.see(self.server))


if __name__ == "__main__":
    unittest.main()
