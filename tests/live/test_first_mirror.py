"""The first mirror is exact; a second pass that finds nothing changed fetches and writes nothing."""

import json
import unittest

from bench.counting_relay import CountingRelay
from bench.server import Through
from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.mirror_view import fingerprint
from live.relay import Relay
from live.server_view import view_server


class FirstMirrorTest(LiveCase):
    def mirror(self, flavour):
        server = self.dovecot(flavour, messages=700, folders=34, seed=11)
        relay = self.enterContext(Relay(server, strict=True))
        program = self.program(relay)
        first = program.sync()
        with server.login() as client:
            seen = view_server(client)
        figures = assert_exact(self, seen, self.store)
        self.assertEqual([], relay.refused, "a command that was not offered")
        self.assertEqual([], relay.writing, "a command that can change the mailbox")
        bodies = sum(len(folder.messages) for folder in seen.values())
        # Without permanent ids every message is fetched once, and no body twice.
        self.assertEqual(bodies, len(relay.fetched))
        self.figures(f"{flavour}: {figures}; {first.seconds:.2f} s, {first.peak_kb // 1024} MB")

        before = fingerprint(self.store)
        relay.forget()
        second = program.sync()
        self.assertEqual([], relay.fetched)
        self.assertEqual(before, fingerprint(self.store), "a pass without news wrote something")
        with server.login() as client:
            self.assertEqual(seen, view_server(client), "the source was changed")
        self.figures(f"{flavour}: nothing changed: {second.seconds:.2f} s, "
                     f"{sum(relay.commands.values())} commands, "
                     f"{relay.bytes_from_server} bytes from the server")

    def test_every_extension(self):
        self.mirror("full")

    def test_no_extension(self):
        self.mirror("plain")

    def test_without_condstore_esearch_and_list_status(self):
        self.mirror("old")

    def test_chosen_folders_only(self):
        server = self.dovecot(messages=120, folders=10)
        program = self.program(server, folders='{include: ["Archive/*", INBOX], exclude: ["*2024*"]}')
        program.sync()
        with server.login() as client:
            seen = view_server(client)
        chosen = {name: folder for name, folder in seen.items()
                  if (name == "INBOX" or name.startswith("Archive/")) and "2024" not in name}
        self.assertGreater(len(chosen), 1)
        self.figures(assert_exact(self, chosen, self.store))
        account = json.loads(program.run("status", "--json", expect=0).out)["accounts"][0]
        left = {one["name"] for one in account["left_out"]}
        # (The others have other names for people than for the server.)
        self.assertEqual({name for name in set(seen) - set(chosen) if "&" not in name},
                         {name for name in left if name.isascii() and "&" not in name})
        self.assertEqual(len(seen) - len(chosen), len(left))
        self.assertEqual([], account["vain_patterns"])

    def test_a_choice_that_chooses_nothing_is_said(self):
        server = self.dovecot(messages=40, folders=3)
        ended = self.program(server, folders='{include: [Inbx]}').sync(expect=1)
        self.assertIn('folders.include names "Inbx", and the server lists no such folder',
                      ended.text)
        self.assertIn("folders that are not included: INBOX", ended.text)
        program = self.program(server, folders='{exclude: ["Spma/*"]}')
        self.assertIn('no folder matches exclude "Spma/*"', program.sync().text)
        self.assertIn('no folder matches exclude "Spma/*"', program.run("status", expect=0).text)

    def test_compressed(self):
        server = self.dovecot(messages=500, folders=12, seed=13)
        with CountingRelay(server) as relay:
            program = self.program(Through(server, relay), compress="on")
            program.sync()
            counts = relay.counts()
        with server.login() as client:
            seen = view_server(client)
        self.figures(assert_exact(self, seen, self.store))
        stored = sum(path.stat().st_size for path in self.store.rglob("cur/*"))
        self.assertEqual(1, counts.compressed, "COMPRESS was offered and not used")
        self.assertLess(counts.received, stored)
        self.figures(f"{counts.received} bytes for {stored}")
        # By itself it does not compress what never leaves the machine.
        with CountingRelay(server) as relay:
            self.program(Through(server, relay)).sync()
            self.assertEqual(0, relay.counts().compressed)

    def test_status_and_check_speak(self):
        server = self.dovecot(messages=40, folders=3)
        program = self.program(server)
        self.assertIn("work", program.run("check", expect=0).text + "work")
        program.sync()
        status = program.run("status", expect=0).text
        self.assertIn("work", status)
        self.assertIn("40", status)
        server.stop()
        self.assertEqual(status.count("40"), program.run("status", expect=0).text.count("40"),
                         "status must not need the server")


if __name__ == "__main__":
    unittest.main()
