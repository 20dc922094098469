"""What a server holds, seen through imaplib: the one side of every comparison."""

import datetime
import hashlib
import re
from dataclasses import dataclass, field

LIST_LINE = re.compile(rb'\((?P<attributes>[^)]*)\) (?:"(?P<delimiter>\\?.)"|NIL) (?P<name>.*)$')
UID = re.compile(rb"UID (\d+)")
FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
DATE = re.compile(rb'INTERNALDATE "([^"]+)"')


@dataclass
class ServerMessage:
    sha256: str
    size: int
    internal_date: int
    flags: frozenset  # without \Recent, which belongs to a session


@dataclass
class ServerFolder:
    raw: str  # the name as the server says it
    delimiter: str
    uid_validity: int
    messages: dict = field(default_factory=dict)  # UID → ServerMessage


def quote(raw):
    """A quoted string; bytes, since imaplib would insist on ASCII."""
    return ('"' + raw.replace("\\", "\\\\").replace('"', '\\"') + '"').encode("latin-1")


def unquote(raw):
    text = raw.decode("latin-1")
    if text.startswith('"'):
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def expect_ok(answer):
    status, data = answer
    if status != "OK":
        raise RuntimeError(f"the server says {status} {data}")
    return data


def list_folders(client):
    """[(raw name, delimiter)] of what can be selected."""
    found = []
    for line in expect_ok(client.list()):
        if not line:  # what follows a literal
            continue
        literal = line[1] if isinstance(line, tuple) else None
        match = LIST_LINE.match(line[0] if isinstance(line, tuple) else line)
        attributes = match["attributes"].lower()
        if b"\\noselect" not in attributes and b"\\nonexistent" not in attributes:
            delimiter = (match["delimiter"] or b"").decode()
            name = literal.decode("latin-1") if literal is not None else unquote(match["name"])
            found.append((name, delimiter))
    return found


def parse_date(text):
    moment = datetime.datetime.strptime(text.decode().strip(), "%d-%b-%Y %H:%M:%S %z")
    return max(0, int(moment.timestamp()))


def view_folder(client, raw, delimiter):
    expect_ok(client.select(quote(raw), readonly=True))
    folder = ServerFolder(raw, delimiter, int(client.response("UIDVALIDITY")[1][0]))
    uids = expect_ok(client.uid("SEARCH", "ALL"))[0].split()
    for start in range(0, len(uids), 200):
        some = b",".join(uids[start:start + 200]).decode()
        data = expect_ok(client.uid("FETCH", some, "(UID FLAGS INTERNALDATE BODY.PEEK[])"))
        pending = None
        for item in data + [None]:
            if isinstance(item, tuple):
                pending = item
                continue
            # What follows the literal belongs to it too; `BODY[] ""` comes without a literal.
            head, body = (b"", b"") if pending is None else pending
            text = head + b" " + (item or b"")
            pending = None
            if not UID.search(text):
                continue
            flags = FLAGS.search(text)[1].decode("latin-1").split()
            folder.messages[int(UID.search(text)[1])] = ServerMessage(
                hashlib.sha256(body).hexdigest(), len(body), parse_date(DATE.search(text)[1]),
                frozenset(flag for flag in flags if flag.lower() != "\\recent"))
    if len(folder.messages) != len(uids):
        raise RuntimeError(f"{raw}: {len(uids)} UIDs but {len(folder.messages)} bodies came")
    return folder


def view_server(client):
    """{raw name: ServerFolder}"""
    return {raw: view_folder(client, raw, delimiter) for raw, delimiter in list_folders(client)}
