"""The ledger is an index and the journal a history: either can be lost, and no mail with it."""

import json
import os
import shutil
import subprocess
import unittest

from live.case import LiveCase
from live.journal import read_journal, segments
from live.mirror_checks import assert_exact
from live.mirror_view import view_mirror
from live.relay import Relay
from live.server_view import expect_ok, view_server


class RebuildTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=300, folders=8, seed=51)
        self.relay = self.enterContext(Relay(self.server))
        self.program_ = self.program(self.relay)
        self.program_.sync()
        self.client = self.server.login()
        self.addCleanup(self.client.logout)
        self.relay.forget()

    def exact(self, fetched=None):
        figures = assert_exact(self, view_server(self.client), self.store)
        if fetched is not None:
            self.assertEqual(fetched, len(self.relay.fetched), "bodies fetched")
        self.figures(f"{figures}; {len(self.relay.fetched)} fetched")

    def add_mail(self, count):
        for number in range(count):
            mail = b"Subject: later %d\r\n\r\nlater\r\n" % number
            expect_ok(self.client.append("INBOX", None, None, mail))

    def forget_ledger(self):
        shutil.rmtree(self.program_.state)

    def names(self):
        files = view_mirror(self.store)
        return {(path, file.path.name, file.inode)
                for path, stored in files.folders.items() for file in stored.values()}

    def test_ledger_lost(self):
        before = self.names()
        self.forget_ledger()
        self.program_.sync()
        self.exact(fetched=0)
        self.assertEqual(before, self.names())

    def test_ledger_is_no_database(self):
        for path in self.program_.state.iterdir():
            if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3":
                path.write_bytes(b"this is no database" * 400)
        self.program_.sync()
        self.exact(fetched=0)

    def test_ledger_older_than_the_store(self):
        old = self.work / "old-state"
        shutil.copytree(self.program_.state, old)
        self.add_mail(7)
        self.program_.sync()
        self.relay.forget()
        shutil.rmtree(self.program_.state)
        old.rename(self.program_.state)
        self.program_.sync()
        self.exact(fetched=0)

    def test_store_older_than_the_ledger(self):
        old = self.work / "old-mail"
        copy_tree(self.store, old)
        self.add_mail(7)
        self.program_.sync()
        self.relay.forget()
        shutil.rmtree(self.store)
        old.rename(self.store)
        self.program_.sync()
        self.exact(fetched=7)

    def test_copy_without_its_hard_links(self):
        """Complete at once, and the recipe of docs/storage.md section 7 gives the room back."""
        self.select_and_copy("INBOX", 20, "Sent")
        self.program_.sync()
        one_each = len({inode for _, _, inode in self.names()})
        old = self.work / "old-mail"
        self.store.rename(old)
        subprocess.run(["cp", "-r", "--preserve=timestamps,mode", "--no-preserve=links", old,
                        self.store], check=True)
        shutil.rmtree(old)
        self.assertGreaterEqual(len({inode for _, _, inode in self.names()}), one_each + 20)
        self.relay.forget()
        self.assertIn("store is a copy", self.program_.sync().text)
        self.exact(fetched=0)
        subprocess.run(["hardlink", "-q", "-x", "/[.]imapkeep/", self.store], check=True)
        self.assertLessEqual(len({inode for _, _, inode in self.names()}), one_each)
        self.program_.sync()
        self.exact(fetched=0)

    def select_and_copy(self, folder, count, to):
        expect_ok(self.client.select(folder))
        uids = expect_ok(self.client.uid("SEARCH", "ALL"))[0].split()[:count]
        expect_ok(self.client.uid("COPY", b",".join(uids).decode(), to))

    def test_journal_and_ledger_lost(self):
        before = view_mirror(self.store).count
        self.forget_ledger()
        for segment in segments(self.store):
            segment.unlink()
        self.program_.sync(expect=(0, 1))
        self.program_.sync()
        self.exact()
        self.assertEqual(before, view_mirror(self.store).count)

    def test_last_line_torn(self):
        self.forget_ledger()
        segment = segments(self.store)[-1]
        segment.write_bytes(segment.read_bytes()[:-30])
        self.program_.sync()
        self.exact()

    def test_damage_in_the_middle_is_said_and_nothing_is_touched(self):
        self.forget_ledger()
        segment = segments(self.store)[0]
        lines = segment.read_bytes().split(b"\n")
        lines[40] = lines[40][:-20] + b"x" * 20
        segment.write_bytes(b"\n".join(lines))
        before = self.names()
        run = self.program_.sync(expect=74)
        self.assertIn(segment.name, run.text)
        self.assertIn("41", run.text)
        self.assertEqual(before, self.names())
        # The remedy of docs/storage.md section 4: take the line out.
        del lines[40]
        segment.write_bytes(b"\n".join(lines))
        shutil.rmtree(self.program_.state, ignore_errors=True)
        self.program_.sync()
        told = [text for text in read_journal(self.store).complaints if "`end`" not in text]
        self.assertEqual([], told)

    def test_repair_of_any_line(self):
        """The remedy of docs/storage.md section 4, once for each kind of line."""
        number = int(segments(self.store)[0].stem)
        lines = segments(self.store)[0].read_bytes().split(b"\n")
        kinds = {}
        for at, line in enumerate(lines[1:-1], 1):
            kinds.setdefault(json.loads(line)["t"], at)
        self.assertIn("folder", kinds)
        copy = self.work / "whole"
        shutil.copytree(self.store, copy, copy_function=os.link)
        for kind, at in kinds.items():
            with self.subTest(kind):
                segment = self.store / f".imapkeep/journal/{number:010d}.jsonl"
                for other in segments(self.store):
                    other.unlink()
                # Without `end`, whose count of lines a repair makes wrong; nothing depends on it.
                whole = lines if kind == "end" else lines[:-2] + [b""]
                segment.write_bytes(b"\n".join(whole[:at] + [b"x"] + whole[at + 1:]))
                shutil.rmtree(self.program_.state, ignore_errors=True)
                if kind != "end":
                    self.program_.sync(expect=74)
                subprocess.run(["sed", "-i", f"{at + 1}d", segment], check=True)
                shutil.rmtree(self.program_.state, ignore_errors=True)
                self.program_.sync()
                self.exact()

    def test_a_reader_deletes_a_file(self):
        victim = next((self.store / "INBOX/cur").iterdir())
        victim.unlink()
        os.utime(self.store / "INBOX/cur")
        self.program_.sync()
        self.exact()

    def test_a_reader_renames_flags_and_adds_its_own_files(self):
        some = sorted((self.store / "INBOX/cur").iterdir())[:3]
        for file in some:
            base, _, letters = file.name.partition(":2,")
            file.rename(file.with_name(base + ":2," + "".join(sorted(set(letters) ^ {"R"}))))
        foreign = self.store / "INBOX/cur/1.foreign:2,"
        foreign.write_bytes(b"Subject: not ours\n\nx\n")
        self.program_.sync()
        self.assertEqual([], self.relay.fetched, "a renamed file is not a missing one")
        self.assertTrue(foreign.exists())
        foreign.unlink()


def copy_tree(source, target):
    """With links kept as links, as a backup program does."""
    subprocess.run(["cp", "-a", source, target], check=True)


if __name__ == "__main__":
    unittest.main()
