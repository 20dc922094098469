"""Two hundred accounts of one daemon at one server: all become level, none of them stampedes, and
all end together. Memory and descriptors are printed."""

import os
import re
import time
import unittest
from collections import Counter

from generator.generate import fill
from live.daemon_case import LONG, DaemonCase
from live.mirror_view import view_mirror
from live.program import Account, Program

ACCOUNTS = 200
PER_SECOND = 10  # new connections to one host
BURST = 10
LOGIN = re.compile(r"^(\w+ \d+ \d\d:\d\d:\d\d) .*Login: user=<(u\d+)>", re.M)


class ManyAccountsTest(DaemonCase):
    # Not a test of disks, some of which take half a minute to forget all this.
    place = "/dev/shm" if os.path.isdir("/dev/shm") else None

    def setUp(self):
        super().setUp()
        self.users = [f"u{number}" for number in range(ACCOUNTS)]
        self.server = self.dovecot(users=("alice", *self.users))
        owner = self.server.owner if os.getuid() == 0 else None
        self.messages = {}
        for number, user in enumerate(self.users):
            counts = fill(self.server.mail_root(user), 3 + number % 5, 2, number, True, owner)
            self.messages[user] = sum(counts.values())
        self.program_ = Program(self.work / "etc", *(
            Account(user, self.server, self.work / "mail" / user, user=user)
            for user in self.users))
        (self.work / "mail").mkdir()
        self.told = self.notify()

    def log(self):
        return (self.server.dir / "log").read_text(errors="replace")

    def assert_no_stampede(self, log):
        """In no second more than the burst and the rate allow, and no user more than once."""
        found = LOGIN.findall(log)
        self.assertEqual({user: 1 for user in self.users}, Counter(user for _, user in found))
        most = max(Counter(second for second, _ in found).values())
        self.assertLessEqual(most, BURST + 2 * PER_SECOND)
        return most

    def test_all_at_once(self):
        began = time.monotonic()
        daemon = self.daemon(self.program_, notify=self.told)
        self.told.wait_for("READY=1", seconds=5)
        everybody = f"STATUS={ACCOUNTS} accounts: {ACCOUNTS} watching"
        self.told.wait_for(everybody, seconds=90)
        took = time.monotonic() - began
        self.assertGreater(took, (ACCOUNTS - BURST) / PER_SECOND * 0.9)
        most = self.assert_no_stampede(self.log())
        for user in self.users:
            self.assertEqual(self.messages[user], view_mirror(self.work / "mail" / user).count)
        self.figures(f"level after {took:.1f} s, at most {most} logins in a second, "
                     f"{daemon.memory_kb() // 1024} MiB, {daemon.descriptors()} descriptors")
        self.new_mail(daemon)
        for user in self.users[::40]:
            self.level(daemon, self.server, user=user, store=self.work / "mail" / user)
        if LONG:
            self.comes_back(daemon, everybody)
        code, took = daemon.stop()
        self.figures(f"ended after {took:.2f} s")
        self.assertEqual(0, code)
        self.assertLess(took, 5)

    def new_mail(self, daemon):
        """Dovecot takes what is dropped into new/ for mail, and tells who idles there."""
        place = daemon.place()
        for user in self.users:
            drop = self.server.mail_root(user) / "new/1700000000.M1P1.dropped"
            drop.write_bytes(b"Subject: for everybody\r\n\r\n" + user.encode() + b"\r\n")
            os.chown(drop, *self.server.owner)
        for user in self.users:
            daemon.wait_for("new mail kept", account=user, after=place, seconds=60)
        self.figures(f"{ACCOUNTS} arrivals at once: the last was kept "
                     f"{daemon.lines[-1].seen_at - daemon.lines[place].seen_at:.1f} s after the first")

    def comes_back(self, daemon, everybody):
        place = daemon.place()
        self.server.kill()
        for user in self.users:
            daemon.wait_for("account waits", account=user, after=place)
        before = len(self.log())
        self.server.start()
        began = time.monotonic()
        self.told.wait_for(everybody, after=len(self.told.texts()), seconds=240)
        most = self.assert_no_stampede(self.log()[before:])
        self.figures(f"the server came back: level after {time.monotonic() - began:.1f} s, "
                     f"at most {most} logins in a second")


if __name__ == "__main__":
    unittest.main()
