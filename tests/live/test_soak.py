"""Mail and faults at random, from a seed: at the middle and at the end the mirror is exact, and
between them neither memory nor descriptors have grown.

Half a minute; an hour with IMAPKEEP_LONG=1. IMAPKEEP_SEED says where the dice begin (1).
"""

import imaplib
import os
import random
import time
import unittest
from collections import Counter

from live.daemon_case import LONG, DaemonCase, log_out
from live.relay import Relay

SECONDS = 3600 if LONG else 24
LONGEST_PAUSE = 1.0 if LONG else 0.15
FOLDERS = ("INBOX", "INBOX", "INBOX", "Sent", "Archive/2023")


class SoakTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(int(os.environ.get("IMAPKEEP_SEED", "1")))
        self.server = self.dovecot(messages=60, folders=4, seed=51)
        self.relay = self.enterContext(Relay(self.server))
        self.program_ = self.program(self.relay, folders='{watch: ["INBOX", "Sent"]}')
        self.client = None
        self.addCleanup(lambda: self.client and log_out(self.client))
        self.deeds = Counter()

    def test_soak(self):
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching", folder="INBOX")
        self.weather(daemon, SECONDS / 2)
        middle = self.calm(daemon)
        self.weather(daemon, SECONDS / 2)
        end = self.calm(daemon)
        self.figures(", ".join(f"{count} {deed}" for deed, count in self.deeds.most_common()))
        self.figures(f"memory {middle[0]} → {end[0]} KiB, descriptors {middle[1]} → {end[1]}")
        self.assertLess(end[0], middle[0] * 1.1 + 2048, "memory grows")
        self.assertLessEqual(end[1], middle[1] + 2, "descriptors grow")
        self.assertGreater(daemon.count("new mail kept"), 10)

    def calm(self, daemon):
        """(KiB, descriptors) when everything is level."""
        run = self.program_.sync(expect=(0, 1), seconds=120)
        if run.code != 0:  # a pass that was under way, or found the other half of a move missing
            self.program_.sync()
        self.deeds["messages on the server"] = int(self.level(daemon, self.server).split()[0])
        return daemon.memory_kb(), daemon.descriptors()

    def weather(self, daemon, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            deed = self.rng.choices(
                [self.arrive, self.flag, self.move, self.expunge, self.cut, self.kick,
                 self.restart, self.reload, self.ask],
                [50, 10, 5, 5, 4, 2, 1, 2, 3])[0]
            try:
                self.client = self.client or self.server.login()
                deed(daemon)
                self.deeds[deed.__name__] += 1
            except (imaplib.IMAP4.error, OSError):
                self.client = None  # kicked, or the server has gone
            self.assertFalse(daemon.wait_for_end(self.rng.uniform(0, LONGEST_PAUSE)),
                             "the daemon has ended")

    def arrive(self, daemon):
        self.append(self.client, self.rng.choice(FOLDERS), self.rng.randint(1, 3))

    def some(self):
        self.client.select(self.rng.choice(FOLDERS))
        uids = [uid.decode() for uid in self.client.uid("SEARCH", "ALL")[1][0].split()]
        return ",".join(self.rng.sample(uids, min(len(uids), self.rng.randint(1, 4)))) or "1"

    def flag(self, daemon):
        flags = self.rng.choice([r"(\Seen)", r"(\Flagged kw1)", r"(\Answered $Forwarded)"])
        self.client.uid("STORE", self.some(), self.rng.choice(["+FLAGS", "-FLAGS"]), flags)

    def move(self, daemon):
        self.client.uid("MOVE", self.some(), self.rng.choice(FOLDERS))

    def expunge(self, daemon):
        some = self.some()
        self.client.uid("STORE", some, "+FLAGS", r"(\Deleted)")
        self.client.uid("EXPUNGE", some)

    def cut(self, daemon):
        self.relay.cut()

    def kick(self, daemon):
        self.server.doveadm("kick", "alice")
        self.client = None

    def restart(self, daemon):
        self.server.kill()
        self.server.start()
        self.client = None

    def reload(self, daemon):
        daemon.reload()

    def ask(self, daemon):
        if self.rng.random() < 0.5:
            self.status(self.program_)
        else:
            self.program_.sync(expect=None, seconds=60)


if __name__ == "__main__":
    unittest.main()
