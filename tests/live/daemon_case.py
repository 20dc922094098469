"""What the tests of `imapkeep run` share: mail, the wait until a mirror is level, counted logins."""

import imaplib
import json
import os
import time

from live.case import LiveCase
from live.daemon import Daemon, Notify
from live.mirror_checks import assert_exact
from live.server_view import expect_ok, quote, view_server

MAIL = b"Subject: news %d\r\nMessage-ID: <news-%d@example.org>\r\n\r\nnew body %d\r\n"
LONG = os.environ.get("IMAPKEEP_LONG") == "1"


class DaemonCase(LiveCase):
    def setUp(self):
        super().setUp()
        self.numbers = iter(range(1, 1_000_000))

    def daemon(self, program, **options):
        """Runs until the test ends, and must then end with 0 within five seconds."""
        return self.enterContext(Daemon(program, **options))

    def notify(self):
        notify = Notify(self.work)
        self.addCleanup(notify.close)
        return notify

    def client_of(self, server, user="alice"):
        client = server.login(user)
        self.addCleanup(log_out, client)
        return client

    def append(self, client, name="INBOX", count=1):
        for number in (next(self.numbers) for _ in range(count)):
            mail = MAIL % (number, number, number)
            expect_ok(client.append(quote(name), None, None, mail))

    def level(self, daemon, server, seconds=30, store=None, user="alice", **options):
        """Until the mirror is exactly what the server holds; looked at anew when the log moves."""
        until = time.monotonic() + seconds
        client = server.login(user)
        try:
            seen = view_server(client)
        finally:
            log_out(client)
        while True:
            place = daemon.place()
            try:
                return assert_exact(self, seen, store or self.store, **options)
            except (AssertionError, OSError):
                if time.monotonic() > until:
                    raise
            daemon.wait_for_more(place, 0.5)

    def status(self, program, **options):
        """{account: what `status --json` says of it}"""
        run = program.run("status", "--json", expect=(0, 1), seconds=20, **options)
        return {entry["account"]: entry for entry in json.loads(run.out)["accounts"]}


def log_out(client):
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        client.shutdown()


def logins(server, user="alice"):
    """How often this user has logged in, the test's own included."""
    log = (server.dir / "log").read_text(errors="replace")
    return log.count(f"Login: user=<{user}>")
