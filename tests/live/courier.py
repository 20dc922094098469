"""A throwaway Courier IMAP 5 on loopback over TLS, as root.

Its packages conflict with Dovecot's, and /etc/courier and /run/courier are built in. So it is only
unpacked, and runs in a mount and process namespace of its own in which its files lie over /usr, and
those two are folders of the test. The machine's own stay as they are.
"""

import contextlib
import os
import signal
import subprocess
import unittest
from pathlib import Path

from live.real_server import RealServer
from live.unpacked import unpacked

VIEW = """\
set -e
mount -t overlay overlay -o lowerdir={files}/usr:/usr /usr
mount -t tmpfs tmpfs {dir}/over
mkdir {dir}/over/top {dir}/over/work
mount -t overlay overlay -o lowerdir=/etc,upperdir={dir}/over/top,workdir={dir}/over/work /etc
mkdir -p /etc/courier
mount --bind {dir}/etc /etc/courier
mount -t tmpfs tmpfs /run
mkdir /run/courier
mount --bind {dir}/run /run/courier
export LD_LIBRARY_PATH=/usr/lib:/usr/lib/courier-authlib
makeuserdb
/usr/lib/courier/courier-authlib/authdaemond &
set -a
. /etc/courier/imapd
. /etc/courier/imapd-ssl
TLS_CERTFILE=/etc/courier/imapd.pem TLS_CACHEFILE= TLS_TRUSTCERTS= TLS_DHPARAMS= IMAP_TLS=1
IMAP_ENHANCEDIDLE=1 IMAP_IDLE_TIMEOUT=2
exec couriertcpd -maxprocs=100 -maxperip=100 -nodnslookup -noidentlookup -address=127.0.0.1 \\
  {port} /usr/bin/couriertls -server -tcpd /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir
"""


class Courier(RealServer):
    prefix, delimiter = "INBOX.", "."

    def __init__(self, directory, users=("alice",)):
        if os.getuid() != 0:
            raise unittest.SkipTest("Courier needs root, for a view of the file system of its own")
        super().__init__(directory)
        self.files = unpacked("courier")
        for name in ("etc", "run/authdaemon", "over", "home"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", f"{self.files}/etc/courier/.", self.dir / "etc"], check=True)
        (self.dir / "etc/authdaemonrc").write_text(
            'authmodulelist="authuserdb"\ndaemons=1\nauthdaemonvar=/run/courier/authdaemon\n')
        pem = self.dir / "etc/imapd.pem"
        pem.write_bytes(self.certificate.key.read_bytes() + self.certificate.cert.read_bytes())
        os.chown(pem, *self.owner)
        pem.chmod(0o600)
        hashed = subprocess.run(["openssl", "passwd", "-1", self.password], check=True,
                                capture_output=True, text=True).stdout.strip()
        lines = []
        for user in users:
            maildir = self.maildir(user)
            for name in ("cur", "new", "tmp"):
                (maildir / name).mkdir(parents=True, exist_ok=True)
            subprocess.run(["chown", "-R", "%d:%d" % self.owner, maildir.parent], check=True)
            lines.append(f"{user}\tuid={self.owner[0]}|gid={self.owner[1]}|home={maildir.parent}"
                         f"|mail={maildir}|imappw={hashed}\n")
        userdb = self.dir / "etc/userdb"
        userdb.write_text("".join(lines))
        userdb.chmod(0o600)

    def maildir(self, user="alice"):
        return self.dir / "home" / user / "Maildir"

    def deliver(self, data, name, user="alice"):
        """As a delivery agent does it: into new/, without Courier."""
        there = self.maildir(user) / "tmp" / name
        there.write_bytes(data.replace(b"\r\n", b"\n"))
        os.chown(there, *self.owner)
        there.rename(self.maildir(user) / "new" / name)

    def prepare(self):
        (self.dir / "view.sh").write_text(
            VIEW.format(files=self.files, dir=self.dir, port=self.port))

    def command(self):
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                "--propagation", "private", "bash", self.dir / "view.sh"]

    def ready(self):
        return (self.dir / "run/authdaemon/socket").exists()

    def _end(self, number):
        # `unshare` waits for the first process of the namespace; with it all others end.
        if self.process is not None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            with contextlib.suppress(OSError):
                for child in children.read_text().split():
                    os.kill(int(child), signal.SIGKILL)
        super()._end(number)
        (self.dir / "run/authdaemon/socket").unlink(missing_ok=True)
