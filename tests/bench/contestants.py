"""Who runs: the wire-limit client, imapkeep, and mbsync with and without FSync.

A contestant has one directory. `fresh` empties it and writes what the program needs to reach a
server; `command` is what is timed; `stored` counts the messages that lie there afterwards, because
the time of a mirror that is not whole is worth nothing.
"""

import json
import os
from pathlib import Path

from bench.attic import put_away
from live.program import Account, Program

MAILDIR_PARTS = ("cur", "new")


def count_mail(root):
    count = 0
    for directory, names, files in os.walk(root):
        if ".imapkeep" in names:
            names.remove(".imapkeep")
        if os.path.basename(directory) in MAILDIR_PARTS:
            count += len(files)
    return count


class Contestant:
    name = ""

    def __init__(self, work):
        self.dir = Path(work) / self.name
        self.environment = {}

    def fresh(self, server):
        put_away(self.dir)
        self.dir.mkdir(mode=0o700)
        self.point_at(server)

    def point_at(self, server):
        """The same mirror, another way to the same server."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def stored(self, output):
        raise NotImplementedError

    def secret(self, server):
        path = self.dir / "password"
        path.write_text(server.password + "\n")
        path.chmod(0o600)
        return path


class Wire(Contestant):
    """Stores nothing. It is given as many connections as imapkeep was seen to open."""

    name = "wire"

    def __init__(self, work, binary, window=4, batch=500):
        super().__init__(work)
        self.binary, self.window, self.batch = binary, window, batch
        self.connections, self.compress = 1, False
        self.server = None

    def point_at(self, server):
        self.server = server

    def take_after(self, counts):
        self.connections = max(1, counts["connections"])
        self.compress = counts["compressed"] > 0

    def command(self, *more):
        words = [self.binary, "--host", self.server.host, "--port", self.server.port, "--ca",
                 self.server.ca, "--user", "alice", "--password-file", self.secret(self.server),
                 "--connections", self.connections, "--window", self.window, "--batch", self.batch]
        return words + (["--compress"] if self.compress else []) + list(more)

    def stored(self, output):
        return json.loads(output)["messages"]


class Imapkeep(Contestant):
    """Takes localhost for what it is, and does not compress there by itself."""

    name = "imapkeep"
    far = False  # the server is behind a slow line

    def __init__(self, work, binary):
        super().__init__(work)
        self.binary = binary
        self.program = None

    def point_at(self, server):
        keys = {"compress": "on"} if self.far else {}
        self.program = Program(self.dir / "etc",
                               Account("work", server, self.dir / "mail", **keys),
                               state=self.dir / "state")
        self.program.binary = self.binary

    def command(self):
        return self.program.command("sync")

    def stored(self, output):
        return count_mail(self.dir / "mail")


class Earlier(Imapkeep):
    """Another build of imapkeep, with which this one is compared (--earlier)."""

    name = "earlier"


MBSYNC_CONFIG = """\
FSync {fsync}

IMAPAccount work
Host {host}
Port {port}
User alice
PassCmd "cat {secret}"
SSLType IMAPS
CertificateFile {ca}
Timeout 300
{compress}

IMAPStore far
Account work

MaildirStore near
Path {mail}/
Inbox {mail}/INBOX
SubFolders Verbatim

Channel work
Far :far:
Near :near:
Patterns *
Sync Pull
Create Near
CopyArrivalDate yes
SyncState *
"""


class Mbsync(Contestant):
    """On loopback it is told not to compress, which it would and which would only slow it down."""

    fsync = "yes"
    name = "mbsync"
    far = False  # the server is behind a slow line

    def point_at(self, server):
        (self.dir / "mail").mkdir(exist_ok=True)
        self.config = self.dir / "mbsyncrc"
        self.config.write_text(MBSYNC_CONFIG.format(
            fsync=self.fsync, host=server.host, port=server.port, secret=self.secret(server),
            compress="" if self.far else "DisableExtensions COMPRESS=DEFLATE", ca=server.ca,
            mail=self.dir / "mail"))
        self.environment = {"HOME": str(self.dir)}

    def command(self):
        return ["mbsync", "-c", self.config, "-a", "-q"]

    def stored(self, output):
        return count_mail(self.dir / "mail")


class MbsyncNoFsync(Mbsync):
    fsync = "no"
    name = "mbsync-nofsync"
