"""The control socket while the daemon lives: commands are served, and clients of every bad kind
neither disturb one another nor the mail."""

import json
import subprocess
import threading
import unittest

from live.control import Control
from live.daemon import Daemon
from live.daemon_case import DaemonCase
from live.relay import Relay


class ControlCase(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=30)
        self.relay = self.enterContext(Relay(self.server))
        self.program_ = self.program(self.relay)
        self.state = self.program_.state

    def watching(self):
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        return daemon

    def control(self, **options):
        return self.enterContext(Control(self.state, **options))


class CommandsTest(ControlCase):
    def test_sync(self):
        daemon = self.watching()
        self.append(self.client_of(self.server), "Sent", 4)
        self.assertIn("4 new messages", self.program_.sync().text)
        self.assertIn("work", self.program_.sync("work").text)
        run = self.program_.sync("nobody", expect=64)
        self.assertIn("nobody", run.text)
        self.level(daemon, self.server, seconds=0)
        self.assertEqual(1, self.relay.connections)

    def test_several_at_once(self):
        """Each is answered; they need not cost a pass each."""
        daemon = self.watching()
        self.append(self.client_of(self.server), "Sent", 2)
        controls = [self.control() for _ in range(8)]
        self.relay.forget()
        for control in controls:
            control.request(do="sync")
        for control in controls:
            answer = control.read()
            self.assertEqual(0, answer.end, answer.lines)
        self.assertLessEqual(self.relay.commands["LIST"], 3)
        self.level(daemon, self.server, seconds=0)

    def test_status(self):
        daemon = self.watching()
        text = self.program_.run("status", expect=0).out
        self.assertIn("work: watching, since", text)
        self.assertIn("30 messages", text)
        found = self.status(self.program_)["work"]
        self.assertEqual("watching", found["daemon"]["phase"])
        self.assertEqual(30, found["messages"])
        self.server.kill()
        daemon.wait_for("account waits")
        text = self.program_.run("status", expect=(0, 1)).out
        self.assertIn("work: waiting, since", text)
        self.assertIn("next try in", text)
        found = self.status(self.program_)["work"]["daemon"]
        self.assertEqual("waiting", found["phase"])
        self.assertIn("next_try_ms", found)
        self.assertTrue(found["why"])

    def test_status_watch(self):
        """A page, another one when something has happened, and 75 when the daemon ends."""
        with Daemon(self.program_) as daemon:
            daemon.wait_for("watching")
            process = self.program_.start("status", "--watch", stdout=subprocess.PIPE,
                                          stderr=subprocess.PIPE, text=True)
            pages = iter(process.stdout.readline, "")
            next(page for page in pages if "30 messages" in page)
            self.append(self.client_of(self.server), count=2)
            next(page for page in pages if "32 messages" in page)
        self.assertEqual(75, process.wait(10))
        self.assertIn("stopping", process.communicate()[1])
        self.program_.run("status", "--watch", expect=69)

    def test_status_watch_into_head(self):
        self.watching()
        watch = self.program_.start("status", "--watch", stdout=subprocess.PIPE)
        head = subprocess.Popen(["head", "-n", "1"], stdin=watch.stdout, stdout=subprocess.PIPE)
        watch.stdout.close()
        self.assertIn(b"work", head.communicate(timeout=20)[0])
        self.assertNotEqual(0, watch.wait(20))  # SIGPIPE, by its second page

    def test_progress_of_a_first_mirror(self):
        self.relay.stall_after = 30_000
        daemon = self.daemon(self.program_)
        self.assertTrue(self.relay.stalled.wait(20))
        control = self.control()
        control.request(do="sync")
        while b'"planned"' not in (line := control.read_line()):
            self.assertTrue(line, "cut")
        control.close()  # the pass goes on all the same
        self.assertEqual("syncing", self.status(self.program_)["work"]["daemon"]["phase"])
        self.relay.stall_after = None
        self.relay.cut()
        daemon.wait_for("watching")
        self.level(daemon, self.server)

    def test_an_interrupted_sync_leaves_the_pass_alone(self):
        daemon = self.watching()
        self.append(self.client_of(self.server), "Sent", 3)
        asked = threading.Event()
        goes_on = threading.Event()

        def on_command(line):
            if b"EXAMINE" in line and b"Sent" in line:
                asked.set()
                goes_on.wait(20)

        self.relay.on_command = on_command
        sync = self.program_.start("sync", stderr=subprocess.PIPE)
        self.assertTrue(asked.wait(20))
        sync.terminate()
        self.assertEqual(128 + 15, sync.wait(5))
        self.assertIn(b"goes on", sync.communicate()[1])
        goes_on.set()
        self.level(daemon, self.server)


