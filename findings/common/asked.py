"""Runs what a finding asks of a server, which is started before and stopped behind it."""

import importlib
import sys
from pathlib import Path

from live.dovecot import Dovecot, free_port
from live.real_server import mail
from live.server_view import expect_ok


def say(*words):
    print(*words, flush=True)


def same(is_so, what):
    """The behaviour that was seen; if it is no longer so, the finding is no longer true."""
    if not is_so:
        say(f"NO LONGER SO: {what}")
        sys.exit(1)
    say(f"still so: {what}")


def subjects(client, uids="1:*"):
    """{UID: subject} of the folder that is open."""
    found = {}
    for item in expect_ok(client.uid("FETCH", uids, "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")):
        if isinstance(item, tuple):
            words = item[0].split()
            found[int(words[words.index(b"(UID") + 1])] = item[1].decode().partition(":")[2].strip()
    return found


def asked(name, place, text):
    module, _, kind = name.rpartition(".")
    server = getattr(importlib.import_module("live." + module), kind)(Path(place))
    tools = {"server": server, "say": say, "same": same, "subjects": subjects, "mail": mail,
             "expect_ok": expect_ok, "Dovecot": Dovecot, "free_port": free_port}
    with server:
        exec(compile(text, "finding", "exec"), tools)
