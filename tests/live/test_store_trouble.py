"""A store or state that cannot be written, or is not the one expected: 74, with the path, and not
one byte changed. A disk that is not mounted must never look like an empty mailbox."""

import json
import shutil
import subprocess
import threading
import unittest

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.mirror_view import fingerprint
from live.program import Account, Program
from live.relay import Relay
from live.server_view import expect_ok, view_server


class StoreTroubleTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=50, folders=4, seed=61)
        self.program_ = self.program(self.server)

    def refuses(self, *words, expect=74, program=None, **options):
        run = (program or self.program_).sync(expect=expect, **options)
        for word in words:
            self.assertIn(str(word), run.text)
        self.figures(f"exit {run.code}: {(run.text.strip().splitlines() or [''])[-1][:220]}")

    def assert_recovers(self):
        self.program_.sync()
        with self.server.login() as client:
            assert_exact(self, view_server(client), self.store)

    def test_parent_is_missing(self):
        account = Account("work", self.server, self.work / "not-there" / "mail")
        program = Program(self.work / "other", account)
        self.refuses(self.work / "not-there", program=program)
        self.assertFalse((self.work / "not-there").exists())

    def test_unmounted_root_is_gone(self):
        self.program_.sync()
        self.store.rename(self.work / "aside")
        self.refuses(self.store, "mounted")
        self.assertFalse(self.store.exists())
        (self.work / "aside").rename(self.store)
        self.assert_recovers()

    def test_unmounted_root_is_empty(self):
        self.program_.sync()
        self.store.rename(self.work / "aside")
        self.store.mkdir()
        self.refuses(self.store, "mounted")
        self.assertEqual([], list(self.store.iterdir()))
        self.store.rmdir()
        (self.work / "aside").rename(self.store)
        self.assert_recovers()

    def test_another_store_in_its_place(self):
        self.program_.sync()
        second = Program(self.work / "second", Account("work", self.server, self.work / "mail2"))
        second.sync()
        self.store.rename(self.work / "aside")
        (self.work / "mail2").rename(self.store)
        before = fingerprint(self.store)
        self.refuses(self.store)
        self.assertEqual(before, fingerprint(self.store))

    def test_store_of_a_later_version(self):
        self.program_.sync()
        path = self.store / ".imapkeep/store.json"
        facts = json.loads(path.read_text())
        path.write_text(json.dumps({**facts, "format": 2}))
        self.refuses("later version")

    def test_read_only_store(self):
        self.program_.sync()
        with self.server.login() as client:
            expect_ok(client.append("INBOX", None, None, b"Subject: one more\r\n\r\nx\r\n"))
        wrap = self.as_nobody(self.program_, self.store, self.work / "etc")
        before = fingerprint(self.store)
        subprocess.run(["chmod", "-R", "a-w", self.store], check=True)
        try:
            self.refuses(self.store, wrap=wrap)
            self.assertEqual(before, fingerprint(self.store))
        finally:
            subprocess.run(["chmod", "-R", "u+w", self.store], check=True)
        self.program_.sync(wrap=wrap)
        with self.server.login() as client:
            assert_exact(self, view_server(client), self.store)

    def test_state_cannot_be_written(self):
        wrap = self.as_nobody(self.program_, self.work / "etc")
        self.program_.state.mkdir(mode=0o500)
        if wrap:
            subprocess.run(["chown", "nobody:nogroup", self.program_.state], check=True)
        self.work.chmod(0o777)
        self.refuses(self.program_.state, wrap=wrap)

    def test_a_file_stands_where_a_folder_belongs(self):
        self.store.mkdir()
        (self.store / "INBOX").write_text("somebody's notes")
        self.refuses("INBOX", expect=(1, 74))
        self.assertEqual("somebody's notes", (self.store / "INBOX").read_text())
        (self.store / "INBOX").unlink()
        self.assert_recovers()

    def test_a_link_in_the_tree_is_not_followed(self):
        outside = self.work / "outside"
        outside.mkdir()
        self.store.mkdir()
        (self.store / "INBOX").symlink_to(outside)
        self.refuses("INBOX", expect=(1, 74))
        self.assertEqual([], list(outside.iterdir()))

    def test_a_segment_is_missing(self):
        self.program_.sync()
        with self.server.login() as client:
            expect_ok(client.append("INBOX", None, None, b"Subject: one more\r\n\r\nx\r\n"))
        self.program_.sync()
        first = self.store / ".imapkeep/journal/0000000001.jsonl"
        first.rename(self.work / "aside")
        shutil.rmtree(self.program_.state)
        self.refuses("0000000001")
        (self.work / "aside").rename(first)
        self.assert_recovers()


