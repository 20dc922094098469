"""A client of the control socket by docs/control.md alone, one that may also misbehave."""

import contextlib
import json
import socket
from dataclasses import dataclass, field


@dataclass
class Answer:
    end: int = None  # none: the connection was cut
    out: str = ""
    lines: list = field(default_factory=list)
    pages: list = field(default_factory=list)
    progress: list = field(default_factory=list)

    def take(self, line):
        for member, value in json.loads(line).items():
            if member == "end":
                self.end = value
            elif member == "out":
                self.out += value
            elif member == "page":
                self.pages.append(value)
            elif member == "line":
                self.lines.append(value)
            elif member == "progress":
                self.progress.append(value)


class Control:
    def __init__(self, state, seconds=30):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(seconds)
        self._socket.connect(str(state / "control"))
        self._file = self._socket.makefile("rb")

    def send(self, data):
        # Who is refused may be told so, and hung up on, before he has asked; the answer is there.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def request(self, **members):
        self.send(json.dumps({"imapkeep": 1, **members}).encode() + b"\n")

    def read_line(self):
        return self._file.readline()

    def read(self):
        """Everything until the end."""
        answer = Answer()
        while answer.end is None and (line := self.read_line()):
            answer.take(line)
        return answer

    def ask(self, **members):
        self.request(**members)
        return self.read()

    def close(self):
        self._file.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
