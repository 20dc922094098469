"""The benchmark's Dovecot: the live tests' own."""

import os

from live.dovecot import Dovecot

class BenchServer(Dovecot):
    def mail_owner(self):
        """For MaildirWriter: whom the mail belongs to, when that is somebody else."""
        return self.owner if os.getuid() == 0 else None


class Through:
    """The same server, reached through a relay."""

    host = "localhost"

    def __init__(self, server, relay):
        self.port, self.ca, self.password = relay.port, server.ca, server.password
        self.certificate = server.certificate
