"""kill -9 at seeded moments of a first mirror; one pass later everything is exact.

IMAPKEEP_KILLS says how often (10), IMAPKEEP_SEED where the dice begin (1).
"""

import os
import random
import shutil
import subprocess
import unittest

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.relay import Relay
from live.server_view import view_server


class KillTest(LiveCase):
    def test_kill_during_the_first_mirror(self):
        kills = int(os.environ.get("IMAPKEEP_KILLS", "10"))
        rng = random.Random(int(os.environ.get("IMAPKEEP_SEED", "1")))
        server = self.dovecot(messages=2_000, folders=12, seed=41, small=True)
        relay = self.enterContext(Relay(server))
        program = self.program(relay)
        whole = program.sync().seconds
        with server.login() as client:
            seen = view_server(client)
        bodies = sum(len(folder.messages) for folder in seen.values())
        died, twice = 0, 0
        for round_ in range(kills):
            shutil.rmtree(self.store)
            shutil.rmtree(program.state)
            relay.forget()
            # Sometimes the pass that repairs is killed as well.
            for _ in range(1 + (round_ % 3 == 2)):
                moment = rng.uniform(0, whole)
                with open(self.work / "killed.log", "ab") as log:
                    process = program.start("sync", stdout=log, stderr=log)
                try:
                    process.wait(moment)
                except subprocess.TimeoutExpired:
                    process.kill()
                    died += process.wait() < 0
            program.sync()
            with self.subTest(round=round_, moment=moment):
                figures = assert_exact(self, seen, self.store)
            twice = max(twice, len(relay.fetched) - bodies)
        self.assertGreater(died, 0, "no kill hit; the first mirror is too fast for this test")
        self.figures(f"{died} killed within {whole:.2f} s; at most {twice} of {bodies} bodies "
                     f"fetched again in one round; {figures}")


if __name__ == "__main__":
    unittest.main()
