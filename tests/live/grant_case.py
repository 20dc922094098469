"""A grant that is there and has been used, its file, and how it comes to be renewed."""

import re

from live.oauth_case import OAuthCase


class GrantCase(OAuthCase):
    def setUp(self):
        super().setUp()
        code, text = self.log_in()
        self.assertEqual(0, code, text)
        self.sync()

    def grant(self):
        """The one file of the vault that holds it; whole, whatever happened."""
        folder = self.account.state / "tokens"
        path, = [path for path in folder.iterdir() if not path.suffix]
        text = path.read_text()
        self.assertRegex(text, r'\Aimapkeep grant 1 plain\n\{.*"refresh_token":"[^"]+".*\}\Z')
        return path, text

    def expire(self):
        """As an hour later: the token that is there has run out."""
        path, text = self.grant()
        path.write_text(re.sub(r'"expires_ms":\d+', '"expires_ms":1', text))

    def asked(self):
        return len(self.provider.requests(grant_type="refresh_token"))

    def logins(self):
        return (self.server.dir / "log").read_text().count("Login: user=<alice>")
