"""Servers that idle badly: every message is kept all the same, no server is pestered, and where a
connection lives it is used."""

import unittest

from live.certificates import make_certificate
from live.daemon_case import DaemonCase
from live.idle_server import (EndsIdle, IdleServer, Liar, NeverEnds, RefusesIdle, SaysBye,
                              SlowToEnd)


class IdleTest(DaemonCase):
    def serve(self, kind):
        self.server = self.enterContext(kind(make_certificate(self.work)))
        self.program_ = self.program(self.server)
        daemon = self.daemon(self.program_)
        daemon.wait_for("watching")
        return daemon

    def passes(self, daemon, seconds):
        """So long nothing ends the daemon; how many commands the server got meanwhile."""
        before = len(self.server.commands)
        self.assertFalse(daemon.wait_for_end(seconds))
        return len(self.server.commands) - before

    def finish(self, daemon, connections=1, seconds=10):
        figures = self.level(daemon, self.server, seconds=seconds)
        # level() looks at the server once.
        self.assertLessEqual(self.server.connections, connections + 1)
        self.figures(f"{figures}; {self.server.connections - 1} connections")

    def test_well(self):
        daemon = self.serve(IdleServer)
        for _ in range(5):
            place = daemon.place()
            self.server.deliver()
            daemon.wait_for("new mail kept", after=place)
        self.finish(daemon)

    def test_never_announces(self):
        daemon = self.serve(IdleServer)
        self.assertTrue(self.server.somebody_idles.wait(10))  # EXAMINE and IDLE's start announce
        self.server.deliver(announced=False)
        self.assertIn("1 new message", self.program_.sync().text)
        self.finish(daemon, seconds=0)

    def test_announces_what_is_not_there(self):
        daemon = self.serve(Liar)
        told = self.passes(daemon, 3)
        self.figures(f"{told} commands in 3 s")
        self.assertLess(told, 60)
        self.server.deliver()
        self.finish(daemon)

    def test_says_bye(self):
        daemon = self.serve(SaysBye)
        daemon.wait_for("account waits")
        self.passes(daemon, 4)
        self.server.deliver()
        self.program_.sync()
        self.finish(daemon, connections=8)

    def test_ends_every_idle(self):
        daemon = self.serve(EndsIdle)
        told = self.passes(daemon, 3)
        self.assertLess(told, 10)
        self.server.deliver()
        self.program_.sync()
        self.finish(daemon)

    def test_refuses(self):
        daemon = self.serve(RefusesIdle)
        daemon.wait_for("refuses IDLE")
        told = self.passes(daemon, 2)
        self.assertLess(told, 10)
        self.server.deliver()
        self.program_.sync()
        self.finish(daemon)

    def test_is_slow_to_end(self):
        daemon = self.serve(SlowToEnd)
        place = daemon.place()
        self.server.deliver()
        daemon.wait_for("new mail kept", after=place)
        self.finish(daemon)

    def test_never_ends(self):
        """Taken for lost after ten seconds; what was asked for is done over a new connection."""
        daemon = self.serve(NeverEnds)
        self.server.deliver()
        run = self.program_.sync(seconds=30)
        self.figures(f"{run.seconds:.1f} s: {run.text.strip()}")
        self.finish(daemon, connections=2)


if __name__ == "__main__":
    unittest.main()
