"""What the service manager is told: each thing once, in its order, and the watchdog only while the
event loop turns."""

import fcntl
import re
import time
import unittest

from live.daemon import Daemon
from live.daemon_case import DaemonCase
from live.program import Account, Program

WATCHDOG_SECONDS = 6  # fed every three


class NotifyTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=20)
        self.program_ = self.program(self.server)
        self.told = self.notify()

    def watchdog(self, **options):
        """Asked for as systemd does it: for this very process."""
        wrap = ["sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh"]
        environment = {"WATCHDOG_USEC": str(WATCHDOG_SECONDS * 1_000_000)}
        return Daemon(self.program_, notify=self.told, wrap=wrap, environment=environment, **options)

    def test_in_order(self):
        with Daemon(self.program_, notify=self.told) as daemon:
            ready = self.told.wait_for("READY=1")
            daemon.wait_for("started", seconds=0.5)
            watching = self.told.wait_for("STATUS=1 account: 1 watching", after=ready)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            daemon.reload()
            reloading = self.told.wait_for("RELOADING=1", after=watching)
            found = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)",
                                 self.told.texts()[reloading - 1])
            self.assertTrue(before <= int(found[1]) <= before + 10_000_000, found[0])
            self.told.wait_for("READY=1", after=reloading)
        texts = self.told.texts()
        self.assertTrue(texts[0].startswith("READY=1\nSTATUS="), texts)
        self.assertTrue(texts[-1].startswith("STOPPING=1\nSTATUS="), texts)
        events = [word for text in texts for word in re.findall(r"^[A-Z]+(?==1$)", text, re.M)]
        self.assertEqual(["READY", "RELOADING", "READY", "STOPPING"], events)
        self.assertNotIn("WATCHDOG", "".join(texts))
        self.figures(f"{len(texts)} messages: {texts}")

    def test_ready_only_when_it_listens(self):
        """Not ready when it cannot start; ready although no server can be reached."""
        self.program_.state.mkdir(mode=0o700)
        (self.program_.state / "control").write_text("somebody's notes")
        code = Daemon(self.program_, notify=self.told).end()
        self.assertEqual(74, code)
        self.assertEqual([], [text for text in self.told.texts() if "READY" in text])
        (self.program_.state / "control").unlink()
        self.server.kill()
        with Daemon(self.program_, notify=self.told) as daemon:
            self.told.wait_for("READY=1")
            daemon.wait_for("account waits")
            self.told.wait_for("STATUS=1 account: 1 waiting")

    def test_status_says_who_needs_you(self):
        bad = Account("bad", self.server, self.work / "bad")
        bad.keys["ca"] = None
        program = Program(self.work / "two", *self.program_.accounts, bad)
        with Daemon(program, notify=self.told):
            self.told.wait_for("STATUS=2 accounts: 1 needs-you, 1 watching")

    def test_the_watchdog_is_fed_while_the_loop_turns(self):
        with self.watchdog() as daemon:
            self.told.wait_for("READY=1")
            times = []
            place = 0
            for _ in range(2):
                place = self.told.wait_for("WATCHDOG=1", after=place, seconds=WATCHDOG_SECONDS)
                times.append(self.told.messages[place - 1][0])
            self.figures(f"fed {times[1] - times[0]:.1f} s apart")
            self.assertLess(times[1] - times[0], 0.7 * WATCHDOG_SECONDS)
            # The log's reader falls asleep: its pipe is full, and the loop stands in write(2).
            self.hang(daemon)
            after = len(self.told.texts())
            with self.assertRaises(AssertionError):
                self.told.wait_for("WATCHDOG", after=after, seconds=WATCHDOG_SECONDS + 1)
            daemon.hears.set()
            daemon.wait_for("the event loop was late")
            self.told.wait_for("WATCHDOG=1", after=after, seconds=WATCHDOG_SECONDS)

    def hang(self, daemon):
        fcntl.fcntl(daemon.process.stderr, fcntl.F_SETPIPE_SZ, 4096)
        self.program_.config.write_text("accounts: {x: {" + "y" * 2000 + ": 1}}\n")
        daemon.hears.clear()
        for _ in range(40):
            after = len(self.told.texts())
            daemon.reload()
            try:
                begun = self.told.wait_for("RELOADING=1", after=after, seconds=4)
                self.told.wait_for("READY=1", after=begun, seconds=4)
            except AssertionError:
                return
        self.fail("the loop turns on although nobody reads the log")


if __name__ == "__main__":
    unittest.main()
