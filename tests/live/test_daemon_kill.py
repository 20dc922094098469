"""kill -9 at seeded moments while mail arrives; the daemon that comes after it makes everything exact.

IMAPKEEP_KILLS says how often (20), IMAPKEEP_SEED where the dice begin (1).
"""

import os
import random
import subprocess
import threading
import unittest

from live.daemon import Daemon
from live.daemon_case import DaemonCase

WATCH_TWO = '{watch: ["INBOX", "Sent"]}'


class DaemonKillTest(DaemonCase):
    def test_killed_while_mail_arrives(self):
        kills = int(os.environ.get("IMAPKEEP_KILLS", "20"))
        rng = random.Random(int(os.environ.get("IMAPKEEP_SEED", "1")))
        server = self.dovecot(messages=60, folders=4, seed=42, small=True)
        program = self.program(server, folders=WATCH_TWO)
        ended = threading.Event()
        postman = threading.Thread(target=self.deliver, args=(server, ended, rng.random()))
        postman.start()
        try:
            kept = sum(self.one_life(program, rng, number % 2) for number in range(kills))
        finally:
            ended.set()
            postman.join()
        self.assertGreaterEqual(kept, kills // 2)
        daemon = self.daemon(program)
        daemon.wait_for("watching", folder="INBOX")
        self.figures(f"{kills} killed, {kept} arrivals kept meanwhile; "
                     + self.level(daemon, server))

    def one_life(self, program, rng, waits_for_mail):
        """How many arrivals the daemon told of before it was killed: somewhere in its first second,
        or between one arrival and the next."""
        daemon = Daemon(program)
        daemon.wait_for("new mail kept" if waits_for_mail else "started")
        try:
            daemon.process.wait(rng.uniform(0, 0.1 if waits_for_mail else 1))
            self.fail("the daemon ended by itself")
        except subprocess.TimeoutExpired:
            daemon.kill()
        return daemon.count("new mail kept")

    def deliver(self, server, ended, seed):
        rng = random.Random(seed)
        client = self.client_of(server)
        while not ended.wait(rng.uniform(0, 0.08)):
            self.append(client, rng.choice(("INBOX", "INBOX", "Sent", "Archive/2023")))


if __name__ == "__main__":
    unittest.main()
