"""The disk is full: 74 or 75, nothing is half stored, and with space again the rest comes."""

import os
import subprocess
import tempfile
import unittest

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.mirror_view import view_mirror
from live.server_view import view_server

SIZE = "3m"


def mount(path):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", path],
                          capture_output=True, check=False)


def cannot_run():
    if os.getuid() != 0:
        return "only root can mount a small file system"
    with tempfile.TemporaryDirectory() as directory:
        done = mount(directory)
        if done.returncode != 0:
            return "mount is not allowed here: " + done.stderr.decode().strip()
        subprocess.run(["umount", directory], check=True)
    return None


class FullDiskTest(LiveCase):
    def test_full(self):
        server = self.dovecot(messages=400, folders=6, seed=71)
        disk = self.work / "disk"
        disk.mkdir()
        self.assertEqual(0, mount(disk).returncode)
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        self.store = disk / "mail"
        for min_free in ("0", "1MiB"):
            with self.subTest(min_free=min_free):
                program = self.program(server, min_free=min_free)
                run = program.sync(expect=(1, 74, 75))
                text = run.text.lower()
                self.assertTrue("space" in text or "full" in text or "free" in text, run.text)
                # Whatever is there under its final name is complete.
                self.assertEqual([], [told for told in view_mirror(self.store).complaints
                                      if "/tmp" not in told])
                self.figures(f"min_free {min_free}: exit {run.code}, "
                             f"{view_mirror(self.store).count} stored: {run.text.strip()[-200:]}")
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        program.sync()
        with server.login() as client:
            self.figures(assert_exact(self, view_server(client), self.store))


if __name__ == "__main__":
    unittest.main()
