"""Stands between the program and a server: TLS on both sides, counts, refuses, cuts and stalls.

It reads the server's side as IMAP does (lines, and literals of announced length), so that what
stands inside a mail is never taken for an answer.
"""

import re
import socket
import ssl
import threading
from collections import Counter

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


class Relay:
    host = "localhost"

    def __init__(self, server, strict=False):
        self.server, self.ca, self.password = server, server.ca, server.password
        self.strict = strict
        self.cut_after = None  # bytes from the server in one connection, then the line is cut
        self.stall_after = None  # … then nothing comes any more
        self.on_command = None  # called with each command line, before it is passed on
        self.forget()
        self._accepting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._accepting.load_cert_chain(server.certificate.cert, server.certificate.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = []
        self._released = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self):
        """Starts counting anew."""
        self.commands = Counter()
        self.command_lines = []
        self.fetched = []  # UIDs of the bodies that went by
        self.bytes_from_server = 0
        self.refused = []  # commands that the server had not offered
        self.writing = []  # commands that could change the mailbox
        self.connections = 0

    def close(self):
        self._released.set()
        self._listener.close()
        for end in self._open:
            self._shut(end)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    @staticmethod
    def _shut(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self):
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        self.connections += 1
        try:
            client = self._accepting.wrap_socket(raw, server_side=True)
            context = ssl.create_default_context(cafile=str(self.ca))
            server = context.wrap_socket(
                socket.create_connection(("127.0.0.1", self.server.port)),
                server_hostname="localhost")
        except OSError:
            raw.close()
            return
        self._open += [client, server]
        offered = set()
        back = threading.Thread(target=self._back, args=(server, client, offered), daemon=True)
        back.start()
        try:
            self._forth(client, server, offered)
        except OSError:
            pass
        self._shut(server)
        back.join(10)
        client.close()
        server.close()

    def _forth(self, client, server, offered):
        with client.makefile("rb") as lines:
            for line in lines:
                self._note_command(line)
                if self.on_command:
                    self.on_command(line)
                lacking = self._lacking(line, offered)
                if lacking:
                    self.refused.append(line)
                    client.sendall(line.split()[0] + b" BAD not offered: " + lacking + b"\r\n")
                    continue
                server.sendall(line)

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

    def _back(self, server, client, offered):
        passed, literal = 0, 0
        try:
            with server.makefile("rb") as stream:
                while True:
                    piece = stream.read1(min(literal, 65536)) if literal else stream.readline()
                    if not piece:
                        break
                    if literal:
                        literal -= len(piece)
                    else:
                        self._note_answer(piece, offered)
                        found = LITERAL.search(piece)
                        literal = int(found[1]) if found else 0
                    room = None if self.cut_after is None else self.cut_after - passed
                    if room is not None and len(piece) >= room:
                        client.sendall(piece[:max(room, 0)])
                        break
                    if self.stall_after is not None and passed >= self.stall_after:
                        self._released.wait(300)
                        break
                    passed += len(piece)
                    self.bytes_from_server += len(piece)
                    client.sendall(piece)
        except OSError:
            pass
        self._shut(client)
        self._shut(server)

    def _note_answer(self, line, offered):
        if FETCHED.match(line):
            uid = UID.search(line)
            self.fetched.append(int(uid[1]) if uid else 0)
        for match in re.finditer(rb"CAPABILITY ([^\]\r\n]*)", line):
            offered.clear()
            offered.update(match[1].upper().split())
