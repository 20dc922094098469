"""What the live tests share: a directory that goes away, and figures that are printed."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from generator.generate import fill
from live.dovecot import Dovecot
from live.program import BINARY, Account, Program

AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


class LiveCase(unittest.TestCase):
    maxDiff = 4000
    place = None  # where the directory is made: None for the usual one

    def setUp(self):
        if not BINARY.exists():
            self.fail(f"no program at {BINARY}: set IMAPKEEP")
        # Short, since a Unix socket's path ends at 107 octets; open, since the mail user goes in.
        self.work = Path(tempfile.mkdtemp(prefix="ik-", dir=self.place))
        self.work.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.store = self.work / "mail"

    def dovecot(self, flavour="full", messages=0, folders=4, seed=1, small=False, start=True,
                users=("alice",), provider=None, acl=False):
        server = Dovecot(self.work / f"dovecot-{flavour}", flavour, users, provider, acl)
        owner = server.owner if os.getuid() == 0 else None
        fill(server.mail_root(), messages, folders, seed, small, owner)
        self.addCleanup(server.kill)
        return server.start() if start else server

    def program(self, server, name="work", **keys):
        return Program(self.work / "etc", Account(name, server, self.store, **keys))

    def figures(self, text):
        print(f"  {self.id().rpartition('.')[2]}: {text}", flush=True)

    def as_nobody(self, program, *paths):
        """How to run the program so that file modes count; hands it the paths."""
        if os.getuid() != 0:
            return ()
        # The build may stand where only root can go.
        program.binary = shutil.copy(BINARY, self.work / "imapkeep")
        for path in paths:
            if Path(path).exists():
                subprocess.run(["chown", "-R", "nobody:nogroup", path], check=True)
        return AS_NOBODY
