"""A scripted IMAP server that takes tokens, until a test ends them before their time."""

import base64
import re

from live.scripted import ScriptedServer, message

INBOX = b"INBOX"
REFUSAL = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"imap"}')


class TokenServer(ScriptedServer):
    """`how` says what becomes of a token that has ended. "NO", "challenge", "BYE", "OK, BYE" and
    "hangs up": its sessions are cut off without a word, and this is the answer to a login. "told":
    they get a BYE. "FETCH BYE", "FETCH NO": so are they told behind the first body that is asked
    for."""

    capability = b"IMAP4rev1 SASL-IR AUTH=XOAUTH2 IDLE"

    def __init__(self, certificate):
        super().__init__(certificate)
        self.how = "NO"
        self.takes_none = False  # whatever is shown, new tokens too
        self.seen, self.ended_tokens = set(), set()
        self.logins = self.refused = 0

    def deliver(self):
        messages = self.folders[INBOX].messages
        uid = max(messages, default=0) + 1
        messages[uid] = message(uid)

    def end_tokens(self):
        """No token that was shown so far is good any more, and there is new mail."""
        self.call(self._end_tokens)

    def _end_tokens(self):
        self.deliver()
        self.ended_tokens |= self.seen
        for session in self.sessions:
            if self.how.startswith("FETCH"):
                count = len(self.folders[INBOX].messages)
                session.writer.write(b"* %d EXISTS\r\n" % count)
            elif self.how == "told":
                session.writer.write(b"* BYE Session expired, please login again.\r\n")
                session.writer.close()
            else:
                session.writer.transport.abort()

    async def answer(self, session, line):
        tag, _, rest = line.partition(b" ")
        if rest.upper().startswith(b"AUTHENTICATE"):
            return await self.authenticate(session, tag, rest)
        if rest.upper() == b"IDLE":
            await session.say(b"+ idling")
            await session.reader.readline()
            return await session.say(tag + b" OK done")
        is_over = getattr(session, "token", None) in self.ended_tokens
        if is_over and b"BODY.PEEK[]" in rest and self.how.startswith("FETCH"):
            return await self.end_in_fetch(session, tag)
        await session.behave(line)

    async def end_in_fetch(self, session, tag):
        uid = min(session.folder.messages)
        await session.fetch(1, uid, session.folder.messages[uid], True)
        if self.how == "FETCH NO":
            return await session.say(tag + b" NO AccessTokenExpired")
        await session.say(b"* BYE Session invalidated - AccessTokenExpired")
        session.over = True

    async def authenticate(self, session, tag, rest):
        said = base64.b64decode(rest.split(b" ")[2])
        session.token = re.search(rb"auth=Bearer ([^\x01]*)", said)[1].decode()
        self.seen.add(session.token)
        if self.takes_none:
            self.ended_tokens.add(session.token)
        if session.token not in self.ended_tokens:
            self.logins += 1
            return await session.say(tag + b" OK [CAPABILITY " + self.capability + b"] welcome")
        self.refused += 1
        if self.how == "hangs up":
            session.writer.transport.abort()
        elif self.how == "BYE":
            await session.say(b"* BYE The access token has been revoked")
        elif self.how == "OK, BYE":
            await session.say(tag + b" OK welcome", b"* BYE The access token has expired")
        else:
            if self.how == "challenge":
                await session.say(b"+ " + REFUSAL)
                await session.reader.readline()
            return await session.say(tag + b" NO AUTHENTICATE failed.")
        session.over = True
