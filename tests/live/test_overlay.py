"""A mirror on overlayfs without redirect_dir: a directory of the lower layer cannot be renamed."""

import os
import shutil
import subprocess
import unittest

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.server_view import expect_ok, view_server


@unittest.skipIf(os.getuid() != 0, "mounting needs root")
class OverlayTest(LiveCase):
    def mount(self, *arguments, at):
        if subprocess.run(["mount", *arguments, at]).returncode != 0:
            self.skipTest("this kernel mounts no overlay here")
        self.addCleanup(subprocess.run, ["umount", at], check=True)

    def test_a_folder_of_the_lower_layer_is_renamed(self):
        server = self.dovecot(messages=120, folders=4, seed=5)
        program = self.program(server)
        program.sync()
        disk = self.work / "disk"
        disk.mkdir()
        self.mount("-t", "tmpfs", "disk", at=disk)
        for name in ("up", "work"):
            (disk / name).mkdir()
        shutil.copytree(self.store, disk / "low")
        shutil.rmtree(self.store)
        self.store.mkdir()
        layers = f"lowerdir={disk}/low,upperdir={disk}/up,workdir={disk}/work,redirect_dir=off"
        self.mount("-t", "overlay", "overlay", "-o", layers, at=self.store)
        with server.login() as client:
            expect_ok(client.rename("Sent", "Renamed"))
            program.sync()
            self.figures(assert_exact(self, view_server(client), self.store))
        self.assertGreater(len(list((self.store / "Renamed/cur").iterdir())), 0)
        self.assertFalse((self.store / ".imapkeep/moving").exists())
