"""The power is cut under the real program, with its threads, at seeded moments of a first mirror.

tests/cuts goes through every call of one thread; this has no numbers, and lanes that run beside
each other. IMAPKEEP_CUTS says how often (8), IMAPKEEP_SEED where the dice begin (1).
"""

import ctypes
import fcntl
import os
import random
import shutil
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from live.case import LiveCase
from live.journal import read_journal
from live.mirror_checks import assert_exact
from live.mirror_view import view_mirror
from live.program import Program
from live.server_view import view_server

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
LOG_FLUSH, NO_LOG_FLUSH = 1, 2
CLONE_NEWNS = 0x00020000


def run(*command):
    return subprocess.run(command, capture_output=True, check=False)


def enter_own_view():
    """Why not, or None. Another process that makes itself a view of the file systems while the disk
    is mounted would hold the dead one; what is mounted in a view of our own nobody copies."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        return "unshare: " + os.strerror(ctypes.get_errno())
    done = run("mount", "--make-rprivate", "/")
    return done.stderr.decode().strip() or None


class Disk:
    """An ext4 in a file, whose power can be cut."""

    def __init__(self, directory):
        self.image, self.path = Path(directory) / "image", Path(directory) / "disk"
        self.path.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(96 << 20)
        self.why_not = None
        for command in (("mkfs.ext4", "-q", "-F", self.image), self.mounting()):
            done = run(*command)
            if done.returncode:
                self.why_not = f"{command[0]}: {done.stderr.decode().strip()}"
                return

    def mounting(self):
        return ("mount", "-o", "loop", self.image, self.path)

    def cut(self, flags):
        directory = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, SHUTDOWN, struct.pack("I", flags))
        finally:
            os.close(directory)

    def mount_again(self):
        for command in (("umount", self.path), self.mounting()):
            done = run(*command)
            if done.returncode:
                raise AssertionError(f"{command[0]}: {done.stderr.decode()}")

    def remove(self):
        run("umount", "-l", self.path)


def cannot_run():
    if os.getuid() != 0:
        return "only root can mount a disk"
    if not shutil.which("mkfs.ext4"):
        return "no mkfs.ext4"
    if why_not := enter_own_view():
        return why_not
    with tempfile.TemporaryDirectory() as directory:
        disk = Disk(directory)
        disk.remove()
        return disk.why_not


class PowerCutTest(LiveCase):
    def test_cut_during_the_first_mirror(self):
        cuts = int(os.environ.get("IMAPKEEP_CUTS", "8"))
        rng = random.Random(int(os.environ.get("IMAPKEEP_SEED", "1")))
        server = self.dovecot(messages=1_500, folders=10, seed=45, small=True)
        with server.login() as client:
            seen = view_server(client)
        disk = Disk(self.work)
        self.assertIsNone(disk.why_not)
        self.addCleanup(disk.remove)
        whole, stored, died = None, 0, 0
        for round_ in range(cuts + 1):
            place = disk.path / str(round_)
            place.mkdir()
            self.store = place / "mail"
            inside = round_ % 2 == 0
            state = (place if inside else self.work) / f"state-{round_}"
            program = Program(self.work / "etc", self.program(server).accounts[0], state=state)
            os.sync()
            if whole is None:  # how long it takes when nothing happens
                whole = program.sync().seconds
                shutil.rmtree(place)
                continue
            with open(self.work / "cut.log", "ab") as log:
                process = program.start("sync", stdout=log, stderr=log)
            moment = rng.uniform(0, whole)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                died += 1
            disk.cut(rng.choice((LOG_FLUSH, NO_LOG_FLUSH)))
            process.kill()
            process.wait()
            disk.mount_again()
            with self.subTest(round=round_, moment=moment, ledger_inside=inside):
                stored += self.check_kept()
                program.sync()
                figures = assert_exact(self, seen, self.store)
            shutil.rmtree(place)
        self.assertGreater(died, 0, "no cut hit; the first mirror is too fast for this test")
        self.assertGreater(stored, 0, "nothing had been stored before any cut")
        self.figures(f"{died} cut within {whole:.2f} s, {stored} messages stored before; {figures}")

    def check_kept(self):
        """What the journal says is live is there, whole; how many."""
        if not (self.store / ".imapkeep" / "store.json").exists():
            return 0
        journal, files = read_journal(self.store), view_mirror(self.store)
        allowed = ("the journal is empty",) if not journal.lines else ()
        told = [one for one in journal.complaints if one not in allowed]
        told += [one for one in files.complaints if "/tmp" not in one]
        for (folder, _, uid), record in journal.live.items():
            path = journal.folders[folder].path
            file = files.folders.get(path, {}).get(record["base"])
            if file is None or file.sha256 != record["sha256"]:
                told.append(f"{path} UID {uid} is live and has no file with its SHA-256")
        self.assertEqual([], told[:20])
        return len(journal.live)


if __name__ == "__main__":
    unittest.main()
