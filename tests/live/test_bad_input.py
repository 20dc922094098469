"""Servers, names and configurations that are wrong: each gets its exit code and its remedy, and
never takes another account with it."""

import unittest

from live.bad_servers import (Busy, Closes, ClosesInMessage, EmptyList, EndlessLine, Garbage,
                              HidesOneBody, Nulls, RefusesLogin, SpeaksHttp, StallsOnce)
from live.case import LiveCase
from live.certificates import make_certificate
from live.dovecot import free_port
from live.mirror_checks import assert_exact
from live.program import Account, Program
from live.scripted import Body, Folder, ScriptedServer, message
from live.server_view import list_folders, view_server

# class → (exit codes, a word that the sentence must hold)
SCRIPTED = [
    (Closes, (69, 75), "clos"),
    (ClosesInMessage, (1, 69), ""),
    (Garbage, (69,), ""),
    (SpeaksHttp, (69,), ""),
    (EndlessLine, (69,), ""),
    (Nulls, (0, 1, 69), ""),
    (EmptyList, (69,), "no folder"),
    (Busy, (75, 69), "later"),
    (RefusesLogin, (77,), "password"),
    (HidesOneBody, (1,), ""),
]


class BadServerTest(LiveCase):
    def scripted(self, kind, folders=None, names=("DNS:localhost", "IP:127.0.0.1")):
        certificate = make_certificate(self.work, kind.__name__, names)
        return self.enterContext(kind(certificate, folders))

    def one(self, server, code, word, name="bad", **keys):
        program = Program(self.work / name, Account(name, server, self.work / f"mail-{name}", **keys))
        run = program.sync(expect=code, seconds=200)
        self.assertIn(name, run.text, "the account is not named")
        self.assertIn(word.lower(), run.text.lower())
        self.figures(f"exit {run.code} after {run.seconds:.1f} s: "
                     + (run.text.strip().splitlines() or [""])[-1][:200])

    def test_scripted_servers(self):
        for kind, codes, word in SCRIPTED:
            with self.subTest(kind.__name__):
                folders = {b"INBOX": Folder({n: message(n) for n in (1, 2, 3)})}
                self.one(self.scripted(kind, folders), codes, word, kind.__name__.lower())

    def test_wrong_password(self):
        self.one(self.dovecot(), 77, "password", password="wr0ng-secret-51")

    def test_untrusted_certificate(self):
        self.one(self.scripted(ScriptedServer), 69, "ca", ca=None)

    def test_certificate_of_another_host(self):
        server = self.scripted(ScriptedServer, names=("DNS:other.example",))
        self.one(server, 69, "localhost")

    def test_nobody_listens(self):
        server = self.scripted(ScriptedServer)
        server.port = free_port()
        self.one(server, 69, str(server.port))

    def test_unknown_host(self):
        server = self.scripted(ScriptedServer)
        self.one(server, 69, "no-such-host.invalid", host="no-such-host.invalid")

    def test_other_accounts_go_on(self):
        """All of them in one run: the sound account is mirrored, and so is the one that fell silent
        once."""
        good = self.dovecot(messages=60)
        accounts = [Account("good", good, self.work / "good")]
        for kind in (Closes, StallsOnce, Garbage, RefusesLogin):
            name = kind.__name__.lower()
            accounts.insert(0, Account(name, self.scripted(kind), self.work / name))
        program = Program(self.work / "all", *accounts)
        run = program.sync(expect=77, seconds=280)  # the highest of several
        for account in accounts:
            self.assertIn(account.name, run.text)
        self.assertEqual(1, len(list((self.work / "stallsonce/INBOX/cur").iterdir())))
        with good.login() as client:
            figures = assert_exact(self, view_server(client), self.work / "good")
        self.figures(f"{run.seconds:.1f} s; {figures}")


NAMES = [  # raw names as the server says them
    b"INBOX", b"../../etc", b"..", b".", b"cur", b"new", b"Tmp", b"a/cur", b"dovecot-keywords",
    b"%", b"%41", b"A", b"", b"a//b", b"/lead", b"trail/", b"&AO-", b"&AGE-", b"R&D", b"R&-D",
    b"8bit \xff\xfe", b"caf\xc3\xa9", b"y" * 300, b"y" * 299 + b"z", b"&" + b"APwA" * 100 + b"-",
    b"Case", b"case", b'"quo"te', b"back\\slash", b"x:2,S", b" ", b"c\x01ntrol", b".imapkeep",
    b".imapkeep/journal", b"~", b"*", b"%~2", b"q%~2",
]


class FolderNamesTest(LiveCase):
    def mirrored(self, names, delimiter):
        certificate = make_certificate(self.work)
        folders = {name: Folder({1: message(number)}) for number, name in enumerate(names)}
        server = ScriptedServer(certificate, folders)
        server.delimiter = delimiter
        self.enterContext(server)
        program = self.program(server)
        program.sync()
        with server.login() as client:
            self.assertEqual(len(names), len(list_folders(client)))
            self.figures(assert_exact(self, view_server(client), self.store))
        outside = {path.name for path in self.work.iterdir()}
        self.assertLessEqual(outside, {"mail", "etc", "server.pem", "server.key"})

    def test_every_name_has_its_place_and_none_leads_outside(self):
        self.mirrored(NAMES, b'"/"')

    def test_delimiter_dot(self):
        self.mirrored([b"INBOX", b"a/b", b"a.b", b"INBOX.x", b"..", b"x..y", b"cur"], b'"."')

    def test_no_delimiter(self):
        self.mirrored([b"INBOX", b"a/b", b"a.b"], b"NIL")


class MessagesTest(LiveCase):
    def test_odd_messages(self):
        bodies = [b"", b"\r\n", b"x", b"\r", b"a\nb\n", b"a\rb\r", b"From: x\r\n\r\n\r\n",
                  b"* 1 FETCH (UID 9 BODY[] {3}\r\nabc)\r\nA1 OK done\r\n", b"\xff" * 5000]
        dates = ["17-Jul-2021 02:44:25 +0000", " 1-Jan-1970 00:00:00 +0000",
                 "31-Dec-1969 23:59:59 +0000", "01-Jan-2038 12:00:00 +1400"]
        folder = Folder({uid: Body(data, date=dates[uid % 4]) for uid, data in
                         enumerate(bodies, 1)})
        folder.messages[4_294_967_295] = Body(b"the highest UID\r\n", flags=("\\Seen", "kw"))
        certificate = make_certificate(self.work)
        with ScriptedServer(certificate, {b"INBOX": folder}) as server:
            program = self.program(server)
            program.sync()
            with server.login() as client:
                self.figures(assert_exact(self, view_server(client), self.store))


if __name__ == "__main__":
    unittest.main()
