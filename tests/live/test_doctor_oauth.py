"""`imapkeep doctor` of an account with OAuth, before a real provider and a Dovecot that asks it."""

import json
import time
import unittest

from live.oauth_case import OAuthCase
from live.oauth_provider import cannot_run  # noqa: F401 (asked by live.run)


class DoctorOAuth(OAuthCase):
    def doctor(self, expect, program=None):
        run = (program or self.account).run("-vv", "doctor", "work", expect=expect)
        self.said.append(lambda: run.text)
        return run.out

    def wrong(self, expect, part, words, program=None):
        self.assertRegex(self.doctor(expect, program), rf"(?m)^WRONG  {part} +.*{words}")

    def test_all_is_well(self):
        self.assertEqual(self.log_in()[0], 0)
        before = self.refresh_token()
        text = self.doctor(0)
        for part in ("network", "tls", "client", "provider", "clock", "grant", "scope", "login",
                     "mailbox"):
            self.assertRegex(text, rf"(?m)^ok +{part} ")
        self.assertNotEqual(self.refresh_token(), before, "nothing was renewed to see that it can be")
        self.sync()

    def test_nobody_has_logged_in(self):
        self.wrong(77, "grant", "imapkeep login work")
        self.assertIn("  token: none; run `imapkeep login work`\n", self.status().out)

    def test_status_says_how_long_the_token_is_good(self):
        self.assertEqual(self.log_in()[0], 0)
        self.assertRegex(self.status().out,
                         r"(?m)^  token: logged in \d+ s ago, renewed \d+ s ago, good for \d+ min$")
        account, = json.loads(self.status("--json").out)["accounts"]
        self.assertTrue(account["token"]["there"])
        self.assertGreater(account["token"]["expires_ms"], time.time() * 1000)

    def status(self, *arguments):
        run = self.account.run(*arguments, "status", expect=1)  # never synced
        self.said.append(lambda: run.text)
        return run

    def test_the_grant_was_revoked(self):
        self.assertEqual(self.log_in()[0], 0)
        self.provider.revoke(self.refresh_token())
        self.wrong(77, "grant", "imapkeep login work")

    def test_the_provider_is_away(self):
        self.assertEqual(self.log_in()[0], 0)
        issuer = self.provider.issuer
        secrets = self.provider.secrets()
        self.provider.stop()
        self.provider.secrets = lambda: secrets
        self.provider.stop = lambda: None
        self.wrong(69, "provider", issuer + "|Connection refused")

    def test_the_provider_is_unwell(self):
        self.assertEqual(self.log_in()[0], 0)
        self.provider.fail(status=503, body="<html>later</html>", times=9)
        text = self.doctor((69, 75))
        self.assertRegex(text, r"(?m)^WRONG  grant ")
        self.assertRegex(text, r"(?m)^ +do +wait: nothing is lost")

    def test_the_scope(self):
        program = self.oauth_program(scope="offline_access openid contacts")
        self.log_in(program)
        text = self.doctor(77, program)
        self.assertRegex(text, r"(?m)^WRONG  (login|grant) ")

    def test_the_user(self):
        self.log_in(person="bob")
        text = self.doctor(77)
        self.assertRegex(text, r"(?m)^WRONG  (login|grant) ")

    def test_the_vault_is_open_to_others(self):
        self.assertEqual(self.log_in()[0], 0)
        for file in (self.account.state / "tokens").iterdir():
            file.chmod(0o644)
        self.wrong(74, "grant", "chmod 600")


if __name__ == "__main__":
    unittest.main()
