"""`imapkeep doctor` of an account with OAuth, before a real provider and a Dovecot that asks it."""

import json
import os
import time
import unittest

from live.oauth_case import SCOPE, OAuthCase
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
        self.sync(expect=77)
        self.assertIn("  token: none; run `imapkeep login work`\n", self.status().out)

    def test_status_says_how_long_the_token_is_good(self):
        self.assertEqual(self.log_in()[0], 0)
        self.sync()
        self.assertRegex(self.status().out,
                         r"(?m)^  token: logged in \d+ s ago, renewed \d+ s ago, good for \d+ min$")
        account, = json.loads(self.status("--json").out)["accounts"]
        self.assertTrue(account["token"]["there"])
        self.assertGreater(account["token"]["expires_ms"], time.time() * 1000)

    def status(self, *arguments):
        run = self.account.run(*arguments, "status", expect=(0, 1))
        self.said.append(lambda: run.text)
        return run

    def test_the_vault_has_another_key(self):
        key = self.work / "state.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o600)
        config = self.account.config
        config.write_text(f"state_key: {{file: {key}}}\n" + config.read_text())
        self.assertEqual(self.log_in()[0], 0)
        self.doctor(0)
        key.write_bytes(os.urandom(32))
        text = self.doctor(77)
        self.assertRegex(text, r"(?m)^WRONG  grant +needs login: .*another key than `state_key`")
        self.assertRegex(text, r"(?m)^ +do +set `state_key` as it was .*`imapkeep login work`")

    def test_the_grant_was_revoked(self):
        self.assertEqual(self.log_in()[0], 0)
        self.provider.revoke(self.refresh_token())
        asked = len(self.provider.requests(grant_type="refresh_token"))
        self.wrong(77, "grant", "imapkeep login work")
        self.assertEqual(asked + 1, len(self.provider.requests(grant_type="refresh_token")))
        for _ in range(2):
            # Its last token would be good for an hour more: that is no reason to tell of another.
            text = self.sync(expect=77).text
            self.assertIn("needs login: ", text)
            self.assertIn("run `imapkeep login work`", text)
            self.assertNotIn("check the account's user", text)
        self.assertRegex(self.status().out,
                         r"(?m)^  token: logged in .*, ended \d+ s ago \(the token endpoint said "
                         r"invalid_grant.*\); run `imapkeep login work`$")
        account, = json.loads(self.status("--json").out)["accounts"]
        self.assertIn("invalid_grant", account["token"]["ended"]["why"])
        self.assertEqual(asked + 1, len(self.provider.requests(grant_type="refresh_token")))
        self.wrong(77, "grant", "imapkeep login work")  # a person wants to know: asked again
        self.assertEqual(asked + 2, len(self.provider.requests(grant_type="refresh_token")))

    def test_the_provider_is_away(self):
        self.assertEqual(self.log_in()[0], 0)
        issuer = self.provider.issuer
        secrets = self.provider.secrets()
        self.provider.stop()
        self.provider.secrets = lambda: secrets
        self.provider.stop = lambda: None
        self.wrong(69, "provider", issuer + "|Connection refused")

    def test_the_clock(self):
        self.assertEqual(self.log_in()[0], 0)
        self.provider.fail(path="/.well-known/oauth-authorization-server", status=404, body="",
                           headers={"date": "Sun, 06 Nov 1994 08:49:37 GMT"})
        self.wrong(78, "clock", r"\d+ days ahead of that of http://127")

    def test_the_provider_is_unwell(self):
        self.assertEqual(self.log_in()[0], 0)
        self.provider.fail(status=503, body="<html>later</html>", times=9)
        text = self.doctor((69, 75))
        self.assertRegex(text, r"(?m)^WRONG  grant ")
        self.assertRegex(text, r"(?m)^ +do +wait: nothing is lost")

    def test_the_scope(self):
        self.assertEqual(self.log_in()[0], 0)
        self.provider.fail(status=200, headers={"content-type": "application/json"}, body=json.dumps(
            {"access_token": "less-5c1e", "token_type": "Bearer", "scope": "contacts"}))
        text = self.doctor(77)
        self.assertRegex(text, r"(?m)^WRONG  scope +granted is only `contacts`, asked for `imap")
        self.assertRegex(text, r"(?m)^ +do +run `imapkeep login work`, and allow everything")

    def test_the_user(self):
        self.assertEqual(self.log_in()[0], 0)
        # Of a server of one's own nobody knows whose mailboxes a user may open.
        other = self.program(self.server, user="bob", oauth={
            "issuer": self.provider.issuer, "client": "{id: native}", "scope": SCOPE,
            "user": "alice"})
        text = self.doctor(77, other)
        self.assertRegex(text, r"(?m)^ok +scope ")
        self.assertRegex(text, r"(?m)^WRONG  login +.*AUTHENTICATIONFAILED")
        self.assertRegex(text, r"(?m)^ +do +let an administrator give alice access to the mailbox "
                               r"of bob")

    def test_the_vault_is_open_to_others(self):
        self.assertEqual(self.log_in()[0], 0)
        for file in (self.account.state / "tokens").iterdir():
            file.chmod(0o644)
        self.wrong(74, "grant", "chmod 600")


if __name__ == "__main__":
    unittest.main()
