#!/usr/bin/env bash
# Expected: a UID that a server has told does not become another message's while UIDVALIDITY stays
#   (RFC 3501 section 2.3.1.1), whoever has asked, also under EXAMINE.
# Seen: Courier 5.0.13. A delivery in new/ is UID 1 under EXAMINE and that is not written down. An
#   APPEND of another session is then told APPENDUID 1, the delivery becomes UID 2, and UIDVALIDITY is
#   what it was.
# Why it matters: a mirror that holds "UID 1" as known keeps the delivery twice and never the other
#   message, and calls itself complete.
# Where imapkeep takes care: date and size of what is listed are held against what is stored, on
#   servers that can do this (sync/plan, sync/pass); tests/live/test_uid_reuse.py.
source "$(dirname "$0")/common/servers.bash"
fetch courier courier-imap=5.0.13+1.0.16-3+b6 courier-base=1.0.16-3+b6
ask courier.Courier <<'PYTHON'
def look(words):
    with server.login() as client:
        client.select("INBOX", readonly=True)
        validity = client.response("UIDVALIDITY")[1][0]
        found = subjects(client)
    say(words, "UIDVALIDITY", validity, found)
    return validity, found

server.deliver(mail("delivered"), "1700000001.M1P1.mx")
before = look("EXAMINE after a delivery into new/:")
with server.login() as client:
    say("APPEND of another session:", client.append("INBOX", None, None, mail("appended")))
after = look("EXAMINE again:")
same(before == (after[0], {1: "delivered"}), "the delivery had UID 1")
same(after[1] == {1: "appended", 2: "delivered"}, "UID 1 is another message, UIDVALIDITY the same")
PYTHON
