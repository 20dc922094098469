"""The real program, with its threads, is killed before the n-th call of each kind that changes the disk.

tests/cuts numbers what goes through the port Files and through SQLite, on one thread, and kills at
every number. This finds what goes past them (how a ledger is made, locks) and what only threads do.
strace counts for each thread by itself, so a place here is the n-th call of some thread.
"""

import os
import shutil
import subprocess
import unittest

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.server_view import view_server

CALLS = ["mkdirat", "openat", "write", "pwrite64", "utimensat", "fsync", "fdatasync", "syncfs",
         "renameat", "renameat2", "linkat", "unlinkat", "ftruncate", "flock"]


def cannot_run():
    if not shutil.which("strace"):
        return "no strace"
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True,
                           check=False)
    return "tracing is not allowed here" if tried.returncode else None


def moments(long):
    """1, 2, 3 … and then ever further apart."""
    place = 1
    while place < 5_000:
        yield place
        place += max(1, place // (8 if long else 2))


class KillSweepTest(LiveCase):
    def test_before_each_kind_of_call(self):
        server = self.dovecot(messages=60, folders=5, seed=43, small=True)
        program = self.program(server)
        with server.login() as client:
            seen = view_server(client)
        long = bool(os.environ.get("IMAPKEEP_LONG"))
        kills = 0
        for call in CALLS:
            for place in moments(long):
                shutil.rmtree(self.store, ignore_errors=True)
                shutil.rmtree(program.state, ignore_errors=True)
                wrap = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                        "-e", f"inject={call}:signal=KILL:when={place}")
                run = program.sync(expect=None, wrap=wrap)
                self.assertIn(run.code, (0, -9, 137), run.text)
                if run.code == 0:
                    break
                kills += 1
                program.sync()
                with self.subTest(call=call, place=place):
                    figures = assert_exact(self, seen, self.store)
        self.assertGreater(kills, 20)
        self.figures(f"{kills} kills; {figures}")


if __name__ == "__main__":
    unittest.main()
