#!/usr/bin/env bash
# Expected: EXAMINE changes nothing, and a message keeps its UID (RFC 3501 sections 6.3.2 and 2.3.1.1).
# Seen: GNU mailutils 3.15, Maildir. While one message is in new/, each EXAMINE gives new UIDs to it and
#   to the messages behind it, with a growing UIDNEXT, and from second to second another UIDVALIDITY. A
#   SELECT and CLOSE of any client ends it.
# Why it matters: whoever mirrors by UID fetches the whole folder at each look.
# Where imapkeep takes care: what is the same by content is linked, and the old generation leaves
#   (sync/pass); tests/live/test_unstable_uids.py.
source "$(dirname "$0")/common/servers.bash"
fetch imap4d mailutils-imap4d=1:3.15-4 libmailutils9=1:3.15-4
ask imap4d.Imap4d <<'PYTHON'
def look(words):
    with server.login() as client:
        client.select("INBOX", readonly=True)
        validity = client.response("UIDVALIDITY")[1][0]
        found = subjects(client)
    say(words, "UIDVALIDITY", validity, found)
    return validity, found

with server.login() as client:
    for number in (1, 2, 3):
        client.append("INBOX", None, None, mail(f"number {number}"))
server.settle()
quiet = look("before the delivery:")
same(quiet == look("once more:"), "it is quiet while nothing is in new/")
server.deliver(mail("delivered"), "1000000000.M1P1.mx")
first = look("EXAMINE behind a delivery:")
second = look("EXAMINE once more:")
same(set(first[1].values()) == set(second[1].values()), "the same messages")
same(not first[1].keys() & second[1].keys(), "no UID is what it was")
server.settle()
last = look("behind SELECT and CLOSE:")
same(last == look("once more:"), "quiet again")
PYTHON
