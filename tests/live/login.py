"""`imapkeep login` beside a test: what it says line by line, an answer to type, its end."""

import os
import re
import subprocess
import threading
import time


class Login:
    """Started at once, without a screen unless `environment` gives it one."""

    def __init__(self, program, account="work", verbose=True, environment=None):
        self.text = ""
        self._changed = threading.Condition()
        env = {key: value for key, value in os.environ.items()
               if key not in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "SSH_CONNECTION")}
        env.update(environment or {})
        arguments = ["-vv", "login", account] if verbose else ["login", account]
        self.process = subprocess.Popen(
            program.command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=env)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.text += line.decode("utf-8", "replace")
                self._changed.notify_all()

    def wait_for(self, pattern, seconds=30):
        """The match of what it has said."""
        until = time.monotonic() + seconds
        with self._changed:
            while not (found := re.search(pattern, self.text)):
                left = until - time.monotonic()
                if left <= 0 or not (self._reader.is_alive() or re.search(pattern, self.text)):
                    raise AssertionError(f"no {pattern!r} in:\n{self.text}")
                self._changed.wait(min(left, 0.5))
            return found

    def url(self):
        return self.wait_for(r"(?m)^(http\S+/auth\?\S+)$")[1]

    def type(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def is_running(self):
        return self.process.poll() is None

    def end(self, seconds=30):
        """(exit code, everything that it said)"""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"the login did not end within {seconds} s:\n{self.text}") from None
        self._reader.join(10)
        return code, self.text

    def stop(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()
        self._reader.join(10)
        self.process.stdin.close()
        self.process.stdout.close()
