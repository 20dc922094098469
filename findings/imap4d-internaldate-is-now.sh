#!/usr/bin/env bash
# Expected: INTERNALDATE is when a message arrived, and stays (RFC 3501 section 2.3.3).
# Seen: GNU mailutils 3.15, Maildir. It is the second in which it is asked for, for every message.
# Why it matters: whoever holds UIDs for unsure and compares dates takes every message for another one, at
#   each look; and a mirror's mtime is when it was fetched.
# Where imapkeep takes care: values that change without the bytes are not compared again in that folder
#   (sync/plan); tests/live/test_real_servers.py, test_unstable_uids.py.
source "$(dirname "$0")/common/servers.bash"
fetch imap4d mailutils-imap4d=1:3.15-4 libmailutils9=1:3.15-4
ask imap4d.Imap4d <<'PYTHON'
import time

def look():
    with server.login() as client:
        client.select("INBOX", readonly=True)
        answer = expect_ok(client.uid("FETCH", "1:*", "(INTERNALDATE)"))
    say(time.strftime("at %d-%b-%Y %H:%M:%S +0000:", time.gmtime()), answer)
    return answer

with server.login() as client:
    for number in (1, 2):
        client.append("INBOX", None, '"17-Jul-2021 02:44:25 +0000"', mail(f"number {number}"))
server.settle()
first = look()
time.sleep(1.5)
second = look()
same(b"2021" not in first[0] and first != second, "each look gives another date")
PYTHON
