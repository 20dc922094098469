"""`imapkeep run` against a real Dovecot: new mail is kept the moment it arrives, and nothing that
happens to the line or to the server loses any."""

import statistics
import threading
import unittest

from live.daemon import Daemon
from live.daemon_case import LONG, DaemonCase
from live.journal import read_journal
from live.relay import Relay

WATCH_TWO = '{watch: ["INBOX", "Sent"]}'


class DaemonTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=60, folders=6, seed=33)
        self.relay = self.enterContext(Relay(self.server, strict=True))
        self.program_ = self.program(self.relay)

    def watching(self, **options):
        daemon = self.daemon(self.program_, **options)
        daemon.wait_for("watching", folder="INBOX")
        return daemon

    def finish(self, daemon, connections=1):
        figures = self.level(daemon, self.server)
        self.assertEqual([], self.relay.refused)
        self.assertEqual([], self.relay.writing)
        self.assertEqual(connections, self.relay.connections)
        self.figures(figures)

    def test_new_mail_is_kept_at_once(self):
        daemon = self.watching()
        client = self.client_of(self.server)
        place, times = daemon.place(), []
        for _ in range(200 if LONG else 40):
            self.append(client)
            line, place = daemon.wait_for("new mail kept", after=place)
            times.append(int(line.fields["us"]) / 1000)
        self.figures(f"announcement to durable: median {statistics.median(times):.1f} ms, "
                     f"90% {statistics.quantiles(times, n=10)[-1]:.1f} ms, "
                     f"worst {max(times):.1f} ms")
        self.assertLess(statistics.median(times), 100)
        self.finish(daemon)

    def test_a_folder_that_nobody_watches(self):
        daemon = self.watching()
        self.append(self.client_of(self.server), "Archive/2023", 3)
        run = self.program_.sync("work")
        self.assertIn("3 new messages", run.text)
        self.level(daemon, self.server, seconds=0)
        self.finish(daemon)

    def test_two_watched_folders(self):
        self.program_.accounts[0].keys["folders"] = WATCH_TWO
        self.program_.write_config()
        daemon = self.watching()
        daemon.wait_for("watching", folder="Sent")
        client = self.client_of(self.server)
        place = daemon.place()
        for _ in range(5):
            self.append(client, "Sent", 2)
            self.append(client, "INBOX", 2)
            for folder in ("Sent", "INBOX"):
                daemon.wait_for("new mail kept", after=place, folder=folder)
            place = daemon.place()
        self.finish(daemon, connections=2)

    def test_mail_during_a_pass(self):
        """Into the folder that the pass has left behind, and into the one it is about to open."""
        client = self.client_of(self.server)
        come = threading.Event()

        def on_command(line):
            if b"EXAMINE" in line and b"Sent" in line and not come.is_set():
                self.append(client, "INBOX", 2)
                self.append(client, "Sent", 2)
                come.set()

        self.relay.on_command = on_command
        daemon = self.watching()
        self.assertTrue(come.is_set(), "Sent was never examined")
        daemon.wait_for("new mail kept", folder="INBOX")
        self.finish(daemon)

    def test_mail_while_the_line_is_down(self):
        daemon = self.watching()
        client = self.client_of(self.server)
        for _ in range(3):
            self.relay.refuses = True
            place = daemon.place()
            self.relay.cut()
            _, place = daemon.wait_for("account waits", after=place)
            self.append(client, "INBOX", 2)
            self.append(client, "Archive/2023", 1)
            self.relay.refuses = False
            daemon.wait_for("watching", after=place, folder="INBOX")
            self.figures(self.level(daemon, self.server))

    def test_the_server_restarts(self):
        daemon = self.watching()
        # Dovecot takes ten seconds to stop in good order.
        ends = [self.server.kill, self.server.kill] + [self.server.stop] * LONG
        for number, end in enumerate(ends):
            place = daemon.place()
            end()
            if number == 0:
                daemon.wait_for("account waits", after=place)
            self.server.start()
            self.append(self.client_of(self.server), "INBOX", 3)
            _, place = daemon.wait_for("watching", after=place, folder="INBOX")
            self.figures(self.level(daemon, self.server))
            self.append(self.client_of(self.server))
            daemon.wait_for("new mail kept", after=place)

    def test_kicked(self):
        daemon = self.watching()
        for _ in range(3):
            place = daemon.place()
            self.server.doveadm("kick", "alice")
            self.append(self.client_of(self.server), "INBOX", 2)
            daemon.wait_for("watching", after=place, folder="INBOX")
            self.figures(self.level(daemon, self.server))

    def test_a_second_daemon_is_told_that_there_is_one(self):
        daemon = self.watching()
        run = self.program_.run("run", expect=75, seconds=10)
        self.assertIn(str(self.program_.state), run.text)
        self.append(self.client_of(self.server))
        daemon.wait_for("new mail kept")
        self.assertEqual({"work"}, set(self.status(self.program_)))
        self.finish(daemon)


class StoppedTest(DaemonCase):
    def test_sigterm_in_the_first_mirror(self):
        """While mail streams in, and while the server has fallen silent: what is stored by then is
        not fetched again."""
        server = self.dovecot(messages=1200, folders=4, seed=34, small=True)
        relay = self.enterContext(Relay(server))
        program = self.program(relay)
        stored = [0]
        for stalls in (False, True):
            relay.forget()
            far = relay.stalled if stalls else threading.Event()
            if stalls:
                relay.stall_after = 600_000
            else:
                relay.on_command = lambda line, far=far: (
                    far.set() if relay.commands["UID FETCH"] > 6 else None)
            daemon = Daemon(program)
            self.assertTrue(far.wait(30), "the mirror never got that far")
            code, took = daemon.stop()
            self.assertEqual(0, code)
            self.assertLess(took, 5)
            stored.append(self.stored_live())
            self.figures(f"ended after {took:.2f} s with {stored[-1]} stored")
            self.assertGreater(stored[-1], stored[-2])
            relay.on_command = relay.stall_after = None
        relay.forget()
        daemon = self.daemon(program)
        daemon.wait_for("watching", folder="INBOX", seconds=60)
        self.figures(self.level(daemon, server))
        self.assertGreater(len(relay.fetched), 0, "nothing was left to be fetched")
        self.assertEqual(self.stored_live() - stored[-1], len(relay.fetched))

    def stored_live(self):
        return len(read_journal(self.store).live)


if __name__ == "__main__":
    unittest.main()
