"""Calls on files of the state directory fail, each in its turn, once or for ever: the ledger as SQLite
uses it, the lock, the control socket. The program ends with an exit code of its own and says what is
wrong, whatever the journal says is stored is there, and without faults the next pass is exact.

A seeded slice; IMAPKEEP_LONG=1: every call.
"""

import errno
import os
import random
import shutil
import unittest

from live.daemon import Daemon
from live.daemon_case import LONG, DaemonCase
from live.full_disk_case import stored_but_damaged
from live.io_faults import FOR_EVER, LIBRARY, Faults
from live.mirror_checks import assert_exact
from live.server_view import expect_ok, view_server

SEED = int(os.environ.get("IMAPKEEP_SEED", "1"))
# EACCES is what a lock says that somebody else holds: SQLite waits for it.
CODES = (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EMFILE)
SLICE = 12


def cannot_run():
    return None if LIBRARY.exists() else f"{LIBRARY} was not built"


class StateFaultsTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=25, folders=3, seed=17, small=True)
        self.program_ = self.program(self.server)
        self.faults = Faults(self.work / "faults", self.program_.state)
        self.chance = random.Random(SEED)
        self.see()

    def see(self):
        with self.server.login() as client:
            self.seen = view_server(client)

    def environment(self):
        return {**os.environ, **self.faults.environment()}

    def begin_anew(self, with_mirror):
        for path in (self.store, self.program_.state):
            shutil.rmtree(path, ignore_errors=True)
        if with_mirror:
            self.program_.sync()

    def calls_of(self, *command):
        """How many calls this makes when none fails."""
        self.faults.reset()
        self.program_.run(*command, expect=0, env=self.environment())
        return self.faults.count

    def at_each_call(self, calls):
        """(number, errno, how many fail), each combination or a slice."""
        everything = [(number, code, many) for number in range(1, calls + 1) for code in CODES
                      for many in (1, FOR_EVER)]
        return everything if LONG else self.chance.sample(everything, min(SLICE, len(everything)))

    def faulty(self, number, code, many, *command):
        self.faults.reset()
        self.faults.arm(number, code, many)
        run = self.program_.run(*command, expect=None, env=self.environment(), seconds=60)
        self.assertGreaterEqual(run.code, 0, f"{self.faults.shown()}: {run.text}")
        return run

    def syncs(self, with_mirror):
        self.begin_anew(with_mirror)
        calls = self.calls_of("sync")
        told = {}
        for number, code, many in self.at_each_call(calls):
            self.begin_anew(with_mirror)
            if with_mirror:
                self.change_mailbox()
            run = self.faulty(number, code, many, "sync")
            with self.subTest(number=number, many=min(many, 2), fault=self.faults.shown()):
                told[run.code] = told.get(run.code, 0) + 1
                # 0: what failed is not needed (a socket's permissions, an index that is only faster).
                self.assertIn(run.code, (0, 74), run.text)
                if run.code == 74:
                    self.assertIn(str(self.program_.state), run.text)
                self.assertEqual([], stored_but_damaged(self.store), run.text)
                self.program_.sync()
                assert_exact(self, self.seen, self.store)
        self.figures(f"{calls} calls; exit codes {told}")
        self.assertGreater(told.get(74, 0), 0)

    def change_mailbox(self):
        with self.server.login() as client:
            expect_ok(client.append("INBOX", None, None, b"Subject: one more\r\n\r\nx\r\n"))
            expect_ok(client.select("INBOX"))
            expect_ok(client.uid("STORE", "1:3", "+FLAGS", "(odd)"))
        self.see()

    def test_first_mirror(self):
        self.syncs(with_mirror=False)

    def test_a_mirror_that_is_there(self):
        self.syncs(with_mirror=True)

    def test_reading_commands(self):
        self.begin_anew(with_mirror=True)
        for command in (("status",), ("doctor", "work")):
            calls = self.calls_of(*command)
            for number, code, many in self.at_each_call(calls):
                run = self.faulty(number, code, many, *command)
                with self.subTest(command=command, fault=self.faults.shown()):
                    self.assertIn(run.code, (0, 1, 74), run.text)
            self.figures(f"{' '.join(command)}: {calls} calls")
        self.program_.sync()
        assert_exact(self, self.seen, self.store)

    def test_daemon(self):
        """It never ends, and is level again by itself once calls succeed."""
        daemon = Daemon(self.program_, environment=self.faults.environment())
        self.addCleanup(daemon.kill)
        daemon.wait_for("watching")
        client = self.client_of(self.server)
        before = self.faults.count
        self.append(client)
        self.level(daemon, self.server)
        calls = self.faults.count - before
        for number, code, many in self.at_each_call(calls):
            self.faults.arm(number, code, many)
            place = daemon.place()
            self.append(client)
            daemon.wait_for_more(place, 2)
            self.faults.disarm()
            with self.subTest(number=number, many=min(many, 2), fault=self.faults.shown()):
                daemon.reload()
                # An unlock that fails SQLite keeps to itself, and then waits 18 s for its own lock.
                self.level(daemon, self.server, seconds=90)
                self.assertIsNone(daemon.process.poll())
        self.figures(f"new mail: {calls} calls")
        self.assertEqual(0, daemon.stop()[0])


if __name__ == "__main__":
    unittest.main()
