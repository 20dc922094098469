"""What Google's and Microsoft's mail servers say to a token, in their own words, while a login tries
one: each is told for what it is, and nothing that was refused is kept."""

import base64
import unittest

from live.certificates import make_certificate
from live.oauth_case import SCOPE, OAuthCase
from live.oauth_provider import cannot_run  # noqa: F401 (live.run asks for it)
from live.program import Account, Program
from live.scripted import ScriptedServer

GOOGLE = b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR " \
         b"AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER"
MICROSOFT = b"IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE " \
            b"NAMESPACE LITERAL+"
CHALLENGE = base64.b64encode(
    b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}')


class TokenServer(ScriptedServer):
    """`words`: what it says to AUTHENTICATE, behind the tag. The client's answers are kept."""

    words = b"OK done"  # None: it hangs up
    before = None  # untagged
    challenge = None

    def __init__(self, certificate):
        super().__init__(certificate)
        self.mechanisms, self.answers = [], []

    async def answer(self, session, line):
        tag, _, rest = line.partition(b" ")
        if not rest.upper().startswith(b"AUTHENTICATE"):
            return await self.behind(session, line)
        self.mechanisms.append(rest.split(b" ")[1])
        if self.challenge is not None:
            await session.say(b"+ " + self.challenge)
            self.answers.append((await session.reader.readline()).rstrip(b"\r\n"))
        if self.words is None:
            return session.writer.transport.abort()
        if self.before is not None:
            await session.say(self.before)
        await session.say(tag + b" " + self.words)

    async def behind(self, session, line):
        await session.behave(line)


class Google(TokenServer):
    """In its greeting there are no capabilities; they come untagged behind the login."""

    capability = GOOGLE

    async def greet(self, session):
        await session.say(b"* OK Gimap ready for requests from 192.0.2.1 a1mb12345678abc")


class GoogleRefuses(Google):
    challenge = CHALLENGE
    words = b"NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"


class GoogleWithoutImap(Google):
    words = b"NO [ALERT] IMAP access is disabled for your domain. Please contact your domain " \
            b"administrator for questions about this feature. (Failure)"


class GoogleWantsABrowser(Google):
    before = b"* NO [WEBALERT https://accounts.google.com/signin/continue?plt=AKgnsbt] Web login " \
             b"required."
    words = b"NO [ALERT] Please log in via your web browser: " \
            b"https://support.google.com/mail/accounts/answer/78754 (Failure)"


class MicrosoftHangsUp(TokenServer):
    """In the place of an answer."""

    capability = MICROSOFT
    words = None


class GoogleIsFull(Google):
    words = b"NO [ALERT] Too many simultaneous connections. (Failure)"


class Microsoft(TokenServer):
    capability = MICROSOFT


class MicrosoftRefuses(Microsoft):
    words = b"NO AUTHENTICATE failed."


class MicrosoftIsHollow(Microsoft):
    """The token is another user's: it says so only when something is asked."""

    words = b"OK AUTHENTICATE completed."

    async def behind(self, session, line):
        if self.mechanisms and b"LOGOUT" not in line:
            await session.say(line.split()[0] + b" BAD User is authenticated but not connected.",
                              b"* BYE Connection closed. 14")
            session.over = True
        else:
            await session.behave(line)


class WordsTest(OAuthCase):
    def one(self, server_class, code, *words):
        certificate = make_certificate(self.work, "scripted")
        with server_class(certificate) as server:
            account = Account("work", server, self.store, oauth={
                "issuer": self.provider.issuer, "client": "{id: native}", "scope": SCOPE})
            program = Program(self.work / server_class.__name__, account)
            ended, text = self.log_in(program)
            self.assertEqual(code, ended, text)
            for word in words:
                self.assertIn(word, text)
            self.assertEqual(code == 0, bool(self.tokens(program)))
            return server, text

    def test_google(self):
        server, _ = self.one(Google, 0, "logged in as alice")
        self.assertEqual([b"OAUTHBEARER"], server.mechanisms)

    def test_google_refuses(self):
        """A hang, for who does not answer the challenge."""
        server, text = self.one(GoogleRefuses, 77, "Invalid credentials", "somebody else",
                                "not kept")
        self.assertEqual([b"AQ=="], server.answers)
        self.assertIn("400", text)

    def test_google_without_imap(self):
        self.one(GoogleWithoutImap, 77, "IMAP access is disabled for your domain")

    def test_google_wants_a_browser(self):
        _, text = self.one(GoogleWantsABrowser, 77,
                           "[WEBALERT https://accounts.google.com/signin/continue?plt=AKgnsbt]",
                           "https://support.google.com/mail/accounts/answer/78754",
                           "log in as alice in a browser")
        self.assertNotIn("somebody else", text)

    def test_microsoft_hangs_up(self):
        _, text = self.one(MicrosoftHangsUp, 69, "could not be tried", "sign in as alice")
        self.assertNotIn("somebody else", text)

    def test_google_is_full(self):
        """No word about the token: tried again, and then told as what it is."""
        server, text = self.one(GoogleIsFull, 75, "Too many simultaneous connections")
        self.assertEqual(3, len(server.mechanisms))
        self.assertNotIn("somebody else", text)

    def test_microsoft(self):
        server, _ = self.one(Microsoft, 0, "logged in as alice")
        self.assertEqual([b"XOAUTH2"], server.mechanisms)

    def test_microsoft_refuses(self):
        self.one(MicrosoftRefuses, 77, "AUTHENTICATE failed", "somebody else")

    def test_microsoft_is_hollow(self):
        self.one(MicrosoftIsHollow, 77, "authenticated but not connected", "somebody else")


if __name__ == "__main__":
    unittest.main()
