"""What the throwaway servers beside Dovecot share: a free port, a certificate, start, stop, login.

Each is one process of ours, in a process group of its own, which is stopped by its own id and takes
along what it has started.
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
import zlib
from pathlib import Path

from live.certificates import make_certificate
from live.dovecot import free_port
from live.server_view import expect_ok, quote


class RealServer:
    host = "localhost"
    password = "pass-7c41"
    over_tls = True
    prefix = ""  # before every folder's name but INBOX
    delimiter = "/"

    def __init__(self, directory):
        self.dir = Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.dir.chmod(0o755)
        account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.owner = (account.pw_uid, account.pw_gid)
        self.user_name = account.pw_name
        self.group_name = grp.getgrgid(account.pw_gid).gr_name
        self.certificate = make_certificate(self.dir)
        self.ca = self.certificate.cert if self.over_tls else None
        self.port = 0
        self.process = None

    def prepare(self):
        """Writes the configuration, for self.port."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def start(self):
        fresh_port = self.port == 0
        for _ in range(5):
            if fresh_port:
                self.port = free_port()
            self.prepare()
            with open(self.dir / "log", "ab") as log:
                self.process = subprocess.Popen(
                    self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    env=self.environment(), cwd=self.dir, start_new_session=True)
            if self._wait_until_it_greets():
                return self
            self.stop()
        raise RuntimeError(f"{type(self).__name__} did not start:\n" + self.log_tail())

    def _wait_until_it_greets(self):
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError), self.connect(5) as line:
                if line.recv(5).startswith(b"* OK") and self.ready():
                    return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
        return False

    def ready(self):
        """What must be there beside the greeting."""
        return True

    def connect(self, seconds=60):
        raw = socket.create_connection(("127.0.0.1", self.port), seconds)
        if not self.over_tls:
            return raw
        context = ssl.create_default_context(cafile=str(self.ca))
        return context.wrap_socket(raw, server_hostname="localhost")

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, number):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        # What it had started is of its group.
        with contextlib.suppress(ProcessLookupError):
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

    def login(self, user="alice"):
        if self.over_tls:
            context = ssl.create_default_context(cafile=str(self.ca))
            client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=60)
        else:
            client = imaplib.IMAP4("localhost", self.port, timeout=60)
        client.login(user, self.password)
        return client

    def name(self, *parts):
        """A folder's name as this server spells it."""
        return self.prefix + self.delimiter.join(parts)

    def fill(self, messages=12):
        """INBOX, and folders with a few messages each: nested, empty, with a name to be encoded."""
        with self.login() as client:
            for name, count in ((("INBOX",), messages), (("Work",), 3), (("Work", "Old mail"), 2),
                                (("Caf&AOk-",), 1), (("Empty",), 0)):
                raw = "INBOX" if name == ("INBOX",) else self.name(*name)
                if raw != "INBOX":
                    expect_ok(client.create(quote(raw)))
                for number in range(1, count + 1):
                    expect_ok(client.append(quote(raw), FLAGS[number % len(FLAGS)],
                                            imaplib.Time2Internaldate(1_600_000_000 + number),
                                            mail(f"{raw} {number}", 40 * number)))

    def log_tail(self, lines=20):
        log = self.dir / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) \
            if log.exists() else ""


FLAGS = ("()", "(\\Seen)", "(\\Flagged)", "(\\Seen \\Answered)", "(\\Draft)")


def mail(subject, words=5):
    text = "".join(f"word {number} of many\r\n" for number in range(words))
    return (f"From: a@example.org\r\nSubject: {subject}\r\nMessage-ID: "
            f"<{zlib.crc32(subject.encode())}@example.org>\r\n\r\n{text}").encode()
