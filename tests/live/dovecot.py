"""A throwaway Dovecot 2.3 on loopback over TLS, below one directory, as root or as anybody.

It listens on a free port, has its own certificate, and is stopped by the pid that we started. As
root the mail belongs to `nobody`; otherwise every part of it runs as the caller.
"""

import contextlib
import grp
import imaplib
import os
import pwd
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

from live.certificates import make_certificate

imaplib._MAXLINE = 50_000_000  # a UID SEARCH answer is one line

# What is advertised. Dovecot obeys more than it says, so a client that uses what it was not
# offered is found out by relay.py's `strict`.
FLAVOURS = {
    "full": None,
    "plain": "IMAP4rev1",
    "old": "IMAP4rev1 SASL-IR ID ENABLE IDLE NAMESPACE UIDPLUS UNSELECT CHILDREN LITERAL+",
}

# Awkward on purpose: it needs quoting in LOGIN, and can be searched for in any output.
PASSWORD = 'cor"rect\\horse-' + "9f3b"

CONFIG = """\
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
mail_location = maildir:{dir}/mail/%u:LAYOUT=fs
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
maildir_very_dirty_syncs = no
mail_max_userip_connections = 0
# Where the kernel gives no more inotify instances (128 for one user), half a minute otherwise.
mailbox_idle_check_interval = 1 secs
mailbox_list_index = yes
default_vsz_limit = 1G
{identity}
{oauth}passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
  }}
}}
{acl}protocol imap {{
  mail_plugins = imap_zlib{imap_acl}
{protocol}
}}
service imap-login {{
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
  service_count = 0
  process_min_avail = 1
  {chroot}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  {chroot}
}}
"""

# Tokens are taken too, and the provider is asked about each at every login.
OAUTH = """\
auth_mechanisms = plain xoauth2 oauthbearer
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
"""
ACL = """\
plugin {
  acl = vfile
}
"""
OAUTH_PASSDB = """\
introspection_mode = post
introspection_url = http://dovecot:dovecot@127.0.0.1:{port}/token/introspection
force_introspection = yes
username_attribute = email
active_attribute = active
active_value = true
scope = imap
timeout_msecs = 10000
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dovecot:
    host = "localhost"
    password = PASSWORD

    def __init__(self, directory, flavour="full", users=("alice",), provider=None, acl=False):
        self.dir = Path(directory)
        self.flavour = flavour
        self.provider = provider  # an OAuthProvider: its tokens are as good as passwords
        self.acl = acl  # rights as `dovecot-acl` files in the folders say (RFC 4314)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.dir.chmod(0o755)
        account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.owner = (account.pw_uid, account.pw_gid)
        self.user_name = account.pw_name
        self.group_name = grp.getgrgid(account.pw_gid).gr_name
        for name in ("run", "state", "mail", "home"):
            (self.dir / name).mkdir(exist_ok=True)
        for name in ("mail", "home"):
            os.chown(self.dir / name, *self.owner)
        self.certificate = make_certificate(self.dir)
        self.ca = self.certificate.cert
        self.conf = self.dir / "dovecot.conf"
        self.add_users(users)
        self.port = 0
        self.plain_port = 0  # set before the start: listens without TLS too, for a proxy beside it
        self.process = None

    def add_users(self, users):
        lines = "".join(f"{user}:{{PLAIN}}{self.password}\n" for user in users)
        (self.dir / "users").write_text(lines)

    def mail_root(self, user="alice"):
        return self.dir / "mail" / user

    def _write_conf(self):
        identity, chroot = "", ""
        if os.getuid() != 0:
            identity = (f"default_internal_user = {self.user_name}\n"
                        f"default_internal_group = {self.group_name}\n"
                        f"default_login_user = {self.user_name}")
            chroot = "chroot ="
        capability = FLAVOURS[self.flavour]
        protocol = f"  imap_capability = {capability}" if capability else ""
        oauth = ""
        if self.provider:
            oauth = OAUTH.format(dir=self.dir)
            (self.dir / "oauth2.conf").write_text(OAUTH_PASSDB.format(port=self.provider.port))
        self.conf.write_text(CONFIG.format(
            acl=ACL if self.acl else "", imap_acl=" acl" if self.acl else "",
            dir=self.dir, oauth=oauth, user=self.user_name, group=self.group_name, identity=identity,
            chroot=chroot, protocol=protocol, port=self.port, plain_port=self.plain_port))

    def start(self):
        fresh_port = self.port == 0
        for attempt in range(5):
            if fresh_port:
                self.port = free_port()
            self._write_conf()
            with open(self.dir / "log", "ab") as log:
                self.process = subprocess.Popen(
                    ["dovecot", "-F", "-c", self.conf], stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, start_new_session=True)
            if self._wait_until_it_greets():
                return self
            self.stop()
        raise RuntimeError("Dovecot did not start:\n" + self.log_tail())

    def _wait_until_it_greets(self):
        until = time.monotonic() + 15
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                context = ssl.create_default_context(cafile=str(self.ca))
                with socket.create_connection(("127.0.0.1", self.port), 5) as raw, \
                        context.wrap_socket(raw, server_hostname="localhost") as tls:
                    if tls.recv(5).startswith(b"* OK"):
                        return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
        return False

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def kill(self):
        """As when the machine loses its power: no BYE, every connection cut. And no second's wait."""
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def doveadm(self, *arguments):
        done = subprocess.run(["doveadm", "-c", self.conf, *arguments], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"doveadm {arguments}: {done.stderr.strip()}")
        return done.stdout

    def login(self, user="alice"):
        context = ssl.create_default_context(cafile=str(self.ca))
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=120)
        client.login(user, self.password)
        return client

    def wait_until_refused(self, password, user="alice", seconds=20):
        """Dovecot looks at a file of users that has changed when it looks."""
        until = time.monotonic() + seconds
        context = ssl.create_default_context(cafile=str(self.ca))
        while time.monotonic() < until:
            client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=20)
            try:
                client.login(user, password)
            except imaplib.IMAP4.error:
                return
            finally:
                client.shutdown()
        raise AssertionError(f"{user} is let in with the former password")

    def log_tail(self, lines=20):
        log = self.dir / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) \
            if log.exists() else ""
