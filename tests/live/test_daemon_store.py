"""Disks that go away, fill up or turn read-only under the daemon: nothing is written in the wrong
place, the mail of other accounts goes on, and when the disk is well again so is the account."""

import os
import resource
import subprocess
import unittest

from live.daemon import Daemon
from live.daemon_case import DaemonCase
from live.mirror_view import view_mirror
from live.program import Account, Program
from live.small_disk import SmallDisk, cannot_mount

LARGER_THAN_THE_DISK = b"Subject: large\r\n\r\n" + (b"x" * 998 + b"\r\n") * 5000


class DaemonStoreCase(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=30, users=("alice", "good"))
        self.client = self.client_of(self.server)

    def program_with(self, store, **keys):
        """Two accounts: `work` on the disk in question, `good` on a sound one."""
        self.store = store
        work = Account("work", self.server, store, **keys)
        return Program(self.work / "etc", work, Account("good", self.server, self.work / "good",
                                                        user="good"))

    def watching(self, program, **options):
        daemon = self.daemon(program, **options)
        for account in ("work", "good"):
            daemon.wait_for("watching", account=account)
        return daemon

    def good_goes_on(self, daemon):
        place = daemon.place()
        self.append(self.client_of(self.server, "good"))
        daemon.wait_for("new mail kept", account="good", after=place, seconds=5)

    def trouble(self, daemon, place, *words, event="store trouble"):
        """The first complaint, and then that it is tried again and again without a spin."""
        line, place = daemon.wait_for(event, account="work", after=place)
        for word in words:
            self.assertIn(str(word), line.text)
        self.figures(line.text[21:300])
        self.good_goes_on(daemon)
        return place

    def recovers(self, program, daemon, place, **options):
        """By itself: the delays begin with five seconds."""
        daemon.wait_for("mailbox visited", account="work", folder="INBOX", after=place, seconds=30)
        self.figures(self.level(daemon, self.server))
        troubles = daemon.count("store trouble")
        self.assertLess(troubles, 5, "it is tried in too quick succession")
        place = daemon.place()
        self.append(self.client)
        daemon.wait_for("new mail kept", account="work", after=place)
        found = self.status(program, **options)["work"]
        self.assertEqual("watching", found["daemon"]["phase"])


class MissingStoreTest(DaemonStoreCase):
    def test_unmounted_and_mounted_again(self):
        program = self.program_with(self.work / "mail")
        daemon = self.watching(program)
        aside = self.work / "aside"
        before = view_mirror(self.store).count
        for empty in (False, True):
            place = daemon.place()
            self.store.rename(aside)
            if empty:
                self.store.mkdir()
            self.append(self.client, count=2)
            place = self.trouble(daemon, place, self.store, "mounted")
            self.assertEqual("needs-you", self.status(program)["work"]["daemon"]["phase"])
            # Nothing was made where the disk should be, and nothing written to what was taken away.
            self.assertEqual([], list(self.store.iterdir()) if empty else
                             [path for path in [self.store] if path.exists()])
            self.assertEqual(before, view_mirror(aside).count)
            if empty:
                self.store.rmdir()
            aside.rename(self.store)
            self.recovers(program, daemon, place)
            before = view_mirror(self.store).count

    def test_another_store_is_mounted_there(self):
        other = Program(self.work / "second", Account("work", self.server, self.work / "mail2"))
        other.sync()
        program = self.program_with(self.work / "mail")
        daemon = self.watching(program)
        place = daemon.place()
        self.store.rename(self.work / "aside")
        (self.work / "mail2").rename(self.store)
        before = view_mirror(self.store).count
        self.append(self.client)
        place = self.trouble(daemon, place, self.store)
        self.assertEqual(before, view_mirror(self.store).count)
        self.store.rename(self.work / "mail2")
        (self.work / "aside").rename(self.store)
        self.recovers(program, daemon, place)


class ReadOnlyStoreTest(DaemonStoreCase):
    def test_read_only_for_a_while(self):
        program = self.program_with(self.work / "mail")
        program.sync()
        wrap = self.as_nobody(program, self.store, self.work / "good", self.work / "etc")
        daemon = self.watching(program, wrap=wrap)
        place = daemon.place()
        subprocess.run(["chmod", "-R", "a-w", self.store], check=True)
        try:
            self.append(self.client, count=2)
            # What lies in the way of a folder costs that folder, here each of them.
            place = self.trouble(daemon, place, self.store, event="mailbox failed")
        finally:
            subprocess.run(["chmod", "-R", "u+w", self.store], check=True)
        self.recovers(program, daemon, place, wrap=wrap)


