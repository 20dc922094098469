"""More equal messages than a file may have links: each is stored, and nothing is owed.

On btrfs without extended references that is 56 in one directory. IMAPKEEP_LONG=1: on ext4 it is
65,000, and what each message costs does not grow with their number.
"""

import os
import shutil
import time
import unittest

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.program import Account, Program
from live.server_view import expect_ok, view_server
from live.small_disk import SmallDisk, cannot_mount

LONG = os.environ.get("IMAPKEEP_LONG") == "1"
MAIL = b"Subject: again\r\nMessage-ID: <again@example.org>\r\n\r\nThe disk is fine.\r\n"
DATE = 1_700_000_000


def cannot_run():
    return cannot_mount()


class EqualMessagesTest(LiveCase):
    def mailbox(self, count):
        server = self.dovecot(start=False)
        folder = server.mail_root() / "cur"
        for number in range(count):
            file = folder / f"1000000000.M{number:08d}.equal:2,"
            file.write_bytes(MAIL)
            os.utime(file, (DATE, DATE))
            if os.getuid() == 0:
                os.chown(file, *server.owner)
        return server.start()

    def mirror(self, disk, server):
        self.store = disk.path / "mail"
        return Program(self.work / "etc", Account("work", server, self.store))

    def exact(self, server):
        with server.login() as client:
            return assert_exact(self, view_server(client), self.store)

    def links(self):
        counts = {}
        for path in self.store.glob("*/cur/*"):
            facts = path.stat()
            counts[facts.st_ino] = facts.st_nlink
        return sorted(counts.values())

    def test_few_links(self):
        disk = SmallDisk("btrfs-few-links")
        self.addCleanup(disk.close)
        server = self.mailbox(150)
        program = self.mirror(disk, server)
        program.sync()
        self.exact(server)
        self.assertGreater(self.links()[-1], 40)
        self.assertGreater(len(self.links()), 2)
        # The ledger names one of them as the file to link to, and that has its links.
        with server.login() as client:
            for _ in range(60):
                expect_ok(client.append("INBOX", None, DATE, MAIL))
            expect_ok(client.create("Copies"))
            expect_ok(client.select("INBOX"))
            expect_ok(client.uid("COPY", "1:70", "Copies"))
        program.sync()
        self.figures(f"{self.exact(server)}; links {self.links()}")

    @unittest.skipUnless(LONG, "takes a minute: set IMAPKEEP_LONG=1")
    def test_all_links_of_ext4(self):
        disk = SmallDisk("ext4", mib=200, inodes=80_000)
        self.addCleanup(disk.close)
        server = self.mailbox(66_500)
        program = self.mirror(disk, server)
        program.sync(seconds=1000)
        self.figures(f"{self.exact(server)}; links {self.links()}")
        self.assertEqual([1_500, 65_000], [count for count in self.links() if count > 1])

    @unittest.skipUnless(LONG, "takes half a minute: set IMAPKEEP_LONG=1")
    def test_cost_grows_with_their_number(self):
        disk = SmallDisk("tmpfs", mib=200)
        self.addCleanup(disk.close)
        costs = {}
        for count in (1_000, 4_000, 16_000):
            server = self.mailbox(count)
            program = self.mirror(disk, server)
            before = os.times()
            began = time.monotonic()
            program.sync()
            after = os.times()
            cost = (after.children_user - before.children_user
                    + after.children_system - before.children_system)
            costs[count] = cost
            self.figures(f"{count}: {cost:.2f} s of CPU, {time.monotonic() - began:.2f} s")
            server.kill()
            disk.clear()
            for path in (server.dir, program.work):
                shutil.rmtree(path)
        self.assertLess(costs[16_000], 6 * costs[4_000])


if __name__ == "__main__":
    unittest.main()
