#!/usr/bin/env bash
# Expected: FETCH of a message that another session has expunged gives its old bytes, NIL, nothing, or NO
#   (RFC 2180 section 4.1 names these).
# Seen: Courier 5.0.13 answers OK with a message of its own making, "Subject: message unavailable", of
#   129 octets, under the old UID. Before, the same session was told another RFC822.SIZE.
# Why it matters: a program that keeps what it is given keeps 129 octets that nobody ever sent, in the
#   place of a letter, and takes it for stored.
# Where imapkeep takes care: a body whose length is not the announced one is asked for again behind a
#   NOOP (sync/pass); tests/live/test_invented_message.py.
source "$(dirname "$0")/common/servers.bash"
fetch courier courier-imap=5.0.13+1.0.16-3+b6 courier-base=1.0.16-3+b6
ask courier.Courier <<'PYTHON'
with server.login() as ours, server.login() as other:
    for number in (1, 2):
        expect_ok(ours.append("INBOX", None, None, mail(f"number {number}", 50)))
    ours.select("INBOX", readonly=True)
    say("announced:", expect_ok(ours.uid("FETCH", "1:2", "(RFC822.SIZE)")))
    other.select()
    other.uid("STORE", "1", "+FLAGS.SILENT", "(\\Deleted)")
    other.expunge()
    answer = ours.uid("FETCH", "1", "(RFC822.SIZE BODY.PEEK[])")
    say("behind another session's EXPUNGE:", answer)
    body = answer[1][0][1]
    same(answer[0] == "OK" and b"Subject: message unavailable" in body, "a message is made up")
    say("NOOP:", ours.noop(), ours.response("EXPUNGE"))
PYTHON
