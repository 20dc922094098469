"""Tokens that end long before their time, again and again, in all the ways that servers have for
that: one renewal for each end, however many accounts live on it, and nobody has to do anything. And
where somebody has to, everything that a person would try helps at once."""

import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from live.certificates import make_certificate
from live.oauth_case import SCOPE, OAuthCase, visit
from live.oauth_provider import Person, cannot_run  # noqa: F401 (live.run asks for it)
from live.program import Account, Program
from live.token_server import TokenServer

ACCOUNTS = 20
ENDS = 10
LATE = 60  # seconds: twenty logins at ten in a second, on a busy machine
AT_ONCE = 15  # seconds; what nobody helps is tried again after a minute


class TokenCase(OAuthCase):
    def furnish(self):
        """Nothing yet: see accounts()."""

    def accounts(self, count):
        self.imap = self.enterContext(TokenServer(make_certificate(self.work)))
        oauth = {"issuer": self.provider.issuer, "client": "{id: native}", "scope": f'"{SCOPE}"',
                 "user": "alice"}
        self.stores = [self.work / "mail" / f"a{number}" for number in range(count)]
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

    def wait_until_level(self, daemon, seconds=LATE):
        """How long it took; looked at anew when the log moves."""
        count = len(self.imap.folders[b"INBOX"].messages)
        began = time.monotonic()
        while True:
            place = daemon.place()
            if self.are_level(count):
                return time.monotonic() - began
            left = began + seconds - time.monotonic()
            if left <= 0:
                self.fail(f"mail is missing: {self.phases()}")
            daemon.wait_for_more(place, left)

    def phases(self):
        return {entry["daemon"]["phase"] for entry in self.status(self.account).values()}


class EndsTest(TokenCase):
    def ends(self, how):
        self.accounts(ACCOUNTS)
        self.imap.how = how
        daemon = self.run_daemon(self.account)
        self.wait_until_level(daemon)
        before, refused, latest = self.renewals(), self.imap.refused, 0.0
        for _ in range(ENDS):
            self.imap.end_tokens()
            latest = max(latest, self.wait_until_level(daemon))
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

    def test_hangs_up(self):
        self.ends("hangs up")

    def test_told(self):
        self.ends("told")

    def test_ok_and_bye(self):
        self.ends("OK, BYE")

    def test_bye_in_a_fetch(self):
        self.ends("FETCH BYE")

    def test_no_to_a_fetch(self):
        self.ends("FETCH NO")


class HelpTest(TokenCase):
    """A daemon that has given up for a while, with a token that is dead for good."""

    def setUp(self):
        super().setUp()
        self.accounts(2)
        self.daemon = self.run_daemon(self.account)
        self.wait_until_level(self.daemon)
        before, self.imap.takes_none = self.renewals(), True
        place = self.daemon.place()
        self.imap.end_tokens()
        for store in self.stores:
            self.daemon.wait_for("account waits", after=place, account=store.name,
                                 next_try_s="60")
        self.assertEqual(2, self.renewals() - before, "of new tokens two are enough to know")
        self.imap.takes_none = False
        self.before = self.renewals()

    def helps(self, renewals):
        took = self.wait_until_level(self.daemon, AT_ONCE)
        self.figures(f"level {took:.1f} s later")
        self.assertEqual(renewals, self.renewals() - self.before)

    def test_sync(self):
        self.sync()
        self.helps(renewals=1)

    def test_reload(self):
        self.daemon.reload()
        self.helps(renewals=1)

    def test_login(self):
        self.assertEqual(0, self.log_in_as("a1"))
        self.helps(renewals=0)

    def test_doctor(self):
        run = self.account.run("-vv", "doctor", "a1", expect=0)
        self.said.append(lambda: run.text)
        self.assertIn("a1 is well", run.out)
        self.helps(renewals=1)


class AtOnce(unittest.TestSuite):
    """They wait most of the time, each for logins of its own."""

    def run(self, result, debug=False):
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda test: test.run(result), self))
        return result


def load_tests(loader, tests, pattern):
    return AtOnce(test for case in tests for test in case)


if __name__ == "__main__":
    unittest.main()
