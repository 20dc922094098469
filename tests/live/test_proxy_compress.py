"""imapproxy passes COMPRESS=DEFLATE on as an offer, answers OK, and cannot speak it: the connection
dies before the first answer. It is tried once without, and the host remembered."""

import unittest

from live.case import LiveCase
from live.daemon_case import DaemonCase
from live.dovecot import free_port
from live.imapproxy import ImapProxy
from live.mirror_checks import assert_exact
from live.server_view import view_server


def proxied(case):
    dovecot = case.dovecot(messages=60, folders=5, start=False)
    dovecot.plain_port = free_port()
    dovecot.start()
    return case.enterContext(ImapProxy(case.work / "imapproxy", dovecot))


class ProxyCompressTest(LiveCase):
    def test_sync(self):
        proxy = proxied(self)
        program = self.program(proxy, tls="none", compress="on")
        for _ in range(2):
            run = program.sync()
            with proxy.login() as client:
                figures = assert_exact(self, view_server(client), self.store)
            self.figures(f"{figures}; {run.seconds:.2f} s")


class ProxyCompressDaemonTest(DaemonCase):
    def test_run(self):
        proxy = proxied(self)
        daemon = self.daemon(self.program(proxy, tls="none", compress="on"))
        daemon.wait_for("watching")
        self.figures(self.level(daemon, proxy))


if __name__ == "__main__":
    unittest.main()