class LockTest(LiveCase):
    def test_a_second_writer_is_told_to_come_back(self):
        server = self.dovecot(messages=80, folders=4, seed=62)
        relay = self.enterContext(Relay(server))
        program = self.program(relay)
        arrived = threading.Event()
        relay.on_command = lambda line: arrived.set() if b"EXAMINE" in line else None
        relay.stall_after = 3_000
        first = program.start("sync", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(first.wait)
        self.addCleanup(first.kill)
        self.assertTrue(arrived.wait(20), "the first pass never came to EXAMINE")
        run = program.sync(expect=75, seconds=20)
        self.figures(f"same state: {run.text.strip().splitlines()[-1][:200]}")
        # Another state directory, the same store: the store has a lock of its own.
        other = Program(self.work / "other", Account("work", relay, self.store))
        run = other.sync(expect=75, seconds=20)
        self.figures(f"same store: {run.text.strip().splitlines()[-1][:200]}")
        program.run("status", expect=(0, 1), seconds=20)
        first.kill()
        first.wait()
        relay.stall_after = None
        program.sync()
        with server.login() as client:
            self.figures(assert_exact(self, view_server(client), self.store))


# what is done to the YAML → (exit code, words of the answer)
CONFIGS = [
    ("an unknown key", lambda t: t.replace("    user:", "    usr:"), 78, ["usr", "user"]),
    ("a wrong type", lambda t: t.replace("    port: ", "    port: x"), 78, ["port"]),
    ("no YAML at all", lambda t: "accounts: [", 78, []),
    ("two accounts on one store",
     lambda t: t + t[t.index("  work:"):].replace("  work:", "  twin:", 1), 78, ["twin"]),
    ("not in this version",
     lambda t: t[:t.index("    store:")] + "    store: {s3: {bucket: mail}}\n", 78, ["version"]),
    ("plain text to another machine",
     lambda t: t.replace("host: localhost", "host: imap.example.org").replace(
         "tls: {", "tls: {mode: none, "), 78, ["TLS"]),
]


class ConfigurationTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(start=False)
        self.server.port = 9
        self.program_ = self.program(self.server)

    def test_every_complaint_has_its_place(self):
        sound = self.program_.config.read_text()
        for what, change, code, words in CONFIGS:
            with self.subTest(what):
                self.program_.config.write_text(change(sound))
                for command in ("check", "sync"):
                    run = self.program_.run(command, expect=code)
                    for word in words:
                        self.assertIn(word, run.text)
                    self.assertRegex(run.text, r"imapkeep\.yaml:\d+:\d+")
        self.assertFalse(self.store.exists())

    def test_a_secret_that_others_can_read(self):
        (self.work / "etc/work.password").chmod(0o644)
        run = self.program_.run("check", expect=78)
        self.assertIn("work.password", run.text)

    def test_no_configuration(self):
        self.program_.config.unlink()
        run = self.program_.run("check", expect=78)
        self.assertIn("imapkeep.yaml", run.text)

    def test_usage(self):
        for arguments in (("nonsense",), ("sync", "--nonsense")):
            self.program_.run(*arguments, expect=64)
        run = self.program_.sync("nobody-by-this-name", expect=(64, 78))
        self.assertIn("nobody-by-this-name", run.text)


if __name__ == "__main__":
    unittest.main()
