"""What the tests of full disks share: one mailbox, a mirror on a disk that gets full, and what must
hold whenever it does. No process dies by a signal; the exit code is one for a full disk and the
sentence names it and what to do; what journal and names say is stored is there, whole; and with room
again the next pass makes the mirror exact."""

import contextlib
import hashlib

from live.case import LiveCase
from live.journal import read_journal
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files, unpacked, view_mirror
from live.program import Account, Program
from live.server_view import view_server
from live.small_disk import SmallDisk

NO_ROOM = ("disk is full", "no space left", "database or disk is full", "quota", "bytes are free",
           "does not fit")
REMEDY = ("make room", "must stay free")
WHERE = {"store": (True, False), "state": (False, True), "both": (True, True)}


def stored_but_damaged(store):
    """What the journal calls live and is not there with its SHA-256, as far as there is a journal."""
    if not (store / ".imapkeep/store.json").exists():
        return []
    there = set()
    for path in store.rglob("*"):
        if path.parent.name in ("cur", "new") and path.is_file():
            there.add(hashlib.sha256(path.read_bytes()).hexdigest())
    # It has left, and the line that says so found no room.
    there.update(hashlib.sha256(unpacked(path)).hexdigest() for path in kept_files(store))
    journal = read_journal(store)
    # A store that was made and has no journal yet holds nothing.
    told = [one for one in journal.complaints if one != "the journal is empty"]
    return told + [f"{key} is not there" for key, record in journal.live.items()
                                 if record["sha256"] not in there]


class FullDiskCase(LiveCase):
    def disk(self, kind, **options):
        disk = SmallDisk(kind, **options)
        self.addCleanup(disk.close)
        return disk

    @contextlib.contextmanager
    def step(self, disk, **what):
        """One subtest on this disk, which is empty before and after it."""
        with self.subTest(kind=disk.kind, **what):
            try:
                yield
            finally:
                disk.give_room()
                disk.clear()

    def on(self, disk, where, server, **keys):
        """A program whose store, state or both lie on this disk, and nothing there yet."""
        store_there, state_there = WHERE[where]
        self.count = getattr(self, "count", 0) + 1
        aside = self.work / f"run{self.count}"
        self.store = (disk.path if store_there else aside) / "mail"
        state = (disk.path if state_there else aside) / "state"
        return Program(aside, Account("work", server, self.store, **keys), state=state)

    def goes_full(self, program, disk, *arguments, codes=(0, 1, 74)):
        """One run on a disk that may be full."""
        run = program.run(*(arguments or ("sync",)), expect=None)
        text = run.text.lower()
        self.assertIn(run.code, codes, run.text)
        if run.code == 74:
            self.assertTrue(any(words in text for words in NO_ROOM), run.text)
            self.assertTrue(any(words in text for words in REMEDY), run.text)
            self.assertIn(str(disk.path), run.text)
        if run.code == 1:
            self.assertIn("does not fit on the disk", text)
        self.assertEqual([], stored_but_damaged(self.store), run.text)
        if (self.store / ".imapkeep").exists():
            # Whatever is there under its final name is complete; tmp/ is emptied when it is opened.
            self.assertEqual([], [told for told in view_mirror(self.store).complaints
                                  if "/tmp" not in told], run.text)
        return run

    def recovers(self, program, disk, seen):
        disk.give_room()
        program.sync()
        return assert_exact(self, seen, self.store)

    def see(self, server):
        with server.login() as client:
            return view_server(client)
