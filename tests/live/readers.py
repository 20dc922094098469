"""Mail readers over a directory, asked for everything that they know there: notmuch, mu, mairix, aerc,
mblaze, and Dovecot with LAYOUT=fs. Each answer is text in which subjects and folders can be looked
for. The programs come from Debian packages that are only unpacked (tests/setup/servers.sh)."""

import contextlib
import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import termios
import time
from pathlib import Path

from live.unpacked import unpacked

DOVECOT_2_3 = """
base_dir = {home}/run
mail_location = maildir:{root}:LAYOUT=fs:INBOX={root}/INBOX
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
namespace inbox {{
  inbox = yes
  separator = /
}}
protocols = imap
log_path = /dev/stderr
ssl = no
"""


class Readers:
    """`at`: where the programs and their libraries are; `inside`: how they are started, and how a path
    is called there; for a root of another release."""

    def __init__(self, home, find=unpacked, start=(), inside=str, dovecot=DOVECOT_2_3):
        self.home = Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.find, self.start, self.inside, self.dovecot_conf = find, list(start), inside, dovecot

    def _program(self, name, program):
        """Its path and the environment that it needs."""
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.inside(self.home), "TERM": "xterm",
                       "LANG": "C.UTF-8", "XDG_CONFIG_HOME": self.inside(self.home / "config"),
                       "USER": "root"}
        if self.find is None:
            return program, environment
        folder = self.find(name)
        environment["LD_LIBRARY_PATH"] = str(folder / "usr/lib/x86_64-linux-gnu")
        environment["PATH"] = f"{folder / 'usr/bin'}:{environment['PATH']}"
        return str(folder / "usr/bin" / program), environment

    def _run(self, name, program, *arguments, text=None, expect=(0,), **more):
        path, environment = self._program(name, program)
        done = subprocess.run([*self.start, path, *arguments], input=text, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              errors="replace", env={**environment, **more})
        if done.returncode not in expect:
            raise AssertionError(f"{program} {arguments}: {done.returncode}: {done.stdout}")
        return done.stdout

    def notmuch(self, root):
        config = self.home / "notmuch-config"
        config.write_text(f"[database]\npath={self.inside(root)}\n[user]\nname=x\n"
                          "primary_email=x@example.org\n[maildir]\nsynchronize_flags=false\n")
        set_up = {"NOTMUCH_CONFIG": self.inside(config)}
        self._run("notmuch", "notmuch", "new", **set_up)
        found = self._run("notmuch", "notmuch", "search", "*", **set_up)
        return found + self._run("notmuch", "notmuch", "search", "--output=files", "*", **set_up)

    def mu(self, root):
        home = f"--muhome={self.inside(self.home / f'mu-{Path(root).name}')}"
        self._run("mu", "mu", "init", home, "-m", self.inside(root))
        self._run("mu", "mu", "index", home, "--quiet")
        return self._run("mu", "mu", "find", home, "--fields", "s l", "", expect=(0, 2, 4))

    def mairix(self, root):
        settings = self.home / "mairixrc"
        settings.write_text(f"base={self.inside(root)}\nmaildir=...\n"
                            f"mfolder={self.inside(self.home / 'found')}\n"
                            f"database={self.inside(self.home / f'mairix-{Path(root).name}')}\n")
        self._run("mairix", "mairix", "-f", self.inside(settings))
        # Each mail of these tests has an x in its body.
        return "".join(self._run("mairix", "mairix", "-f", self.inside(settings), "-r", "-x", word,
                                 expect=(0, 1)) for word in ("s:mail=",))

    def mblaze(self, root):
        folders = self._run("mblaze", "mdirs", "-a", self.inside(root)).split("\n")
        shown = ""
        for folder in filter(None, folders):
            files = self._run("mblaze", "mlist", folder, expect=(0, 1))
            headers = self._run("mblaze", "mhdr", "-h", "subject", *files.split("\n")[:-1]) if files \
                else ""
            shown += f"{folder}\n{files}{headers}"
        return shown

    def dovecot(self, root):
        """Every folder that can be selected, and the subjects in it."""
        conf = self.home / "dovecot.conf"
        if os.getuid() == 0:  # it serves nobody's mail to root
            root = shutil.copytree(root, self.home / f"dovecot-{Path(root).name}", symlinks=True)
            subprocess.run(["chown", "-R", "nobody:nogroup", root], check=True)
            self.home.chmod(0o755)
        facts = Path(root).stat()
        conf.write_text(self.dovecot_conf.format(home=self.inside(self.home), uid=facts.st_uid,
                                                 root=self.inside(root), gid=facts.st_gid))
        folders, shown = [], self._imap(conf, 'a LIST "" "*"')
        for line in shown.splitlines():
            if line.startswith("* LIST (") and "\\Noselect" not in line:
                folders.append(line.rpartition(' "/" ')[2])
        # Those that it does not list, too: one who knows the name could open it.
        names = [path.relative_to(root) for path in (Path(root) / ".imapkeep").rglob("*")
                 if path.is_dir() and path.name not in ("cur", "new", "tmp")]
        folders += [f'"{name}"' for name in [".imapkeep", *names]]
        for folder in folders:
            # A SELECT also cleans the folder's tmp.
            shown += self._imap(conf, f"b SELECT {folder}", "c FETCH 1:* BODY.PEEK[HEADER.FIELDS "
                                "(SUBJECT)]")
        return shown

    def _imap(self, conf, *commands):
        lines = "".join(f"{command}\r\n" for command in (*commands, "z LOGOUT"))
        process = subprocess.run([*self.start, "/usr/lib/dovecot/imap", "-c", self.inside(conf)],
                                 input=lines, stdout=subprocess.PIPE, timeout=60,
                                 stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                                 env={"USER": "root", "HOME": self.inside(self.home),
                                      "PATH": "/usr/bin:/bin"})
        if "z OK" not in process.stdout:
            raise AssertionError(process.stdout)
        return process.stdout.replace("\r", "")

    def mailutils(self, root):
        """Opens INBOX and closes it."""
        return self._run("mailutils", "mail.mailutils", "-f", self.inside(root / "INBOX"),
                         text="quit\n")

    def aerc(self, root):
        """Its screen, once it shows INBOX's mail."""
        config = self.home / "config/aerc"
        config.mkdir(parents=True, exist_ok=True)
        if self.find is not None:  # its own defaults, which stand in /usr/share when it is installed
            shutil.copytree(self.find("aerc") / "usr/share/aerc", config, dirs_exist_ok=True)
        accounts = config / "accounts.conf"
        accounts.write_text(f"[mirror]\nsource = maildir://{self.inside(root)}\n"
                            "default = INBOX\nfrom = x <x@example.org>\n")
        accounts.chmod(0o600)
        path, environment = self._program("aerc", "aerc")
        pid, screen = pty.fork()
        if pid == 0:
            try:
                os.execvpe((self.start or [path])[0], [*self.start, path], environment)
            finally:
                os._exit(127)
        try:
            fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
            return read_screen(screen, lambda text: "Sent" in text and "livemail" in text)
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(screen)


def read_screen(screen, enough, seconds=20, quiet=1.0):
    """Until it has been enough and nothing more comes."""
    text, end = "", time.monotonic() + seconds
    while time.monotonic() < end:
        ready, _, _ = select.select([screen], [], [], quiet)
        if not ready:
            if enough(text):
                return text
            continue
        with contextlib.suppress(OSError):
            text += os.read(screen, 65536).decode(errors="replace")
    raise AssertionError(f"aerc shows no mail: {text[-2000:]!r}")
