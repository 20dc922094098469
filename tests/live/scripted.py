"""A small IMAP server whose every word a test decides: names, bodies and misbehaviour.

`ScriptedServer` knows just what a mirror asks for. A test gives it folders, and overrides `answer`
or `greet` to misbehave. Bodies may be a length, for messages that are larger than memory.
"""

import imaplib
import re
import ssl
from dataclasses import dataclass, field

from live.background import BackgroundServer

FILLER = (b"0123456789 the quick brown fox jumps over the lazy dog " * 16)[:766] + b"\r\n"


@dataclass
class Body:
    """A message: bytes, or a length that is served as lines of text."""

    data: bytes = b""
    length: int = 0
    flags: tuple = ()
    date: str = "17-Jul-2021 02:44:25 +0000"

    @property
    def size(self):
        return self.length or len(self.data)

    def pieces(self):
        if not self.length:
            yield self.data
            return
        head = b"Subject: large\r\n\r\n"[:self.length]
        yield head
        left, block = self.length - len(head), FILLER * 80
        while left > 0:
            piece = block[:left]
            left -= len(piece)
            yield piece


@dataclass
class Folder:
    messages: dict = field(default_factory=dict)  # UID → Body
    uid_validity: int = 1
    attributes: str = "\\HasNoChildren"


def message(number=1):
    return Body(f"Subject: scripted {number}\r\n\r\nbody {number}\r\n".encode())


class ScriptedServer(BackgroundServer):
    capability = b"IMAP4rev1"
    delimiter = b'"/"'

    def __init__(self, certificate, folders=None, password="scripted-secret-7d1c"):
        super().__init__(certificate)
        self.password = password
        self.folders = folders or {b"INBOX": Folder({1: message()})}
        self.commands = []
        self.sessions = set()

    def login(self, user="alice"):
        context = ssl.create_default_context(cafile=str(self.ca))
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=120)
        client.login(user, self.password)
        return client

    async def serve(self, reader, writer):
        session = Session(self, reader, writer)
        self.sessions.add(session)
        try:
            await self.greet(session)
            while not session.over and (line := await session.line()):
                self.commands.append(line)
                await self.answer(session, line)
        finally:
            self.sessions.discard(session)

    def cut(self):
        """Every connection that is there dies now, without a word."""
        self.call(lambda: [session.writer.transport.abort() for session in self.sessions])

    async def greet(self, session):
        await session.say(b"* OK [CAPABILITY " + self.capability + b"] ready")

    async def answer(self, session, line):
        """Overridden by tests; falls back to behaving."""
        await session.behave(line)


class Session:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.folder = None
        self.told = 0  # how many messages the client believes to be in it
        self.over = False

    async def line(self):
        """A command, its literals put back in as quoted text."""
        whole = b""
        while True:
            piece = await self.reader.readline()
            found = re.search(rb"\{(\d+)(\+?)\}\r\n$", piece)
            if not found:
                return (whole + piece).rstrip(b"\r\n")
            if not found[2]:
                await self.say(b"+ go on")
            text = await self.reader.readexactly(int(found[1]))
            text = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            whole += piece[:found.start()] + b'"' + text + b'"'

    async def say(self, *lines):
        await self.raw(b"".join(line + b"\r\n" for line in lines))

    async def raw(self, data):
        if self.writer.is_closing():
            raise ConnectionResetError("the client has gone away")
        self.writer.write(data)
        await self.writer.drain()

    async def silence(self):
        await self.server.ended.wait()

    async def behave(self, line):
        tag, _, rest = line.partition(b" ")
        words = rest.split(b" ")
        verb = words[0].upper()
        if verb == b"UID":
            verb, words = b"UID_" + words[1].upper(), words[1:]
        handler = getattr(self, "on_" + verb.decode("latin-1").lower(), None)
        if handler is None:
            await self.say(tag + b" BAD unknown command")
            return
        refusal = await handler(rest)
        await self.say(tag + b" " + (refusal or b"OK done"))

    async def on_capability(self, rest):
        await self.say(b"* CAPABILITY " + self.server.capability)

    async def on_noop(self, rest):
        return None

    async def on_login(self, rest):
        return None

    async def on_authenticate(self, rest):
        if len(rest.split(b" ")) < 3:
            await self.say(b"+ ")
            await self.reader.readline()

    async def on_logout(self, rest):
        await self.say(b"* BYE until next time")
        self.over = True

    async def on_list(self, rest):
        for name, folder in self.server.folders.items():
            await self.say(self.list_line(name, folder))

    def list_line(self, name, folder):
        head = b"* LIST (" + folder.attributes.encode() + b") " + self.server.delimiter
        return head + b" " + self.spelled(name)

    @staticmethod
    def spelled(name):
        if re.search(rb'[\r\n"\\\x00-\x1f\x7f-\xff]', name) or len(name) > 200:
            return b"{%d}\r\n%s" % (len(name), name)
        return b'"' + name + b'"'

    @staticmethod
    def named(rest):
        """The mailbox of a command: the last quoted text, or the second word."""
        found = re.search(rb'"((?:\\.|[^"\\])*)"', rest)
        if found:
            return re.sub(rb"\\(.)", rb"\1", found[1])
        return rest.split(b" ")[1]

    def find(self, rest):
        name = self.named(rest)
        return name, self.server.folders.get(name)

    async def on_status(self, rest):
        name, folder = self.find(rest)
        if folder is None:
            return b"NO no such mailbox"
        items = b"MESSAGES %d UIDNEXT %d UIDVALIDITY %d" % (
            len(folder.messages), max(folder.messages, default=0) + 1, folder.uid_validity)
        await self.say(b"* STATUS " + self.spelled(name) + b" (" + items + b")")
        return None

    async def on_examine(self, rest):
        _, self.folder = self.find(rest)
        if self.folder is None:
            return b"NO no such mailbox"
        self.told = len(self.folder.messages)
        await self.say(b"* FLAGS (\\Seen \\Flagged)", b"* %d EXISTS" % len(self.folder.messages),
                       b"* OK [UIDVALIDITY %d] here" % self.folder.uid_validity,
                       b"* OK [UIDNEXT %d] next" % (max(self.folder.messages, default=0) + 1))
        return b"OK [READ-ONLY] done"

    async def on_uid_search(self, rest):
        uids = b"".join(b" %d" % uid for uid in sorted(self.folder.messages))
        await self.say(b"* SEARCH" + uids)

    async def on_uid_fetch(self, rest):
        wanted = self.wanted(rest.split(b" ")[2])
        with_body = b"BODY.PEEK[]" in rest.upper()
        for number, uid in enumerate(sorted(self.folder.messages), 1):
            if wanted(uid):
                await self.fetch(number, uid, self.folder.messages[uid], with_body)

    async def fetch(self, number, uid, body, with_body):
        facts = b"UID %d FLAGS (%s) INTERNALDATE \"%s\" RFC822.SIZE %d" % (
            uid, " ".join(body.flags).encode(), body.date.encode(), body.size)
        if not with_body:
            await self.say(b"* %d FETCH (%s)" % (number, facts))
            return
        await self.raw(b"* %d FETCH (%s BODY[] {%d}\r\n" % (number, facts, body.size))
        for piece in body.pieces():
            await self.raw(piece)
        await self.say(b")")

    @staticmethod
    def wanted(text):
        ranges = []
        for part in text.split(b","):
            first, _, last = part.partition(b":")
            low = int(first)
            high = low if not last else (1 << 32 if last == b"*" else int(last))
            ranges.append((min(low, high), max(low, high)))
        return lambda uid: any(low <= uid <= high for low, high in ranges)
