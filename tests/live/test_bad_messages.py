"""One message, or one answer, that is bad: everything else goes on in the same pass."""

import os
import re
import unittest

from live.case import LiveCase
from live.certificates import make_certificate
from live.mirror_checks import assert_exact
from live.program import Account, Program
from live.scripted import Body, Folder, ScriptedServer, message
from live.server_view import view_server

MISSING = 1234
LOST = "the connection is lost when this message is asked for"


def give_wrong_size(file):
    """As a message that somebody packed or edited in place: its name says another S= than it has."""
    stem, _, info = file.name.partition(":")
    stem = re.sub(r",[SW]=\d+", "", stem) + f",S={file.stat().st_size + MISSING}"
    target = file.with_name(stem + (":" + info if info else ""))
    os.rename(file, target)
    return target


class DovecotTest(LiveCase):
    @staticmethod
    def owed(run):
        return len(re.findall(r"owed: .*, UID \d+: " + LOST, run.text))

    def test_a_wrong_size_in_a_file_name(self):
        server = self.dovecot(messages=120, folders=4, start=False)
        root = server.mail_root()
        spoiled = []
        boxes = sorted(cur for cur in root.rglob("cur") if len(list(cur.iterdir())) > 6)
        for cur in boxes[:2]:
            spoiled.append(give_wrong_size(sorted(cur.iterdir())[5]))
        self.assertEqual(len(spoiled), 2)
        server.start()
        program = self.program(server)
        run = program.sync(expect=1, seconds=200)
        self.assertEqual(self.owed(run), 2, run.text)
        self.figures(f"two bad messages found in {run.seconds:.1f} s")
        stored = [file for file in self.store.rglob("cur/*")]
        there = [file for file in root.rglob("cur/*")]
        self.assertEqual(len(stored), len(there) - 2)
        # Every pass tries again, at the price of one connection each, and tells the same.
        again = program.sync(expect=1, seconds=200)
        self.assertEqual(self.owed(again), 2, again.text)
        # The postmaster mends them. (Under other names they would be other messages.)
        server.stop()
        for file in spoiled:
            with open(file, "ab") as end:
                end.write(b"x" * MISSING)
        for cache in root.rglob("dovecot.index*"):
            cache.unlink()
        server.start()
        program.sync(expect=0, seconds=200)
        assert_exact(self, view_server(server.login()), self.store)


class Extended(ScriptedServer):
    """Bad in one message or one answer, as its class says."""

    bad = 2


class TailBehindLiteral(Extended):
    """The literal of one message is followed by what belongs to no FETCH."""

    async def answer(self, session, line):
        if b"BODY.PEEK[]" not in line.upper():
            return await session.behave(line)
        tag = line.split(b" ")[0]
        wanted = session.wanted(line.split(b" ")[3])
        for number, uid in enumerate(sorted(session.folder.messages), 1):
            if not wanted(uid):
                continue
            body = session.folder.messages[uid]
            tail = b" X-TAIL {broken" if uid == self.bad else b")"
            await session.raw(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, uid, body.size)
                              + body.data + tail + b"\r\n")
        await session.say(tag + b" OK done")
        return None


class DiesAtSize(Extended):
    said = b"* BYE FETCH failed: Internal error occurred. Refer to server log for more information."

    async def answer(self, session, line):
        if b"RFC822.SIZE" in line.upper() and session.wanted(line.split(b" ")[3])(self.bad):
            if session.folder is self.folders[b"INBOX"]:
                await session.say(self.said)
                session.over = True
                return None
        return await session.behave(line)


class ManyKeywords(ScriptedServer):
    """FLAGS of a folder and of a message longer than any line."""

    async def answer(self, session, line):
        if b" EXAMINE " in line.upper():
            await session.say(b"* FLAGS (" + b" ".join(b"key%d" % i for i in range(300_000)) + b")")
        return await session.behave(line)


