"""A throwaway imapproxy 1.2 in front of a Dovecot: it keeps logged-in connections for the next one.

Without TLS, on loopback. The Dovecot needs `plain_port`, set before its start.
"""

import os

from live.real_server import RealServer
from live.unpacked import libraries, unpacked

CONFIG = """\
server_hostname 127.0.0.1
server_port {behind}
listen_address 127.0.0.1
listen_port {port}
connect_retries 2
connect_delay 1
cache_size 64
cache_expiration_time 300
proc_username {user}
proc_groupname {group}
stat_filename {dir}/statistics
protocol_log_filename {dir}/protocol.log
foreground_mode yes
force_tls no
"""


class ImapProxy(RealServer):
    over_tls = False

    def __init__(self, directory, dovecot):
        super().__init__(directory)
        self.files = unpacked("imapproxy")
        self.dovecot, self.password = dovecot, dovecot.password
        os.chown(self.dir, *self.owner)

    def environment(self):
        return libraries(self.files / "usr/lib/x86_64-linux-gnu")

    def prepare(self):
        (self.dir / "imapproxy.conf").write_text(CONFIG.format(
            dir=self.dir, behind=self.dovecot.plain_port, port=self.port, user=self.user_name,
            group=self.group_name))

    def command(self):
        return [self.files / "usr/sbin/imapproxyd", "-f", self.dir / "imapproxy.conf"]

    def login(self, user="alice"):
        return self.dovecot.login(user)  # not through it: what is compared with is the server's own