@unittest.skipIf(cannot_mount(), "a small file system cannot be mounted here")
class FullStoreTest(DaemonStoreCase):
    def setUp(self):
        super().setUp()
        small = SmallDisk("tmpfs", mib=3)
        self.addCleanup(small.close)
        self.disk = small.path

    def assert_nothing_half_stored(self):
        self.assertEqual([], [told for told in view_mirror(self.store).complaints
                              if "/tmp" not in told])

    def test_full_and_made_room(self):
        program = self.program_with(self.disk / "mail", min_free="1MiB")
        daemon = self.watching(program)
        place = daemon.place()
        filler = self.disk / "filler"
        with open(filler, "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(bytes(4096))
        self.append(self.client, count=2)
        place = self.trouble(daemon, place, self.store, "free")
        self.assert_nothing_half_stored()
        self.assertEqual("needs-you", self.status(program)["work"]["daemon"]["phase"])
        filler.unlink()
        self.recovers(program, daemon, place)

    def test_one_message_is_too_large(self):
        """It is owed, which is said at once; what is smaller is kept; with room it comes, too."""
        program = self.program_with(self.disk / "mail", min_free="0")
        daemon = self.watching(program)
        place = daemon.place()
        self.client.append("INBOX", None, None, LARGER_THAN_THE_DISK)
        self.append(self.client, count=2)
        line, _ = daemon.wait_for("message quarantined", account="work", after=place)
        self.assertIn("fit", line.text)
        self.assert_nothing_half_stored()
        self.good_goes_on(daemon)
        run = program.sync("work", expect=1)
        self.assertIn("fit", run.text)
        found = self.status(program)["work"]
        self.assertEqual("owed", found["state"])
        self.assertEqual(1, len(found["owed"]))
        self.assertEqual(32, found["messages"])
        self.assertEqual(1, found["daemon"]["behind"])
        subprocess.run(["mount", "-o", "remount,size=100m", self.disk], check=True)
        program.sync("work")
        self.figures(self.level(daemon, self.server))


class DescriptorsTest(DaemonStoreCase):
    def set_limit(self, daemon, number):
        _, most = resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (number, most))

    def test_none_left_for_a_while(self):
        program = self.program_with(self.work / "mail")
        daemon = self.watching(program)
        enough = daemon.descriptors() + 50
        for _ in range(2):
            place = daemon.place()
            self.set_limit(daemon, 10)
            self.append(self.client)
            self.server.doveadm("kick", "alice")
            self.client = self.client_of(self.server)
            line, _ = daemon.wait_for("EMFILE", account="work", after=place)
            self.figures(line.text[21:300])
            self.append(self.client)
            spent = cpu_seconds(daemon)
            self.assertFalse(daemon.wait_for_end(2))
            self.assertLess(cpu_seconds(daemon) - spent, 0.5, "it spins")
            self.set_limit(daemon, enough)
            daemon.reload()
            self.level(daemon, self.server)
            self.good_goes_on(daemon)

    def test_too_few_from_the_start(self):
        """It says so and ends with 74, or it works for those for whom there are enough."""
        program = self.program_with(self.work / "mail")
        with Daemon(program) as daemon:
            daemon.wait_for("watching", account="work")
            daemon.wait_for("watching", account="good")
            used = daemon.descriptors()
        for limit in (6, 9, 12, 13, 20, used - 8, used - 3):
            with self.subTest(limit=limit):
                daemon = Daemon(program, wrap=["prlimit", f"--nofile={limit}"])
                try:
                    daemon.wait_for("", seconds=10)
                    ended = daemon.wait_for_end(0.5)
                    spent = cpu_seconds(daemon) if not ended else 0
                    ended = ended or daemon.wait_for_end(1)
                    if not ended:
                        self.assertLess(cpu_seconds(daemon) - spent, 0.4, "it spins")
                finally:
                    code, _ = daemon.stop()
                self.figures(f"{limit} of {used}: exit {code}; {daemon.lines[-1].text[:300]}")
                self.assertEqual(74 if ended else 0, code)
                self.assertTrue(daemon.count("open files") if ended else daemon.count("started"))
        with Daemon(program) as daemon:
            daemon.wait_for("watching", account="work")
            self.level(daemon, self.server)


def cpu_seconds(daemon):
    with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main()
