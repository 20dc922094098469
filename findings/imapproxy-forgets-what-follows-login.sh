#!/usr/bin/env bash
# Expected: a command that is sent behind LOGIN without waiting is answered behind it, as all servers do
#   (RFC 3501 section 5.5).
# Seen: imapproxy 1.2.8 before Cyrus 3.6.1. LOGIN and NOOP in one piece: LOGIN is answered, NOOP never.
# Why it matters: a client that saves a round trip at login waits for ever, and blames the server.
# Where imapkeep takes care: nothing is sent before the answer to LOGIN or AUTHENTICATE has come
#   (sync/imap); tests/live/test_real_servers.py mirrors through imapproxy.
source "$(dirname "$0")/common/servers.bash"
fetch cyrus cyrus-imapd=3.6.1-4+deb12u5 cyrus-common=3.6.1-4+deb12u5
fetch imapproxy 'imapproxy=1.2.8~svn20171105-2+b2'
ask cyrus.Cyrus <<'PYTHON'
import socket
from live.imapproxy import ImapProxy


def both(port, words):
    """What comes within five seconds of the last of it."""
    line = socket.create_connection(("127.0.0.1", port), 10)
    line.settimeout(5)
    text = line.recv(4096)
    line.sendall(b"a LOGIN alice " + server.password.encode() + b"\r\nb NOOP\r\n")
    try:
        while b"\r\nb OK" not in text:
            text += line.recv(4096)
    except TimeoutError:
        pass
    heads = [row.split(b" [")[0][:40] for row in text.splitlines() if not row.startswith(b"*")]
    say(words, heads)
    return heads

server.plain_port = free_port()
server.restart()
with ImapProxy(server.dir / "proxy", server) as proxy:
    direct = both(server.plain_port, "Cyrus alone:")
    through = both(proxy.port, "through imapproxy:")
same([row[:4] for row in direct] == [b"a OK", b"b OK"], "Cyrus answers both")
same([row[:4] for row in through] == [b"a OK"], "behind imapproxy the second is never answered")
PYTHON