class EndlessList(ScriptedServer):
    async def answer(self, session, line):
        if b" LIST " not in line.upper():
            return await session.behave(line)
        number = 0
        while True:
            number += 1
            await session.raw(b"".join(b'* LIST () "/" "folder %d %d"\r\n' % (number, i)
                                       for i in range(1000)))


class EndlessNoise(ScriptedServer):
    async def answer(self, session, line):
        if b" EXAMINE " not in line.upper():
            return await session.behave(line)
        while True:
            await session.raw(b"* OK [X-NOISE] " + b"n" * 60_000 + b"\r\n")


class HugeUidValidity(ScriptedServer):
    async def answer(self, session, line):
        if b" EXAMINE " not in line.upper() or b"Strange" not in line:
            return await session.behave(line)
        await session.say(b"* 1 EXISTS", b"* OK [UIDVALIDITY 5000000000] x", line.split()[0] + b" OK")
        return None


class ListsEverything(ScriptedServer):
    capability = b"IMAP4rev1 ESEARCH"

    async def answer(self, session, line):
        if b" UID SEARCH " not in line.upper():
            return await session.behave(line)
        tag = line.split()[0]
        await session.say(b'* ESEARCH (TAG "' + tag + b'") UID ALL 1:4294967295', tag + b" OK")
        return None


class ScriptedTest(LiveCase):
    def server(self, kind, folders=None):
        folders = folders or {b"INBOX": Folder({n: message(n) for n in range(1, 7)}),
                              b"Other": Folder({n: message(n + 50) for n in range(1, 4)})}
        return self.enterContext(kind(make_certificate(self.work, kind.__name__), folders))

    def stored(self):
        return len(list(self.store.rglob("cur/*")))

    def one(self, kind, expect, word, stored, folders=None):
        server = self.server(kind, folders)
        run = self.program(server).sync(expect=expect, seconds=200)
        self.assertIn(word, run.text)
        self.assertEqual(self.stored(), stored, run.text)
        self.figures(f"{run.seconds:.1f} s, {run.peak_kb // 1024} MB")
        return server

    def test_a_tail_behind_a_literal(self):
        self.one(TailBehindLiteral, 1, "INBOX, UID 2: " + LOST, 8 - 1)

    def test_a_server_that_dies_at_a_size(self):
        self.one(DiesAtSize, 1, "INBOX, UID 2: " + LOST, 8)

    def test_more_keywords_than_fit_a_line(self):
        flags = tuple(f"keyword{i}" for i in range(8000))
        folders = {b"INBOX": Folder({1: message(1), 2: Body(message(2).data, flags=flags),
                                     3: message(3)}), b"Other": Folder({1: message(9)})}
        self.one(ManyKeywords, 0, "", 4, folders)

    def test_a_uidvalidity_of_more_than_32_bits(self):
        folders = {b"INBOX": Folder({1: message(1)}), b"Strange": Folder({1: message(2)})}
        self.one(HugeUidValidity, 1, "UIDVALIDITY 5000000000", 1, folders)

    def test_a_list_of_every_uid_there_can_be(self):
        server = self.one(ListsEverything, 1, "lists 4294967295 UIDs of 6 messages", 9)
        fetches = [line for line in server.commands if b"UID FETCH" in line.upper()]
        self.assertLess(len(fetches), 20)

    def test_a_list_and_a_talk_without_an_end_and_another_account(self):
        for kind, word in ((EndlessList, "lists folders without an end"),
                           (EndlessNoise, "nobody had asked for")):
            with self.subTest(kind.__name__):
                bad = self.server(kind)
                good = self.server(ScriptedServer)
                program = Program(self.work / f"etc-{kind.__name__}",
                                  Account("bad", bad, self.work / f"bad-{kind.__name__}"),
                                  Account("good", good, self.work / f"good-{kind.__name__}"))
                run = program.sync(expect=(1, 69), seconds=300)
                self.assertIn(word, run.text)
                stored = list((self.work / f"good-{kind.__name__}").rglob("cur/*"))
                self.assertEqual(len(stored), 9)
                self.figures(f"{kind.__name__}: {run.seconds:.1f} s")


if __name__ == "__main__":
    unittest.main()
