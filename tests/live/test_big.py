"""One huge message, and memory does not follow its size.

64 MB; with IMAPKEEP_BIG=1 also 5 GB, which is more than 32 bits can count.
"""

import hashlib
import os
import shutil
import unittest

from live.case import LiveCase
from live.certificates import make_certificate
from live.scripted import Body, Folder, ScriptedServer, message

MAX_PEAK_KB = 40 * 1024


class BigTest(LiveCase):
    def mirror(self, size):
        self.assertGreater(shutil.disk_usage(self.work).free, size + (1 << 30), "too little space")
        big = Body(length=size)
        folder = Folder({1: message(1), 2: big, 3: message(3)})
        with ScriptedServer(make_certificate(self.work), {b"INBOX": folder}) as server:
            program = self.program(server)
            run = program.sync(seconds=1500)
            expected = hashlib.sha256()
            for piece in big.pieces():
                expected.update(piece)
            files = sorted((self.store / "INBOX/cur").iterdir(), key=lambda f: f.stat().st_size)
            self.assertEqual(3, len(files))
            self.assertEqual(size, files[-1].stat().st_size)
            found = hashlib.sha256()
            with open(files[-1], "rb") as stored:
                while piece := stored.read(1 << 20):
                    found.update(piece)
            self.assertEqual(expected.hexdigest(), found.hexdigest())
            self.figures(f"{size} bytes in {run.seconds:.1f} s, peak {run.peak_kb / 1024:.1f} MB")
            self.assertLess(run.peak_kb, MAX_PEAK_KB)

    def test_sizes(self):
        sizes = [64_000_003] + ([5_000_000_007] if os.environ.get("IMAPKEEP_BIG") else [])
        for number, size in enumerate(sizes):
            with self.subTest(size=size):
                self.store = self.work / f"mail{number}"
                self.mirror(size)
                shutil.rmtree(self.work / "etc")
                shutil.rmtree(self.store)


if __name__ == "__main__":
    unittest.main()
