"""Many messages, exactly: 4,000 in 12 folders, with IMAPKEEP_LONG=1 20,000 in 40."""

import os
import unittest

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.server_view import view_server

MAX_PEAK_KB = 48 * 1024


class ScaleTest(LiveCase):
    def test_many(self):
        messages, folders = (20_000, 40) if os.environ.get("IMAPKEEP_LONG") else (4_000, 12)
        server = self.dovecot(messages=messages, folders=folders, seed=81, small=True)
        program = self.program(server)
        first = program.sync(seconds=900)
        second = program.sync()
        with server.login() as client:
            figures = assert_exact(self, view_server(client), self.store)
        self.assertLess(first.peak_kb, MAX_PEAK_KB)
        self.figures(f"{figures}; first {first.seconds:.2f} s, "
                     f"{messages / first.seconds:.0f} messages a second, "
                     f"peak {first.peak_kb / 1024:.1f} MB; nothing changed {second.seconds:.2f} s, "
                     f"peak {second.peak_kb / 1024:.1f} MB")


if __name__ == "__main__":
    unittest.main()
