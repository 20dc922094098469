#!/usr/bin/env python3
"""demo.py PROGRAM TOP: what ./run shows. A throwaway Dovecot with a sample mailbox is mirrored into
TOP/mail. Then the daemon runs: mail moves and goes on the server and it follows, and new mail comes
every few seconds, until Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator.generate import fill
from live.daemon import Daemon
from live.dovecot import Dovecot
from live.server_view import expect_ok, quote

MARKER = ".made-by-run"
MARKER_TEXT = """\
./run made this mirror of its throwaway server, and the next ./run removes it.
Take this file away to keep the mirror.
"""
BETWEEN_NEWS = 3  # seconds
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

    def start(self, *arguments, wrap=(), **options):
        print(f"    $ imapkeep -c {self.config} {' '.join(arguments)}", flush=True)
        # In a session of its own: Ctrl-C is for this script, which then stops everything in order.
        return subprocess.Popen([*wrap, self.binary, "-c", self.config, *arguments],
                                stdin=subprocess.DEVNULL, start_new_session=True, **options)

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
            for path in (mail / ".imapkeep/gone").rglob("*.zst")}


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

    def file_base(name):
        return base(name).rpartition("/")[2]

    bases_before = {base(name): name for name in before}
    bases_after = {base(name): name for name in after}
    gone = {file_base(name): name for name in sorted(before) if base(name) not in bases_after}
    for name in sorted(after - before):
        flagged = bases_before.get(base(name))
        moved = None if flagged else gone.pop(file_base(name), None)
        if flagged:
            print(f"    ~ {flagged.partition(':2,')[2] or '(none)'} → {name}")
        elif moved:
            print(f"    m {moved.partition('/cur/')[0]} → {name}")
        else:
            print(f"    + {name}")
    for name in sorted(gone.values()):
        print(f"    - {name}")
    for name in sorted(kept - kept_before):
        print(f"    k {name}")
    print("    (+ new, m moved, - left the live tree, ~ flags changed, k kept after it left the server)")


def show_tree(mail):
    folders = {}
    for name in live_files(mail):
        folder = name.rpartition("/cur/")[0]
        folders[folder] = folders.get(folder, 0) + 1
    # INBOX, then names as people give them, then those that test what a name can be.
    shown = sorted(folders.items(), key=lambda one: (one[0] != "INBOX", not one[0][:1].isalpha(), one[0]))
    for folder, count in shown[:12]:
        print(f"    {count:5}  mail/{folder}/cur")
    if len(shown) > 12:
        print(f"           … and {len(shown) - 12} folders more")
    print(f"    {sum(folders.values()):5}  messages in all")


def follow(program, client, mail):
    """The daemon follows what happens on the server; new mail until somebody ends it."""
    before, kept_before = live_files(mail), kept_files(mail)
    say("the daemon")
    daemon = Daemon(program)
    try:
        daemon.wait_for("watching", folder="INBOX")
        print(f"    {daemon.lines[0].text}")
        say("on the server:")
        for line in change_the_server(client):
            print(f"    {line}")
        daemon.wait_for("messages left the live tree", seconds=90)
        program.run("sync")  # asked of the daemon: nothing is under way any more
        print("  what changed in ./mail:")
        show_changes(mail, before, kept_before)
        say("what imapkeep says of it")
        program.run("status")
        example = min(name for name in live_files(mail) if name.startswith("INBOX/"))
        say("look at it, in another terminal")
        print(f"    the tree        find mail -name cur | sort\n"
              f"    one message     less 'mail/{example}'\n"
              f"    the history     less mail/.imapkeep/journal/0000000001.jsonl\n"
              f"    what it means   docs/storage.md\n"
              f"    how it is       ./run -c .run/imapkeep.yaml status --watch")
        say(f"new mail every {BETWEEN_NEWS} seconds; Ctrl-C stops everything")
        stay(daemon, client)
    finally:
        code, took = daemon.stop()
        print(f"\n    the daemon ended with {code} after {took * 1000:.0f} ms", flush=True)


def stay(daemon, client):
    ended = threading.Event()

    def on_signal(*unused):
        ended.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    place = daemon.place()
    while not ended.wait(BETWEEN_NEWS) and daemon.process.poll() is None:
        expect_ok(client.append("INBOX", None, None, NEWS))
        try:
            line, place = daemon.wait_for("new mail kept", after=place)
        except AssertionError:
            if ended.is_set():
                return
            raise
        print(f"    {line.text.split()[0]}  {line.fields['messages']} message of "
              f"{line.fields['bytes']} bytes in {line.fields['folder']}: durable "
              f"{int(line.fields['us']) / 1000:.1f} ms after its announcement", flush=True)


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
        client = server.login()
        follow(program, client, mail)
        client.logout()
    finally:
        if program:
            program.stop()
        if server:
            server.stop()
        shutil.rmtree(work, ignore_errors=True)
        say("the throwaway server is stopped and its files are gone")


if __name__ == "__main__":
    # Ctrl-C and TERM both end in the `finally` above; once the daemon stays, they are its regular
    # end.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
