#!/usr/bin/env bash
# Expected: a session in a folder that another one renames goes on, or is told BYE (RFC 2180 section 3.4).
# Seen: Cyrus 3.6.1 tells it, at its next NOOP, that every message has been expunged, one by one, and
#   answers OK. The mail is whole, under the new name.
# Why it matters: taken at its word, the whole folder has been emptied by somebody.
# Where imapkeep takes care: no message departs by what an open folder is told; a list of a later look and
#   a second witness are needed (docs/synchronisation.md); tests/live/test_folder_events.py.
source "$(dirname "$0")/common/servers.bash"
fetch cyrus cyrus-imapd=3.6.1-4+deb12u5 cyrus-common=3.6.1-4+deb12u5
ask cyrus.Cyrus <<'PYTHON'
with server.login() as ours, server.login() as other:
    ours.create("x")
    for number in (1, 2, 3):
        ours.append("x", None, None, mail(f"number {number}"))
    ours.select("x", readonly=True)
    say("RENAME x y of another session:", other.rename("x", "y"))
    say("NOOP:", ours.noop())
    told = ours.response("EXPUNGE")[1]
    say("told:", told)
    other.select("y", readonly=True)
    there = subjects(other)
    say("y:", there)
same(told == [b"1", b"1", b"1"], "each message is said to be expunged")
same(len(there) == 3, "and all are there")
PYTHON
