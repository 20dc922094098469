#!/usr/bin/env bash
# Expected: a proxy that hands on CAPABILITY names only what works through it; COMPRESS=DEFLATE changes the
#   bytes of the connection, which it reads.
# Seen: imapproxy 1.2.8 before Cyrus 3.6.1. It offers COMPRESS=DEFLATE, hands on the OK, and goes on to
#   read text where compressed bytes come: the next command gets no answer at all, for ten seconds.
# Why it matters: a client that compresses where it is offered never gets a word through.
# Where imapkeep takes care: a connection that dies between the OK and the first answer is made again
#   without, and the host remembered (sync/imap); tests/live/test_proxy_compress.py.
source "$(dirname "$0")/common/servers.bash"
fetch cyrus cyrus-imapd=3.6.1-4+deb12u5 cyrus-common=3.6.1-4+deb12u5
fetch imapproxy 'imapproxy=1.2.8~svn20171105-2+b2'
ask cyrus.Cyrus <<'PYTHON'
import socket
import zlib
from live.imapproxy import ImapProxy

server.plain_port = free_port()
server.restart()
proxy = ImapProxy(server.dir / "proxy", server)
with proxy:
    line = socket.create_connection(("127.0.0.1", proxy.port), 10)
    line.settimeout(10)
    answers = line.makefile("rb")
    say(answers.readline())

    def asks(command):
        """The last line is the tagged one."""
        line.sendall(b"t " + command + b"\r\n")
        text = answers.readline()
        while not text.splitlines()[-1].startswith(b"t "):
            text += answers.readline()
        return text

    say(asks(b"LOGIN alice " + server.password.encode()))
    text = asks(b"CAPABILITY")
    say(text)
    granted = asks(b"COMPRESS DEFLATE")
    say(granted)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    line.sendall(packer.compress(b"d NOOP\r\n") + packer.flush(zlib.Z_SYNC_FLUSH))
    try:
        raw = line.recv(4096)
    except TimeoutError:
        raw = b"nothing within ten seconds"
    say("answer to NOOP, as it came:", raw)
    try:
        plain = zlib.decompressobj(-15).decompress(raw)
    except zlib.error as error:
        plain = b""
        say("not compressed:", error)
    same(b"COMPRESS=DEFLATE" in text and granted.startswith(b"t OK"), "offered and granted")
    same(b"d OK" not in plain, "and the next command gets no answer that can be read")
PYTHON
