"""Calls on the files of the vault fail while a token is renewed, each in its turn, beside a provider
that ends a grant whose old refresh token comes a second time. No grant is lost by one failing call."""

import errno
import os
import unittest

from live import oauth_provider
from live.grant_case import GrantCase
from live.io_faults import FOR_EVER, LIBRARY, Faults
from live.oauth_case import OAuthCase

CODES = (errno.EIO, errno.ENOSPC)
STEP = 1 if os.environ.get("IMAPKEEP_LONG") == "1" else 5


def cannot_run():
    return oauth_provider.cannot_run() or (
        None if LIBRARY.exists() else f"{LIBRARY} was not built")


class VaultFaultsTest(GrantCase):
    def setUp(self):
        super().setUp()
        self.faults = Faults(self.work / "faults", self.account.state / "tokens")

    def renew(self, number=0, code=0, many=1):
        self.expire()
        self.faults.reset()
        if number:
            self.faults.arm(number, code, many)
        asked = self.asked()
        run = self.account.run("sync", expect=None,
                               env={**os.environ, **self.faults.environment()})
        self.said.append(lambda: run.text)
        return run, self.asked() > asked

    def test_each_call_fails_once(self):
        run, was_asked = self.renew()
        self.assertEqual((0, True), (run.code, was_asked))
        calls = self.faults.count
        codes = {}
        for number in range(1, calls + 1, STEP):
            code = CODES[number % len(CODES)]
            run, _ = self.renew(number, code)
            codes[run.code] = codes.get(run.code, 0) + 1
            with self.subTest(number=number, fault=self.faults.shown()):
                self.assertIn(run.code, (0, 74), run.text)
                self.sync()  # no login is needed
        self.figures(f"{calls} calls, exit codes {codes}")

    def test_a_disk_that_fails_for_ever_is_found_before_the_provider_is_asked(self):
        self.renew()
        for number in range(1, self.faults.count + 1, STEP):
            run, was_asked = self.renew(number, errno.ENOSPC, FOR_EVER)
            with self.subTest(number=number, fault=self.faults.shown()):
                self.assertIn(run.code, (0, 74), run.text)
                if not was_asked:
                    self.sync()
                    continue
                # Nothing can be kept any more: said, and a login brings the grant back.
                if self.account.sync(expect=(0, 77)).code == 77:
                    self.log_in()
                    self.sync()


class LoginTest(OAuthCase):
    def test_a_full_disk_is_found_before_a_person_is_asked(self):
        faults = Faults(self.work / "faults", self.account.state / "tokens")
        faults.arm(1, errno.ENOSPC, FOR_EVER)
        code, text = self.login(environment=faults.environment()).end()
        self.assertEqual(74, code, text)
        self.assertIn("nobody is asked", text)
        self.assertNotIn("/auth?", text)
        faults.disarm()
        code, text = self.log_in()
        self.assertEqual(0, code, text)


if __name__ == "__main__":
    unittest.main()
