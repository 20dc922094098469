#!/usr/bin/env bash
# Expected: what is being delivered into a Maildir's tmp is safe for 36 hours from when it was written, since
#   "not accessed in 36 hours" is what a reader may remove (maildir(5)); Dovecot takes the time of the last
#   change of the inode, which nobody can set.
# Seen: aerc 0.14.0 (go-maildir), aerc 0.22.0 too. A file that was made this second, with an mtime of some years
#   ago as a mirror or a restore gives it (INTERNALDATE), is gone from INBOX/tmp as soon as INBOX is opened. And
#   where a directory of such a date is in tmp, and not empty, INBOX cannot be opened at all: "could not clean
#   directory".
# Why it matters: whoever sets the date before the rename into cur loses the message under its feet, and the
#   rename says ENOENT.
# Where imapkeep takes care: the date is set at the moment of the rename (sync/store/maildir/receiving_place.h);
#   docs/decisions/0011-readers-see-live-mail-only.md; tests/live/test_readers.py.
source "$(dirname "$0")/common/servers.bash"
fetch aerc aerc=0.14.0-1+b5
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/tests:$here python3 - "$work" <<'PYTHON'
import os
import sys
from pathlib import Path

from asked import same, say
from live.readers import Readers

work = Path(sys.argv[1])
for folder in ("INBOX", "Sent"):
    for part in ("cur", "new", "tmp"):
        (work / "mail" / folder / part).mkdir(parents=True)
(work / "mail/INBOX/cur/1.x:2,S").write_bytes(b"From: a@b\nSubject: livemail\n\nx\n")
tmp = work / "mail/INBOX/tmp"


def deliver(name, date):
    (tmp / name).write_bytes(b"From: a@b\nSubject: on its way\n\nx\n")
    if date:
        os.utime(tmp / name, (date, date))


deliver("of-today", None)
deliver("of-2021", 1626489865)
Readers(work / "home").aerc(work / "mail")
say("left in INBOX/tmp:", sorted(os.listdir(tmp)))
same(os.listdir(tmp) == ["of-today"], "aerc removes by the date that the file was given")

(tmp / "own").mkdir()
(tmp / "own/1").touch()
os.utime(tmp / "own", (1626489865, 1626489865))
try:
    Readers(work / "home").aerc(work / "mail")
    told = ""
except AssertionError as error:
    told = str(error)
same("could not clean directory" in told, "with an old directory in tmp it does not open INBOX")
PYTHON
