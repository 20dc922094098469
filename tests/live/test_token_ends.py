"""Twenty accounts on one grant whose tokens end long before their time, again and again, in all the
ways that servers have for that: one renewal for each end, and nobody has to do anything."""

import time
import unittest

from live.certificates import make_certificate
from live.oauth_case import SCOPE, OAuthCase, visit
from live.oauth_provider import Person, cannot_run  # noqa: F401 (live.run asks for it)
from live.program import Account, Program
from live.token_server import TokenServer

ACCOUNTS = 20
ENDS = 10
LATE = 60  # seconds: twenty logins at ten in a second, on a busy machine


class TokenEndsTest(OAuthCase):
    def setUp(self):
        super().setUp()
        self.imap = self.enterContext(TokenServer(make_certificate(self.work)))
        oauth = {"issuer": self.provider.issuer, "client": "{id: native}", "scope": f'"{SCOPE}"',
                 "user": "alice"}
        self.stores = [self.work / "mail" / f"a{number}" for number in range(ACCOUNTS)]
        (self.work / "mail").mkdir()
        self.account = Program(self.work / "etc", *(
            Account(store.name, self.imap, store, oauth=oauth) for store in self.stores))
        self.assertEqual(0, self.log_in_as("a0"))

    def log_in_as(self, name):
        login = self.login(self.account, account=name)
        visit(Person(self.provider, "alice").allow(login.url()))
        return login.end()[0]

    def renewals(self):
        return len(self.provider.requests(grant_type="refresh_token"))

    def are_level(self, count):
        return all(len(list((store / "INBOX" / "cur").glob("*"))) == count
                   for store in self.stores)

    def wait_until_level(self):
        count = len(self.imap.folders[b"INBOX"].messages)
        began = time.monotonic()
        while not self.are_level(count):
            if time.monotonic() - began > LATE:
                self.fail(f"mail is missing: {self.phases()}")
            time.sleep(0.1)
        return time.monotonic() - began

    def phases(self):
        return {entry["daemon"]["phase"] for entry in self.status(self.account).values()}

    def ends(self, how):
        self.imap.how = how
        daemon = self.run_daemon(self.account)
        self.wait_until_level()
        before, refused, latest = self.renewals(), self.imap.refused, 0.0
        for _ in range(ENDS):
            self.imap.end_tokens()
            latest = max(latest, self.wait_until_level())
        asked = self.renewals() - before
        self.figures(f"{how}: {asked} renewals for {ENDS} ends, {self.imap.refused - refused} "
                     f"logins refused, mail at most {latest:.1f} s late")
        self.assertEqual(ENDS, asked)
        self.assertEqual(0, daemon.count("account needs the operator"))
        self.assertLessEqual(self.phases(), {"watching", "syncing", "starting"})

    def test_no(self):
        self.ends("NO")

    def test_challenge(self):
        self.ends("challenge")

    def test_bye(self):
        self.ends("BYE")

    def test_ok_and_bye(self):
        self.ends("OK, BYE")

    def test_bye_in_a_fetch(self):
        self.ends("FETCH BYE")

    def test_no_to_a_fetch(self):
        self.ends("FETCH NO")


if __name__ == "__main__":
    unittest.main()
