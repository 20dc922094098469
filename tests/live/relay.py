"""Stands between the program and a server: TLS on both sides, counts, refuses, cuts and stalls.

It reads the server's side as IMAP does (lines, and literals of announced length), so that what
stands inside a mail is never taken for an answer. One thread, since an OpenSSL connection must not be
read and written by two.
"""

import asyncio
import re
import ssl
import threading
from collections import Counter

from live.background import LONGEST_LINE, BackgroundServer

LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")
FETCHED = re.compile(rb"^\* \d+ FETCH .*BODY\[\]", re.I)
UID = re.compile(rb"UID (\d+)")

# (what a command looks like, capabilities of which one must have been offered)
NEEDS = [
    (rb"^\S+ ENABLE\b", b"ENABLE"),
    (rb"^\S+ ID\b", b"ID"),
    (rb"^\S+ NAMESPACE\b", b"NAMESPACE"),
    (rb"^\S+ UNSELECT\b", b"UNSELECT"),
    (rb"^\S+ IDLE\b", b"IDLE"),
    (rb"^\S+ COMPRESS\b", b"COMPRESS=DEFLATE"),
    (rb"\b(QRESYNC|VANISHED)\b", b"QRESYNC"),
    (rb"\b(CONDSTORE|CHANGEDSINCE|MODSEQ|HIGHESTMODSEQ)\b", b"CONDSTORE QRESYNC"),
    (rb"^\S+ (UID )?SEARCH RETURN\b", b"ESEARCH"),
    (rb"\bRETURN \([^)]*STATUS\b", b"LIST-STATUS"),
    (rb"^\S+ LIST .*\bRETURN \(", b"LIST-EXTENDED LIST-STATUS SPECIAL-USE"),
    (rb"^\S+ STATUS .*\bSIZE\b", b"STATUS=SIZE"),
    (rb"^\S+ AUTHENTICATE \S+ \S", b"SASL-IR"),
    (rb"\{\d+\+\}$", b"LITERAL+ LITERAL-"),
    (rb"\b(EMAILID|THREADID|MAILBOXID)\b", b"OBJECTID"),
]
# The source is never changed: these would.
WRITING = re.compile(
    rb"^\S+ (UID )?(SELECT|STORE|COPY|MOVE|EXPUNGE|APPEND|CREATE|DELETE|RENAME|SUBSCRIBE"
    rb"|UNSUBSCRIBE|CLOSE|SETACL|SETMETADATA|REPLACE)\b", re.I)
SETTING_SEEN = re.compile(rb"\bBODY\[|\bRFC822(\.TEXT)?[ )\r]", re.I)


class Relay(BackgroundServer):
    def __init__(self, server, strict=False):
        super().__init__(server.certificate)
        self.server, self.password = server, server.password
        self.strict = strict
        self.cut_after = None  # bytes from the server in one connection, then the line is cut
        self.cut_sending_after = None  # bytes to the server in one connection, then the same
        self.cut_first_only = False  # the next connection is whole
        self.stall_after = None  # … then nothing comes any more
        self.stalled = threading.Event()
        self.on_command = None  # called with each command line, before it is passed on
        self.refuses = False  # new connections are cut at once
        self._writers = set()
        self.forget()

    def forget(self):
        """Starts counting anew."""
        self.commands = Counter()
        self.command_lines = []
        self.fetched = []  # UIDs of the bodies that went by
        self.bytes_from_server = 0
        self.bytes_from_client = 0
        self.refused = []  # commands that the server had not offered
        self.writing = []  # commands that could change the mailbox
        self.connections = 0

    def cut(self):
        """Every connection that is there dies now, without a word."""
        self.call(lambda: [writer.transport.abort() for writer in self._writers])

    async def serve(self, reader, writer):
        if self.refuses:
            writer.transport.abort()
            return
        self._writers.add(writer)
        cuts = not self.cut_first_only or self.connections == 1
        try:
            await self._pass_on(reader, writer, cuts)
        finally:
            self._writers.discard(writer)

    async def _pass_on(self, reader, writer, cuts):
        try:
            context = ssl.create_default_context(cafile=str(self.ca))
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", self.server.port, ssl=context, server_hostname="localhost",
                limit=LONGEST_LINE)
        except OSError:
            writer.transport.abort()
            return
        offered = set()
        ways = [asyncio.ensure_future(self._forth(reader, writer, far_writer, offered, cuts)),
                asyncio.ensure_future(self._back(far_reader, writer, offered, cuts))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            if cuts and (self.cut_after is not None or self.cut_sending_after is not None):
                writer.transport.abort()
            far_writer.close()

    async def _forth(self, reader, writer, far_writer, offered, cuts):
        passed, limit = 0, self.cut_sending_after if cuts else None
        while line := await reader.readline():
            if limit is not None and passed + len(line) > limit:
                far_writer.write(line[:limit - passed])
                await far_writer.drain()
                return
            passed += len(line)
            self.bytes_from_client += len(line)
            self._note_command(line)
            if self.on_command:
                self.on_command(line)
            lacking = self._lacking(line, offered)
            if lacking:
                self.refused.append(line)
                writer.write(line.split()[0] + b" BAD not offered: " + lacking + b"\r\n")
            else:
                far_writer.write(line)
                await far_writer.drain()

    def _note_command(self, line):
        words = line.split()
        if len(words) < 2:
            return
        verb = words[1].upper() if words[1].upper() != b"UID" else b"UID " + words[2].upper()
        self.commands[verb.decode("latin-1")] += 1
        if not verb.startswith((b"LOGIN", b"AUTHENTICATE")):
            self.command_lines.append(line)
        if WRITING.match(line) or (b"FETCH" in verb and SETTING_SEEN.search(line)):
            self.writing.append(line)

    def _lacking(self, line, offered):
        if not self.strict:
            return None
        for pattern, names in NEEDS:
            if re.search(pattern, line.rstrip(), re.I) and not offered & set(names.split()):
                return names
        return None

    async def _back(self, far_reader, writer, offered, cuts):
        passed, literal, limit = 0, 0, self.cut_after if cuts else None
        while True:
            if literal:
                piece = await far_reader.read(min(literal, 65536))
                literal -= len(piece)
            else:
                piece = await far_reader.readline()
                self._note_answer(piece, offered)
                found = LITERAL.search(piece)
                literal = int(found[1]) if found else 0
            if not piece:
                return
            if writer.is_closing():
                return
            room = None if limit is None else limit - passed
            if room is not None and len(piece) >= room:
                writer.write(piece[:max(room, 0)])
                await writer.drain()
                return
            if self.stall_after is not None and passed >= self.stall_after:
                self.stalled.set()
                await self.ended.wait()
                return
            passed += len(piece)
            self.bytes_from_server += len(piece)
            writer.write(piece)
            await writer.drain()

    def _note_answer(self, line, offered):
        if FETCHED.match(line):
            uid = UID.search(line)
            self.fetched.append(int(uid[1]) if uid else 0)
        # Not the words of `a OK CAPABILITY completed`.
        for match in re.finditer(rb"(?:^\* |\[)CAPABILITY ([^\]\r\n]*)", line, re.I):
            offered.clear()
            offered.update(match[1].upper().split())
