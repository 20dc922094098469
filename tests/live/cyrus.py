"""A throwaway Cyrus IMAP 3.6 on loopback over TLS, as root or as anybody.

Its packages conflict with Dovecot's: it is only unpacked, and run from where it lies.
"""

import os
import subprocess

from live.real_server import RealServer
from live.unpacked import libraries, unpacked

IMAPD = """\
configdirectory: {dir}/conf
partition-default: {dir}/spool
defaultpartition: default
cyrus_user: {user}
cyrus_group: {group}
admins: cyrus
servername: localhost
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {dir}/users
sasl_mech_list: PLAIN
allowplaintext: yes
tls_server_cert: {dir}/server.pem
tls_server_key: {dir}/cyrus.key
tls_sessions_db_path: {dir}/conf/tls_sessions.db
idlesocket: {dir}/conf/socket/idle
autocreate_quota: 0
autocreate_users: anyone
conversations: yes
expunge_mode: delayed
unixhierarchysep: yes
altnamespace: yes
maxlogins_per_user: 0
maxlogins_per_host: 0
"""

MASTER = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {dir}/imapd.conf -r"
}}
SERVICES {{
  imaps cmd="{programs}/imapd -s -C {dir}/imapd.conf" listen="127.0.0.1:{port}" proto="tcp4" prefork=1
{plain}}}
DAEMON {{
  idled cmd="{programs}/idled -d -C {dir}/imapd.conf"
}}
"""
PLAIN = """\
  imap cmd="{programs}/imapd -C {dir}/imapd.conf" listen="127.0.0.1:{port}" proto="tcp4"
"""


class Cyrus(RealServer):
    plain_port = 0  # set before the start: listens without TLS too, for a proxy beside it

    def __init__(self, directory, users=("alice",)):
        super().__init__(directory)
        self.files = unpacked("cyrus")
        self.programs = self.files / "usr/lib/cyrus/bin"
        for name in ("db", "socket", "proc", "log", "msg", "lock"):
            (self.dir / "conf" / name).mkdir(parents=True, exist_ok=True)
        (self.dir / "spool").mkdir(exist_ok=True)
        (self.dir / "cyrus.key").write_bytes(self.certificate.key.read_bytes())
        (self.dir / "imapd.conf").write_text(IMAPD.format(
            dir=self.dir, user=self.user_name, group=self.group_name))
        for user in users:
            subprocess.run(
                [self.files / "usr/sbin/saslpasswd2", "-p", "-c", "-f", self.dir / "users",
                 "-u", "localhost", user],
                input=self.password, text=True, check=True, env=self.environment())
        if os.getuid() == 0:
            for name in ("conf", "spool", "users", "cyrus.key"):
                subprocess.run(["chown", "-R", "%d:%d" % self.owner, self.dir / name], check=True)

    def environment(self):
        return libraries(self.files / "usr/lib/x86_64-linux-gnu")

    def prepare(self):
        plain = PLAIN.format(dir=self.dir, programs=self.programs, port=self.plain_port)
        (self.dir / "cyrus.conf").write_text(MASTER.format(
            dir=self.dir, programs=self.programs, port=self.port,
            plain=plain if self.plain_port else ""))

    def command(self):
        return [self.programs / "master", "-C", self.dir / "imapd.conf", "-M",
                self.dir / "cyrus.conf", "-p", self.dir / "conf/master.pid"]

    def ready(self):
        return (self.dir / "conf/socket/idle").exists()
