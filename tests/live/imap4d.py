"""A throwaway imap4d of GNU mailutils 3 on loopback over TLS, as root.

It takes its users from a passwd file of the test ("virtual domains"), so that a user's name is
alice@mail.test, and keeps mail as Maildir. It is only unpacked.
"""

import os
import subprocess
import unittest

from live.real_server import RealServer
from live.server_view import expect_ok, list_folders, quote
from live.unpacked import libraries, unpacked

CONFIG = """\
mode daemon;
foreground yes;
pidfile "{dir}/imap4d.pid";
logging {{ syslog no; }}
auth {{ authentication "generic"; authorization "virtdomain"; }}
virtdomain {{ passwd-dir "{dir}/domains"; }}
mailbox {{
  mailbox-type "maildir";
}}
tls-file-checks {{ key-file none; cert-file none; ca-file none; }}
server 127.0.0.1:{port} {{
  tls-mode connection;
  tls {{
    ssl-certificate-file "{dir}/server.pem";
    ssl-key-file "{dir}/server.key";
    ssl-ca-file "{dir}/server.pem";
  }}
}}
"""
DOMAIN = "mail.test"


class Imap4d(RealServer):
    keeps_dates = False  # INTERNALDATE is the time of the question

    def __init__(self, directory, users=("alice",)):
        if os.getuid() != 0:
            raise unittest.SkipTest("imap4d needs root, to become its users")
        super().__init__(directory)
        self.files = unpacked("imap4d")
        hashed = subprocess.run(["openssl", "passwd", "-1", self.password], check=True,
                                capture_output=True, text=True).stdout.strip()
        (self.dir / "domains").mkdir(exist_ok=True)
        lines = []
        for user in users:
            home = self.dir / "home" / user
            for name in ("cur", "new", "tmp"):
                (home / "INBOX" / name).mkdir(parents=True, exist_ok=True)
            subprocess.run(["chown", "-R", "%d:%d" % self.owner, home], check=True)
            lines.append(f"{user}:{hashed}:%d:%d::{home}:/bin/false\n" % self.owner)
        (self.dir / "domains" / DOMAIN).write_text("".join(lines))

    def environment(self):
        return libraries(self.files / "usr/lib/x86_64-linux-gnu")

    def prepare(self):
        (self.dir / "imap4d.conf").write_text(CONFIG.format(dir=self.dir, port=self.port))

    def command(self):
        return [self.files / "usr/sbin/imap4d", "--no-config", "--config-file",
                self.dir / "imap4d.conf"]

    def login(self, user=f"alice@{DOMAIN}"):
        return super().login(user)

    def fill(self, messages=12):
        super().fill(messages)
        self.settle()

    def settle(self):
        """Messages in new/ get other UIDs, and their folder another UIDVALIDITY, at each look,
        until a client opens the folder for writing."""
        with self.login() as client:
            for raw, _ in list_folders(client):
                expect_ok(client.select(quote(raw)))
                expect_ok(client.close())

    def deliver(self, data, name, user="alice"):
        """As a delivery agent does it: into new/, without imap4d."""
        there = self.dir / "home" / user / "INBOX/tmp" / name
        there.write_bytes(data.replace(b"\r\n", b"\n"))
        os.chown(there, *self.owner)
        there.rename(self.dir / "home" / user / "INBOX/new" / name)
