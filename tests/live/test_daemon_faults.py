"""Servers, passwords, certificates and folders that go wrong while the daemon watches: each trouble
has its word in the status, none of them delays another account, and all of them end by themselves
or with a reload."""

import shutil
import time
import unittest

from live.backdate import backdate_missing
from live.bad_servers import (Busy, Closes, EmptyList, EndlessLine, Garbage, RefusesLogin,
                              SpeaksHttp)
from live.certificates import make_certificate
from live.daemon_case import LONG, DaemonCase
from live.idle_server import IdleServer
from live.program import Account, Program
from live.relay import Relay
from live.scripted import ScriptedServer


class Silent(ScriptedServer):
    async def answer(self, session, line):
        if b" LIST " in line:
            await session.silence()
        await session.behave(line)


class Moody(IdleServer):
    """A good server until somebody sets its mood: the class that it behaves like from then on."""

    mood = IdleServer

    async def greet(self, session):
        await self.mood.greet(self, session)

    async def answer(self, session, line):
        await self.mood.answer(self, session, line)


# how it behaves → (what the account does, a word of the reason)
MOODS = {
    Closes: ("waiting", "greeting"),
    Busy: ("waiting", "later"),
    RefusesLogin: ("waiting", "password"),
    EmptyList: ("waiting", "no folder"),
    Garbage: ("waiting", "not the greeting"),
    SpeaksHttp: ("waiting", "not the greeting"),
    EndlessLine: ("waiting", "line"),
    Silent: ("starting", ""),
}


class MoodsTest(DaemonCase):
    def test_servers_that_turn_bad(self):
        """All of them at once, beside an account at a good server."""
        good = self.dovecot(messages=20)
        servers = {}
        for mood in MOODS:
            name = mood.__name__.lower()
            servers[mood] = self.enterContext(Moody(make_certificate(self.work, name)))
        program = Program(self.work / "etc", Account("good", good, self.store), *(
            Account(mood.__name__.lower(), server, self.work / mood.__name__.lower())
            for mood, server in servers.items()))
        daemon = self.daemon(program)
        for account in program.accounts:
            daemon.wait_for("watching", account=account.name)

        place = daemon.place()
        for mood, server in servers.items():
            server.mood = mood
            server.cut()
        for mood, (phase, word) in MOODS.items():
            self.troubled(program, daemon, mood.__name__.lower(), phase, word)
        client = self.client_of(good)
        for _ in range(5):
            place = daemon.place()
            self.append(client)
            line, _ = daemon.wait_for("new mail kept", account="good", after=place, seconds=5)
            self.assertLess(int(line.fields["us"]), 1_000_000)

        place = daemon.place()
        for server in servers.values():
            server.mood = IdleServer
            server.deliver()
        servers[Silent].cut()
        daemon.reload()
        for mood, server in servers.items():
            name = mood.__name__.lower()
            daemon.wait_for("watching", account=name, after=place)
            self.level(daemon, server, store=self.work / name)
        self.level(daemon, good)

    def troubled(self, program, daemon, name, phase, word):
        until = time.monotonic() + 20
        while True:
            found = self.status(program)[name]["daemon"]
            if found["phase"] == phase and word in found.get("why", ""):
                self.figures(f"{name}: {phase}: {found.get('why', '')[:150]}")
                return
            self.assertLess(time.monotonic(), until, f"{name}: {found}")
            place = daemon.place()
            daemon.wait_for_more(place, 0.5)


class SecretsTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=20)
        self.program_ = self.program(self.server)
        self.secret = self.work / "etc/work.password"
        self.sound = self.secret.read_text()

    def refused_twice(self, daemon):
        """The operator has changed the password at the server only."""
        place = daemon.place()
        former = self.server.password
        self.server.password = "another-s3cret-22"
        self.server.add_users(("alice",))
        self.server.wait_until_refused(former)
        self.server.doveadm("kick", "alice")
        line, place = daemon.wait_for("account waits", after=place, seconds=20)
        while "password" not in line.text:
            line, place = daemon.wait_for("account waits", after=place, seconds=20)
        daemon.reload()  # or a minute later
        _, place = daemon.wait_for("account needs the operator", after=place)
        self.append(self.client_of(self.server), count=2)
        self.assertEqual("needs-you", self.status(self.program_)["work"]["daemon"]["phase"])
        refused = self.server.log_tail(500).count("auth failed")
        self.assertLess(refused, 5, "the server is pestered with a wrong password")
        return place

    def test_password_changes(self):
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        place = self.refused_twice(daemon)
        self.secret.write_text("another-s3cret-22\n")
        daemon.reload()
        daemon.wait_for("watching", after=place)
        self.figures(self.level(daemon, self.server))
        log = "\n".join(line.text for line in daemon.lines)
        for secret in ("another-s3cret-22", self.sound.strip()):
            self.assertNotIn(secret, log)

    @unittest.skipUnless(LONG, "takes five minutes: set IMAPKEEP_LONG=1")
    def test_new_password_is_found_without_a_reload(self):
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        place = self.refused_twice(daemon)
        self.secret.write_text("another-s3cret-22\n")
        daemon.wait_for("watching", after=place, seconds=330)
        self.figures(self.level(daemon, self.server))

    def test_password_file_goes_away(self):
        """Nobody misses it until the next login."""
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        for spoil in (self.secret.unlink, lambda: self.secret.chmod(0o644)):
            place = daemon.place()
            spoil()
            self.server.doveadm("kick", "alice")
            line, place = daemon.wait_for("account needs the operator", after=place)
            self.assertIn("work.password", line.text)
            self.append(self.client_of(self.server))
            self.secret.write_text(self.sound)
            self.secret.chmod(0o600)
            daemon.reload()
            daemon.wait_for("watching", after=place)
            self.level(daemon, self.server)

    def test_certificate_is_replaced(self):
        trusted = self.work / "trusted.pem"
        shutil.copy(self.server.ca, trusted)
        self.program_.accounts[0].keys["ca"] = trusted
        self.program_.write_config()
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        sound = {path: path.read_bytes() for path in
                 (self.server.certificate.cert, self.server.certificate.key)}
        place = daemon.place()
        make_certificate(self.server.dir)
        self.server.kill()
        self.server.start()
        line, place = daemon.wait_for("account needs the operator", after=place)
        self.assertIn("certificate", line.text)
        self.append(self.client_of(self.server))
        for path, data in sound.items():
            path.write_bytes(data)
        self.server.kill()
        self.server.start()
        self.program_.sync()  # as good as a reload
        daemon.wait_for("watching", after=place)
        self.figures(self.level(daemon, self.server))


class FoldersTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=60, folders=4)
        self.relay = self.enterContext(Relay(self.server))
        self.program_ = self.program(self.relay, folders='{watch: ["INBOX", "Sent", "Old"]}')
        self.daemon_ = self.daemon(self.program_)
        for folder in ("INBOX", "Sent"):
            self.daemon_.wait_for("watching", folder=folder)

    def goes_on(self, client, folder="INBOX"):
        place = self.daemon_.place()
        self.append(client, folder)
        self.daemon_.wait_for("new mail kept", folder=folder, after=place, seconds=10)

    def test_a_watched_folder_is_renamed(self):
        client = self.client_of(self.server)
        place = self.daemon_.place()
        client.rename("Sent", "Old")
        self.goes_on(client)
        self.program_.sync(expect=(0, 1))
        self.daemon_.wait_for("watching", folder="Old", after=place)
        self.goes_on(client, "Old")
        backdate_missing(self.program_)
        self.program_.sync()
        self.figures(self.level(self.daemon_, self.server))
        self.assertLess(self.relay.connections, 8)

    def test_a_watched_folder_is_removed_and_comes_back(self):
        client = self.client_of(self.server)
        client.delete("Sent")
        self.goes_on(client)
        self.program_.sync(expect=(0, 1))
        backdate_missing(self.program_)
        self.program_.sync()
        self.figures(self.level(self.daemon_, self.server))
        place = self.daemon_.place()
        client.create("Sent")
        self.append(client, "Sent", 2)
        self.program_.sync()
        self.daemon_.wait_for("watching", folder="Sent", after=place)
        self.goes_on(client, "Sent")
        self.goes_on(client)
        self.figures(self.level(self.daemon_, self.server))
        self.assertLess(self.relay.connections, 8)


if __name__ == "__main__":
    unittest.main()
