"""The test tools' own test: a check that cannot fail checks nothing.

A made-up store, written here by docs/storage.md, passes; each damage to it is noticed.
"""

import hashlib
import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

from generator.folders import ODD, decode_utf7, encode_utf7
from generator.messages import Factory
from live.journal import read_journal
from live.mirror_checks import compare, expected_path
from live.mirror_view import letters_of, xxh3
from live.server_view import ServerFolder, ServerMessage

STORE = "0123456789abcdef0123456789abcdef"


def line(**members):
    rest = json.dumps(members, separators=(",", ":"))[1:].encode()
    return b'{"c":"%s",%s\n' % (xxh3(rest).encode(), rest)


class MadeUpStore:
    def __init__(self, root):
        self.root = root
        (root / ".imapkeep/journal").mkdir(parents=True)
        (root / ".imapkeep/store.json").write_text(json.dumps({"format": 1, "store": STORE}))
        for name in ("cur", "new", "tmp"):
            (root / "INBOX" / name).mkdir(parents=True)
        folder = ServerFolder("INBOX", "/", 7)
        self.server = {"INBOX": folder}
        records = [line(t="folder", folder=1, name="INBOX", encoding="utf-7", delimiter="/",
                        path="INBOX", at="1")]
        factory = Factory(3)
        for uid in range(1, 9):
            message = factory.next()
            flags = message.flags | message.keywords
            data, date = message.data, message.internal_date
            crlf = len(data) + data.count(b"\n") - data.count(b"\r\n")
            base = f"{date}.H{xxh3(data)}.localhost,S={len(data)},W={crlf}"
            path = root / "INBOX/cur" / f"{base}:2,{letters_of(flags)}"
            path.write_bytes(data)
            os.utime(path, (date, date))
            sha = hashlib.sha256(data).hexdigest()
            folder.messages[uid] = ServerMessage(sha, len(data), date, frozenset(flags))
            records.append(line(t="message", folder=1, validity=7, uid=uid, id="", base=base,
                                rfc822=str(len(data)), sha256=sha, flags=letters_of(flags),
                                keywords=sorted(flags - {"$Forwarded"} - {
                                    flag for flag in flags if flag.startswith("\\")}),
                                decided="bytes", at="1"))
        self.segment = root / ".imapkeep/journal/0000000001.jsonl"
        head = line(t="segment", format=1, store=STORE, segment="1", at="1")
        tail = line(t="end", records=str(len(records)), at="1")
        self.segment.write_bytes(head + b"".join(records) + tail)

    def file(self):
        return sorted((self.root / "INBOX/cur").iterdir())[0]

    def edit_line(self, number, change):
        lines = self.segment.read_bytes().split(b"\n")
        lines[number] = change(lines[number])
        self.segment.write_bytes(b"\n".join(lines))


def swap_byte(path):
    facts = path.stat()
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    os.utime(path, (facts.st_mtime, facts.st_mtime))


def forget_uid(store):
    del store.server["INBOX"].messages[3]


def duplicate(store):
    file = store.file()
    copy = file.with_name(file.name.replace(",S=", "~2,S="))
    shutil.copy2(file, copy)


def other_flags(store):
    file = store.file()
    file.rename(file.with_name(file.name + "X"))


DAMAGES = [
    ("a byte is changed", lambda s: swap_byte(s.file())),
    ("a file is missing", lambda s: s.file().unlink()),
    ("a file too many", duplicate),
    ("a file in new", lambda s: (s.root / "INBOX/new/x").write_text("x")),
    ("a file in tmp", lambda s: (s.root / "INBOX/tmp/x").write_text("x")),
    ("a file in the receiving area",
     lambda s: ((s.root / ".imapkeep/tmp").mkdir(), (s.root / ".imapkeep/tmp/1").touch())),
    ("the wrong letters", other_flags),
    ("the wrong mtime", lambda s: os.utime(s.file(), (1, 1))),
    ("the server has one less", forget_uid),
    ("a journal line is damaged", lambda s: s.edit_line(3, lambda l: l.replace(b"uid", b"uie"))),
    ("a journal line is missing", lambda s: s.edit_line(3, lambda l: b"")),
    ("another UIDVALIDITY", lambda s: setattr(s.server["INBOX"], "uid_validity", 8)),
    ("a folder too few", lambda s: s.server.update({"Sent": ServerFolder("Sent", "/", 1)})),
    ("another store's segment",
     lambda s: s.edit_line(0, lambda l: line(t="segment", format=1, store="ff")[:-1])),
    ("segment 2 without segment 1",
     lambda s: s.segment.rename(s.segment.with_name("0000000002.jsonl"))),
]

PATHS = [  # docs/storage.md section 1
    ("inbox", "/", "INBOX"), ("Entw&APw-rfe", "/", "Entwürfe"), ("R&D", "/", "R%26D"),
    ("R&-D", "/", "R&D"), ("a//b/", "/", "a/%/b/%"), ("Cur/../.x", "/", "%43ur/%2E./%2Ex"),
    ("100%", "/", "100%25"), ("a.b/c", ".", "a/b%2Fc"), ("a\xffb", "/", "a%FFb"),
    ("x" * 200, "/", "x" * 200), ("&AO-", "/", "%26AO-"), ("&AGE-", "/", "%26AGE-"),
]


class ToolsTest(unittest.TestCase):
    def made_up(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return MadeUpStore(Path(directory.name))

    def test_a_sound_store_passes(self):
        store = self.made_up()
        self.assertEqual([], compare(store.server, store.root)[0])

    def test_each_damage_is_noticed(self):
        for what, damage in DAMAGES:
            with self.subTest(what):
                store = self.made_up()
                damage(store)
                self.assertNotEqual([], compare(store.server, store.root)[0])

    def test_a_torn_last_line_is_tolerated(self):
        store = self.made_up()
        store.segment.write_bytes(store.segment.read_bytes()[:-10])
        self.assertEqual([], compare(store.server, store.root)[0])
        self.assertEqual([store.segment.name], read_journal(store.root).torn)

    def test_paths(self):
        for raw, delimiter, path in PATHS:
            self.assertEqual(path, expected_path(raw, delimiter))
        long = expected_path("n" * 300, "/")
        self.assertEqual("n" * 166 + "%~" + hashlib.sha256(b"n" * 300).hexdigest()[:32], long)
        wide = expected_path(encode_utf7("Ü" * 150), "/")
        self.assertTrue(wide.startswith("Ü" * 83 + "%~"))

    def test_names_and_messages_are_reproducible(self):
        for name in ODD:
            self.assertEqual(name, decode_utf7(encode_utf7(name)))
        first, second = Factory(5), Factory(5)
        for _ in range(60):
            self.assertEqual(first.next(), second.next())


if __name__ == "__main__":
    unittest.main()
