"""What an OAuth provider may answer and a person must not pay for: words in capitals, words that
repeat what they were sent, endpoints that cannot be used, a "no" that does not say who it is from."""

import json
import re
import unittest
import urllib.parse

from live.grant_case import GrantCase
from live.oauth_case import OAuthCase, visit
from live.oauth_provider import Person, cannot_run  # noqa: F401 (live.run asks for it)


class RenewalTest(GrantCase):
    def test_words_of_an_end(self):
        """Whatever they are: asked once, said by every process, ended by a login."""
        for words in ({"error": "INVALID_GRANT"}, {"error": "invalid_token"},
                      {"error": "INVALID_REFRESH_TOKEN"}, {"error": "invalid_code"}):
            with self.subTest(**words):
                self.expire()
                asked = len(self.provider.requests())
                self.provider.fail(status=400, body=words)
                for _ in range(2):
                    self.assertIn("needs login: ", self.sync(expect=77).text)
                self.assertEqual(asked + 1, len(self.provider.requests()))
                code, text = self.log_in()
                self.assertEqual(0, code, text)
                self.sync()

    def test_microsofts_loop(self):
        self.expire()
        self.provider.fail(status=400, body={
            "error": "invalid_grant", "error_codes": [50196],
            "error_description": "AADSTS50196: The server terminated an operation because it "
                                 "encountered a client request loop."})
        text = self.sync(expect=69).text
        self.assertIn("asks for patience", text)
        self.assertNotIn("revoked", text)
        self.sync()

    def test_a_token_that_is_repeated(self):
        """OAuthCase looks into all that was written, with the log at its most talkative."""
        self.expire()
        token = self.refresh_token()
        self.provider.fail(status=400, body={
            "error": token, "error_description": f"{token[:20]} {token} is not known"})
        self.sync(expect=69)
        self.assertIn("the token endpoint said ***", self.account.run("status", expect=1).text)
        self.sync()


class LoginTest(OAuthCase):
    def test_endpoints_that_cannot_be_used(self):
        for name, url in (("authorization_endpoint", "http://id.example/auth"),
                          ("token_endpoint", "/token"), ("token_endpoint", "https://")):
            with self.subTest(name=name, url=url):
                self.provider.set(metadata={name: url})
                code, text = self.login().end()
                self.assertEqual(78, code, text)
                self.assertIn(f"`{url}` cannot be used", text)
                self.assertNotIn("ssh -L", text, "a person was asked")

    def test_endpoints_that_are_not_used(self):
        self.provider.set(metadata={"revocation_endpoint": "gopher://id.example",
                                    "device_authorization_endpoint": "http://id.example/device"})
        code, text = self.log_in()
        self.assertEqual(0, code, text)

    def test_a_no_without_iss(self):
        login = self.login()
        end = urllib.parse.urlsplit(Person(self.provider).decline(login.url()))
        answer = dict(urllib.parse.parse_qsl(end.query))
        self.assertEqual(self.provider.issuer, answer.pop("iss"))
        _, page = visit(urllib.parse.urlunsplit(end._replace(query=urllib.parse.urlencode(answer))))
        self.assertIn("declined", page)
        code, text = login.end()
        self.assertEqual(77, code, text)
        self.assertIn("the permission was declined", text)

    def test_an_issuer_on_localhost(self):
        """Good in `check`, and so it is when it is asked."""
        issuer = self.provider.issuer.replace("127.0.0.1", "localhost")
        self.provider.set(metadata={"issuer": issuer})
        program = self.oauth_program(issuer=issuer)
        program.run("check", expect=0)
        self.assertTrue(self.login(program).url())

    def test_a_device_code_that_is_declined(self):
        program = self.oauth_program(flow="device")
        self.provider.fail(status=400, body=json.dumps({"error": "access_denied"}),
                           headers={"content-type": "application/json"})
        code, text = self.login(program).end()
        self.assertEqual(77, code, text)
        self.assertTrue(re.search(r"(?m)the permission was declined$", text), text)


if __name__ == "__main__":
    unittest.main()
