"""What the tests with OAuth share: a provider, a Dovecot that asks it about every token, an account
with both, and no secret in anything that was said."""

import base64
import re
import urllib.error
import urllib.request

from live.daemon import Daemon
from live.daemon_case import DaemonCase
from live.login import Login
from live.oauth_provider import OAuthProvider, Person

SCOPE = "imap offline_access"


def spellings(secret):
    """The secret, and as it lies within any base64."""
    yield secret
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret.encode()).decode()
        yield text[4:-4]


class OAuthCase(DaemonCase):
    def setUp(self):
        super().setUp()
        self.said = []  # functions that give all that a program has written
        self.provider = OAuthProvider(self.work)
        self.addCleanup(self.provider.stop)
        self.addCleanup(self.check_secrets)
        self.furnish()

    def furnish(self):
        """A mail server, and the account there."""
        self.server = self.dovecot(messages=3, folders=2, provider=self.provider)
        self.account = self.oauth_program()

    def oauth_program(self, name="work", user="alice", **keys):
        oauth = {"issuer": self.provider.issuer, "client": "{id: native}", "scope": SCOPE, **keys}
        return self.program(self.server, name=name, user=user, oauth=oauth)

    def check_secrets(self):
        """Whatever was on the wire, none of it is in anything that was written."""
        texts = [said() for said in self.said]
        secrets = self.provider.secrets()
        for secret in secrets:
            for spelling in spellings(secret):
                for text in texts:
                    self.assertNotIn(spelling, text, "a secret was written")

    def login(self, program=None, **options):
        login = Login(program or self.account, **options)
        self.addCleanup(login.stop)
        self.said.append(lambda: login.text)
        return login

    def run_daemon(self, program=None, **options):
        daemon = self.enterContext(Daemon(program or self.account, verbose=True, **options))
        self.said.append(lambda: "\n".join(line.text for line in daemon.lines))
        return daemon

    def sync(self, program=None, expect=0):
        run = (program or self.account).run("-vv", "sync", expect=expect)
        self.said.append(lambda: run.text)
        return run

    def log_in(self, program=None, person="alice"):
        """All the way, as far as the provider goes; the end of it."""
        login = self.login(program)
        visit(Person(self.provider, person).allow(login.url()))
        return login.end()

    def tokens(self, program=None):
        """The files of the vault, as text."""
        folder = (program or self.account).state / "tokens"
        if not folder.exists():
            return []
        return [path.read_text(errors="replace") for path in sorted(folder.iterdir())
                if not path.name.endswith(".lock")]

    def refresh_token(self):
        return re.search(r'"refresh_token":"([^"]+)"', self.tokens()[0])[1]


def visit(url, method="GET", **headers):
    """(status, page) as any program on this machine would get it; no proxy, no redirects."""
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