class SocketFileTest(ControlCase):
    def test_left_by_a_crash(self):
        daemon = Daemon(self.program_)
        daemon.wait_for("started")
        daemon.kill()
        self.assertTrue((self.state / "control").is_socket())
        self.assertIn("work", self.status(self.program_))  # from the ledger
        self.program_.run("status", "--watch", expect=69)
        with Daemon(self.program_) as daemon:
            daemon.wait_for("watching")
            self.assertEqual("watching", self.status(self.program_)["work"]["daemon"]["phase"])
        self.assertFalse((self.state / "control").exists())

    def test_something_else_in_its_place(self):
        for name in ("control", "control.new"):
            with self.subTest(name):
                self.state.mkdir(mode=0o700, exist_ok=True)
                (self.state / name).write_text("somebody's notes")
                run = self.program_.run("run", expect=74, seconds=10)
                self.assertIn(str(self.state / name), run.text)
                self.assertEqual("somebody's notes", (self.state / name).read_text())
                (self.state / name).unlink()

    def test_a_state_directory_with_a_long_name(self):
        """Longer than the address of a socket can be."""
        self.program_.state = self.work / ("x" * 120)
        self.program_.write_config()
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        self.assertEqual("watching", self.status(self.program_)["work"]["daemon"]["phase"])


# what a client sends → a word of the answer
GARBAGE = [
    (b"\n", ""),
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""),
    (b"\x00" * 100 + b"\n", ""),
    (bytes(range(256)) * 4 + b"\n", ""),
    (b"\xff\xfe{}\n", ""),
    (b"[]\n", ""),
    (b'{"imapkeep":1}\n', ""),
    (b'{"imapkeep":2,"do":"status"}\n', "version"),
    (b'{"imapkeep":1,"do":"explode"}\n', "explode"),
    (b'{"imapkeep":1,"do":"sync","accounts":7}\n', "accounts"),
    (b'{"imapkeep":1,"do":"sync","color":"red"}\n', "color"),
    (b'{"imapkeep":1,"do":"status"}\n{"imapkeep":1,"do":"status"}\n', "one request"),
    (b"[" * 60_000 + b"\n", ""),
    (b"x" * 200_000, ""),
]


class BadClientsTest(ControlCase):
    def assert_well(self, daemon):
        place = daemon.place()
        self.append(self.client_of(self.server))
        daemon.wait_for("new mail kept", after=place, seconds=5)
        self.assertEqual("watching", self.status(self.program_)["work"]["daemon"]["phase"])
        self.assertEqual(0, self.program_.sync(seconds=10).code)

    def test_garbage(self):
        daemon = self.watching()
        for sent, word in GARBAGE:
            with self.subTest(sent[:60]):
                control = self.control()
                control.send(sent)
                answer = control.read()
                self.assertEqual(64, answer.end)
                self.assertIn(word, answer.lines[0])
        self.assert_well(daemon)

    def test_half_a_request(self):
        daemon = self.watching()
        slow = [self.control() for _ in range(3)]
        slow[0].send(b'{"imapkeep":1,"do":')
        slow[1].send(b"")
        slow[2].send(b'{"imapkeep":1,"do":"status"}')  # no line end
        gone = Control(self.state)
        gone.send(b'{"imapkeep":1,')
        gone.close()
        self.assert_well(daemon)
        for control in slow:
            answer = control.read()
            self.assertEqual(64, answer.end)
            self.assertIn("10 seconds", answer.lines[0])
        self.assert_well(daemon)

    def test_clients_that_never_read(self):
        daemon = self.watching()
        deaf = [self.control() for _ in range(10)]
        for control in deaf:
            control.request(do="status", json=True, watch=True)
        before = daemon.memory_kb()
        for _ in range(5):
            self.assert_well(daemon)
        self.assertLess(daemon.memory_kb() - before, 20_000)
        code, took = daemon.stop()
        self.assertEqual(0, code)
        self.assertLess(took, 5)

    def test_too_many(self):
        daemon = self.watching()
        many = [self.control() for _ in range(32)]
        for control in many:
            control.request(do="status", watch=True)
            self.assertIn(b'"page"', control.read_line())
        one_more = self.control().ask(do="status")
        self.assertEqual(75, one_more.end)
        self.assertIn("busy with 32 clients", one_more.lines[0])
        self.assertIn("busy with 32 clients", self.program_.run("status", expect=75).text)
        for control in many[:4]:
            control.close()
        place = daemon.place()
        self.append(self.client_of(self.server))
        daemon.wait_for("new mail kept", after=place)
        self.assert_well(daemon)

    def test_everybody_is_told_of_the_end(self):
        with Daemon(self.program_) as daemon:
            daemon.wait_for("watching")
            watching, silent, deaf = (self.control() for _ in range(3))
            watching.request(do="status", watch=True)
            self.assertIn(b'"page"', watching.read_line())
            deaf.request(do="status", watch=True)
        for control in (watching, silent, deaf):
            answer = control.read()
            self.assertEqual(75, answer.end)
            self.assertIn("stopping", answer.lines[-1])

    def test_descriptors_of_clients_come_back(self):
        daemon = self.watching()
        before = daemon.descriptors()
        for number in range(200):
            with Control(self.state) as control:
                if number % 2:
                    control.request(do="status", json=True)
                    json.loads(control.read().out)
        self.assert_well(daemon)
        self.assertLessEqual(daemon.descriptors(), before + 2)


if __name__ == "__main__":
    unittest.main()
