"""A ledger that is damaged while the daemon runs: the daemon ends, and started again it makes a new
one from the journals, without fetching a body."""

import contextlib
import sqlite3
import unittest

from live.daemon import Daemon
from live.daemon_case import DaemonCase
from live.relay import Relay

PAGE = 4096


def spoil(ledger):
    """Torn pages, and a commit by which everybody who has cached them looks again."""
    with contextlib.closing(sqlite3.connect(ledger)) as database:
        database.execute("update account set opened_ms = opened_ms + 1")
        database.commit()
        database.execute("pragma wal_checkpoint(truncate)").fetchall()
    with open(ledger, "r+b") as file:
        file.seek(0, 2)
        pages = file.tell() // PAGE
        file.seek(PAGE)
        file.write(b"\xa5" * (pages - 1) * PAGE)


class DaemonLedgerTest(DaemonCase):
    def test_damaged_while_it_runs(self):
        server = self.dovecot(messages=60)
        client = self.client_of(server)
        with Relay(server, strict=True) as relay:
            program = self.program(relay)
            daemon = Daemon(program)
            self.addCleanup(daemon.kill)
            daemon.wait_for("watching", folder="INBOX")
            spoil(program.state / "ledger")
            self.append(client)
            self.assertEqual(74, daemon.process.wait(30), "\n".join(map(str, daemon.lines[-5:])))
            relay.forget()

            again = self.daemon(program)
            again.wait_for("watching", folder="INBOX")
            self.figures(self.level(again, server))
            self.assertLessEqual(len(relay.fetched), 1, "only the new message may be fetched")


if __name__ == "__main__":
    unittest.main()
