"""The benchmark's Dovecot: the live tests' own."""

import os

from live.dovecot import Dovecot

# With it, Dovecot 2.3 reads a Maildir's whole list of UIDs whenever a mailbox is opened or asked for
# its STATUS behind a LIST: every pass of every client would be measured with that.
NO_LIST_INDEX = "mailbox_list_index = no\n"


class BenchServer(Dovecot):
    def _write_conf(self):
        super()._write_conf()
        self.conf.write_text(self.conf.read_text() + NO_LIST_INDEX)

    def mail_owner(self):
        """For MaildirWriter: whom the mail belongs to, when that is somebody else."""
        return self.owner if os.getuid() == 0 else None


class Through:
    """The same server, reached through a relay."""

    host = "localhost"

    def __init__(self, server, relay):
        self.port, self.ca, self.password = relay.port, server.ca, server.password
        self.certificate = server.certificate
