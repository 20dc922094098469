"""`imapkeep run` beside a test: its log line by line as it is written, its notify socket, its end."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time

FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')


class LogLine:
    """`2026-11-23T03:14:15Z info event words key=value …`"""

    def __init__(self, text):
        self.text = text
        self.seen_at = time.monotonic()
        self.fields = {key: value.strip('"') for key, value in FIELD.findall(text)}
        words = FIELD.sub("", text).split()
        self.level = words[1] if len(words) > 1 else ""
        self.event = " ".join(words[2:])

    def __repr__(self):
        return self.text


class Notify:
    """The service manager's end of $NOTIFY_SOCKET: every datagram, in order."""

    def __init__(self, directory):
        self.path = str(directory / "notify")
        self.messages = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        with contextlib.suppress(OSError):
            while True:
                message = self._socket.recv(65536)
                if message == b"CLOSE":
                    return
                with self._changed:
                    self.messages.append((time.monotonic(), message.decode()))
                    self._changed.notify_all()

    def texts(self):
        with self._changed:
            return [text for _, text in self.messages]

    def wait_for(self, part, seconds=20, after=0):
        """Index behind the first message from `after` on that holds `part`."""
        until = time.monotonic() + seconds
        with self._changed:
            while True:
                for number, (_, text) in enumerate(self.messages[after:], after):
                    if part in text:
                        return number + 1
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise AssertionError(f"no {part!r} within {seconds} s: {self.messages[after:]}")

    def close(self):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"CLOSE", self.path)
        self._thread.join(5)
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)


class Daemon:
    """Started at once; as a context it is stopped at the end, and must then end with 0."""

    def __init__(self, program, notify=None, wrap=(), verbose=False, environment=None):
        self.program = program
        self.lines = []
        self._changed = threading.Condition()
        self.hears = threading.Event()  # cleared: nobody reads the log, and its pipe fills up
        self.hears.set()
        env = {**os.environ, **(environment or {})}
        env.pop("NOTIFY_SOCKET", None)
        if notify:
            env["NOTIFY_SOCKET"] = notify.path
        arguments = ["run", "-v"] if verbose else ["run"]
        self.process = program.start(*arguments, wrap=wrap, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE, env=env)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for raw in self.process.stderr:
            self.hears.wait()
            line = LogLine(raw.decode("utf-8", "replace").rstrip("\n"))
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, event, seconds=30, after=0, **fields):
        """(line, index behind it) of the first line from `after` on of this event."""
        until = time.monotonic() + seconds
        with self._changed:
            place = after
            while True:
                for place in range(place, len(self.lines)):
                    line = self.lines[place]
                    if event in line.text and all(
                            line.fields.get(key) == value for key, value in fields.items()):
                        return line, place + 1
                place = len(self.lines)
                left = until - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._reader.is_alive()):
                    tail = "\n".join(line.text for line in self.lines[-15:])
                    raise AssertionError(f"no {event!r} {fields} within {seconds} s\n{tail}")
                self._changed.wait(min(left, 0.5))

    def wait_for_more(self, place, seconds):
        """Until the log has grown beyond this place, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.lines) > place, seconds)

    def place(self):
        """Where the log is now, for `after`."""
        with self._changed:
            return len(self.lines)

    def count(self, event):
        with self._changed:
            return sum(event in line.text for line in self.lines)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def stop(self, number=signal.SIGTERM, seconds=15):
        """Its exit code and how long it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.end(seconds), time.monotonic() - began

    def wait_for_end(self, seconds):
        """Whether it ended within this time, which it should not."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.returncode is not None

    def end(self, seconds=15):
        """Waits until it ends; its exit code."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the daemon did not end within {seconds} s") from None
        self._reader.join(5)
        self.process.stderr.close()
        return code

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s*(\d+) kB", status.read())[1])

    def peak_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1])

    def cpu_seconds(self):
        """User and system time of all its threads until now."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        if self.process.poll() is not None and kind is not None:
            return
        code, took = self.stop()
        if kind is None and (code != 0 or took > 5):
            tail = "\n".join(line.text for line in self.lines[-15:])
            raise AssertionError(f"the daemon ended with {code} after {took:.1f} s\n{tail}")
