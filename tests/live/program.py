"""Runs the program that is under test, and holds every run against the rules for all of them."""

import base64
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BINARY = Path(os.environ.get("IMAPKEEP", "imapkeep"))


@dataclass
class Run:
    code: int
    out: str
    err: str
    seconds: float
    peak_kb: int

    @property
    def text(self):
        return self.out + self.err


class Account:
    def __init__(self, name, server, store, user="alice", password=None, oauth=None, **keys):
        self.name, self.server, self.store, self.user = name, server, Path(store), user
        self.password = server.password if password is None else password
        self.oauth = oauth  # {"issuer": …}: instead of the password
        self.keys = keys  # further lines of YAML: {"on_expunge": "remove"}

    def yaml(self, directory):
        if self.oauth:
            auth = "oauth: {" + ", ".join(f"{key}: {value}" for key, value in self.oauth.items())
        else:
            secret = directory / f"{self.name}.password"
            secret.write_text(self.password + "\n")
            secret.chmod(0o600)
            auth = f"password: {{file: {secret}"
        host = self.keys.pop("host", None) or getattr(self.server, "host", "localhost")
        ca = self.keys.get("ca", self.server.ca)
        lines = [f"  {self.name}:", f"    host: {host}", f"    port: {self.server.port}"]
        if ca:
            lines.append(f"    tls: {{ca: {ca}}}")
        lines += [f"    user: {self.user}", f"    auth: {{{auth}}}}}"]
        lines += [f"    {key}: {value}" for key, value in self.keys.items() if key != "ca"]
        lines.append(f"    store: {{maildir: {self.store}}}")
        self.keys["host"] = host
        return lines


class Program:
    """One configuration and one state directory below `work`."""

    def __init__(self, work, *accounts, state=None):
        self.work = Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.state = Path(state or self.work / "state")
        self.accounts = list(accounts)
        self.config = self.work / "imapkeep.yaml"
        self.binary = BINARY
        self.write_config()

    def write_config(self):
        lines = [f"state: {self.state}", "defaults: {min_free: 1MiB}", "accounts:"]
        for account in self.accounts:
            lines += account.yaml(self.work)
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o600)

    def command(self, *arguments):
        return [str(self.binary), "-c", str(self.config), *arguments]

    def start(self, *arguments, wrap=(), **options):
        return subprocess.Popen([*wrap, *self.command(*arguments)], stdin=subprocess.DEVNULL,
                                **options)

    def run(self, *arguments, expect=None, seconds=240, wrap=(), **options):
        """Runs to its end. `expect` is the exit code, or several of them."""
        began = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = self.start(*arguments, wrap=wrap, stdout=out, stderr=err, **options)
            peak = wait_and_watch(process, began + seconds)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("utf-8", "replace"))
        run = Run(process.returncode, *texts, time.monotonic() - began, peak)
        self._check(run, arguments, expect)
        return run

    def sync(self, *names, expect=0, **options):
        return self.run("sync", *names, expect=expect, **options)

    def _check(self, run, arguments, expect):
        for account in self.accounts:
            for secret in secret_spellings(account.user, account.password):
                if secret in run.text:
                    raise AssertionError(f"a password stands in the output of {arguments}")
        control = re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", run.text)
        if control:
            place = run.text[max(0, control.start() - 60):control.end() + 60]
            raise AssertionError(f"a server could steer the terminal: {place!r}")
        expected = (expect,) if isinstance(expect, int) else expect
        if expected is not None and run.code not in expected:
            raise AssertionError(
                f"{' '.join(arguments)}: exit {run.code}, expected {expected} "
                f"after {run.seconds:.1f} s\n{run.text[-3000:]}")


def wait_and_watch(process, until):
    """Waits for the end; returns the peak of resident memory in KB. Not from getrusage(), which
    counts what the test itself held when it forked."""
    peak = 0
    while True:
        try:
            process.wait(0.01)
            return peak
        except subprocess.TimeoutExpired:
            status = Path(f"/proc/{process.pid}/status").read_text()
            found = re.search(r"VmHWM:\s*(\d+) kB", status)
            peak = max(peak, int(found[1]) if found else 0)
            if time.monotonic() > until:
                process.kill()


def secret_spellings(user, password):
    plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    escaped = password.replace("\\", "\\\\").replace('"', '\\"')
    return {password, escaped, base64.b64encode(password.encode()).decode(), plain} - {""}
