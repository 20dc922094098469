#!/usr/bin/env bash
# Expected: a folder that is deleted, and another one that gets its name, never have the same UIDVALIDITY
#   (RFC 3501 section 2.3.1.1).
# Seen: Cyrus 3.6.1. w and x are made, then x is deleted, w renamed away and made anew, filled, and
#   renamed to x: the new x has the UIDVALIDITY of the old one, and its UIDs 1 and 2 are other mail.
#   MAILBOXID is another one and HIGHESTMODSEQ has grown.
# Why it matters: by the rule, the two old messages are still there and nothing new has come.
# Where imapkeep takes care: MAILBOXID, and sizes and dates of what is listed (sync/plan);
#   tests/live/test_uidvalidity_again.py.
source "$(dirname "$0")/common/servers.bash"
fetch cyrus cyrus-imapd=3.6.1-4+deb12u5 cyrus-common=3.6.1-4+deb12u5
ask cyrus.Cyrus <<'PYTHON'
def look(client, words):
    client.select("x", readonly=True)
    validity = client.response("UIDVALIDITY")[1][0]
    id_ = client.response("MAILBOXID")[1][0]
    found = subjects(client)
    client.unselect()
    say(words, "UIDVALIDITY", validity, "MAILBOXID", id_, found)
    return validity, id_, found

with server.login() as client:
    client.create("w")
    client.create("x")
    for number in (1, 2):
        client.append("x", None, None, mail(f"old {number}"))
    before = look(client, "the first x:")
    client.delete("x")
    client.rename("w", "q")
    client.create("w")
    for number in (1, 2):
        client.append("w", None, None, mail(f"new {number}"))
    client.rename("w", "x")
    after = look(client, "the second x:")
same(before[0] == after[0], "two folders, one UIDVALIDITY")
same(before[2].keys() == after[2].keys() and before[2] != after[2], "other mail, the same UIDs")
same(before[1] != after[1], "MAILBOXID tells them apart")
PYTHON
