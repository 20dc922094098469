#!/usr/bin/env python3
"""demo.py PROGRAM TOP: what ./run shows. A throwaway Dovecot with a sample mailbox is mirrored into
TOP/mail; then mail comes, moves and goes on the server, and a second pass follows."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator.generate import fill
from live.dovecot import Dovecot
from live.server_view import expect_ok, quote

MARKER = ".made-by-run"
MARKER_TEXT = """\
./run made this mirror of its throwaway server, and the next ./run removes it.
Take this file away to keep the mirror.
"""
NEWS = b"From: new@example.org\r\nSubject: Just delivered\r\n\r\nThis came while you watched.\r\n"


def say(text):
    print(f"\n==> {text}", flush=True)


def make_room(mail, private):
    """An earlier run's mirror goes; anybody else's directory is never touched."""
    for path in (mail, private):
        if path.exists() and any(path.iterdir()) and not (path / MARKER).is_file():
            sys.exit(f"{path} is there and was not made by ./run (no {MARKER} in it).\n"
                     "Move it out of the way; nothing was changed.")
    if mail.exists():
        say(f"{mail} is from an earlier ./run; the throwaway server is a new one, so it starts anew")
    for path, mode in ((mail, 0o755), (private, 0o700)):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=mode)
        (path / MARKER).write_text(MARKER_TEXT)


def write_config(private, mail, server):
    password = private / "password"
    password.write_text(server.password + "\n")
    password.chmod(0o600)
    ca = private / "server.pem"
    shutil.copy(server.ca, ca)
    config = private / "imapkeep.yaml"
    config.write_text(
        f"state: {private}/state\n"
        "defaults: {min_free: 100MiB}\n"
        "accounts:\n"
        "  sample:\n"
        f"    host: {server.host}\n"
        f"    port: {server.port}\n"
        f"    tls: {{ca: {ca}}}\n"
        "    user: alice\n"
        f"    auth: {{password: {{file: {password}}}}}\n"
        f"    store: {{maildir: {mail}}}\n")
    config.chmod(0o600)
    return config


class Program:
    """Runs the program, and takes it along when this script is ended."""

    def __init__(self, binary, config):
        self.binary, self.config, self.process = binary, config, None

    def run(self, *arguments):
        shown = " ".join(arguments)
        print(f"    $ imapkeep -c {self.config} {shown}", flush=True)
        self.process = subprocess.Popen([self.binary, "-c", self.config, *arguments])
        code = self.process.wait()
        if code != 0:
            raise SystemExit(f"imapkeep {shown} ended with {code}; see its words above")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def live_files(mail):
    return {path.relative_to(mail).as_posix() for path in mail.rglob("cur/*")
            if ".imapkeep" not in path.relative_to(mail).parts}


def kept_files(mail):
    return {path.relative_to(mail).as_posix()
            for path in (mail / ".imapkeep").rglob("cur/*") if path.is_file()}


def change_the_server(client):
    """Returns what was done, one line each."""
    expect_ok(client.append("INBOX", None, None, NEWS))
    expect_ok(client.append(quote("Archive/2023"), r"(\Seen)", None, NEWS))
    expect_ok(client.select("INBOX"))
    uids = expect_ok(client.uid("SEARCH", "ALL"))[0].decode().split()
    expect_ok(client.uid("STORE", ",".join(uids[:2]), "+FLAGS", r"(\Flagged \Seen)"))
    expect_ok(client.uid("MOVE", ",".join(uids[2:4]), quote("Sent")))
    expect_ok(client.uid("STORE", ",".join(uids[4:6]), "+FLAGS", r"(\Deleted)"))
    expect_ok(client.uid("EXPUNGE", ",".join(uids[4:6])))
    return ["2 messages delivered, to INBOX and Archive/2023",
            f"2 messages in INBOX marked as seen and flagged (UIDs {', '.join(uids[:2])})",
            f"2 messages moved from INBOX to Sent (UIDs {', '.join(uids[2:4])})",
            f"2 messages removed from INBOX for good (UIDs {', '.join(uids[4:6])})"]


def show_changes(mail, before, kept_before):
    after, kept = live_files(mail), kept_files(mail)

    def base(name):
        return name.partition(":2,")[0]

    bases_before = {base(name): name for name in before}
    bases_after = {base(name): name for name in after}
    for name in sorted(after - before):
        old = bases_before.get(base(name))
        print(f"    ~ {old.partition(':2,')[2] or '(none)'} → {name}" if old else f"    + {name}")
    for name in sorted(before - after):
        if base(name) not in bases_after:
            print(f"    - {name}")
    for name in sorted(kept - kept_before):
        print(f"    k {name}")
    print("    (+ new, - left the live tree, ~ flags changed, k kept after it left the server)")


def show_tree(mail):
    folders = {}
    for name in live_files(mail):
        folder = name.rpartition("/cur/")[0]
        folders[folder] = folders.get(folder, 0) + 1
    shown = sorted(folders.items())
    for folder, count in shown[:12]:
        print(f"    {count:5}  mail/{folder}/cur")
    if len(shown) > 12:
        print(f"           … and {len(shown) - 12} folders more")
    print(f"    {sum(folders.values()):5}  messages in all")


def main():
    binary, top = Path(sys.argv[1]), Path(sys.argv[2])
    mail, private = top / "mail", top / ".run"
    make_room(mail, private)
    work = Path(tempfile.mkdtemp(prefix="imapkeep-run-"))
    work.chmod(0o755)
    server = program = None
    try:
        server = Dovecot(work)
        owner = server.owner if os.getuid() == 0 else None
        counts = fill(server.mail_root(), 450, 32, seed=2026, owner=owner)
        server.start()
        say(f"a throwaway Dovecot holds {sum(counts.values())} messages in {len(counts)} folders, "
            f"on localhost:{server.port} over TLS")
        program = Program(binary, write_config(private, mail, server))

        say("the first mirror")
        program.run("sync")
        show_tree(mail)
        before, kept_before = live_files(mail), kept_files(mail)

        say("on the server:")
        client = server.login()
        for line in change_the_server(client):
            print(f"    {line}")
        client.logout()

        say("the second pass follows")
        program.run("sync")
        print("  what changed in ./mail:")
        show_changes(mail, before, kept_before)

        say("what imapkeep says of it")
        program.run("status")
        example = min(name for name in live_files(mail) if name.startswith("INBOX/"))
        say("look at it")
        print(f"    the tree        find mail -name cur | sort\n"
              f"    one message     less 'mail/{example}'\n"
              f"    the history     less mail/.imapkeep/journal/0000000001.jsonl\n"
              f"    what it means   docs/storage.md\n"
              f"    once more       ./run -c .run/imapkeep.yaml status")
    finally:
        if program:
            program.stop()
        if server:
            server.stop()
        shutil.rmtree(work, ignore_errors=True)
        say("the throwaway server is stopped and its files are gone")


if __name__ == "__main__":
    # Ctrl-C and TERM both end in the `finally` above.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
