#!/usr/bin/env bash
# Expected: UIDVALIDITY belongs to the mailbox: two EXAMINEs with nothing between them tell the same
#   number (RFC 3501 section 2.3.1.1), and UIDs stay good as long as it does.
# Seen: Courier 5.0.13. Of a mailbox that nobody has SELECTed yet, each EXAMINE tells the second in
#   which it was asked, and writes nothing down. The first SELECT writes the number of its own second,
#   and from then on EXAMINE tells that one.
# Why it matters: a backup changes nothing and so never SELECTs. To it the whole mailbox is numbered
#   anew at each look: whoever trusts that fetches everything again each time, or, with deletion
#   enabled, takes the mail of "before" for gone.
# Where imapkeep takes care: a former generation leaves only when its messages were found again by
#   their bytes (sync/plan, sync/pass); docs/servers.md.
source "$(dirname "$0")/common/servers.bash"
fetch courier courier-imap=5.0.13+1.0.16-3+b6 courier-base=1.0.16-3+b6
ask courier.Courier <<'PYTHON'
import time

def validity(words, readonly):
    with server.login() as client:
        client.select("INBOX", readonly=readonly)
        told = client.response("UIDVALIDITY")[1][0]
    say(words, told)
    return told

def next_second():
    now = int(time.time())
    while int(time.time()) == now:
        pass

server.deliver(mail("delivered"), "1700000001.M1P1.mx")
first = validity("EXAMINE:", True)
next_second()
second = validity("EXAMINE, a second later:", True)
next_second()
selected = validity("SELECT:", False)
next_second()
after = validity("EXAMINE after SELECT:", True)
same(int(first) < int(second) < int(selected), "each look has another UIDVALIDITY")
same(after == selected, "from the SELECT on it stays")
PYTHON
