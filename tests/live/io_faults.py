"""Calls on files below one directory that fail, in the real program: tests/faults/io_faults.cpp."""

import errno
import mmap
import os
import struct
from pathlib import Path

from live.program import BINARY

LIBRARY = Path(os.environ.get("IMAPKEEP_FAULTS_LIBRARY",
                              BINARY.parent / "tests" / "libio_faults.so"))
FOR_EVER = 1 << 62
LAYOUT = struct.Struct("=QQQQQ216s")
COUNT, FROM, MANY, ERROR, STRUCK, LAST = range(6)


class Faults:
    def __init__(self, file, below):
        self.below = Path(below)
        self.file = Path(file)
        self.file.write_bytes(bytes(LAYOUT.size))
        with open(self.file, "r+b") as control:
            self._map = mmap.mmap(control.fileno(), LAYOUT.size)

    def environment(self):
        return {"LD_PRELOAD": str(LIBRARY.resolve()), "IMAPKEEP_FAULTS": str(self.file),
                "IMAPKEEP_FAULTS_BELOW": str(self.below)}

    def _get(self, which):
        return LAYOUT.unpack(self._map[:])[which]

    def _set(self, which, value):
        self._map[which * 8:which * 8 + 8] = struct.pack("=Q", value)

    @property
    def count(self):
        return self._get(COUNT)

    @property
    def struck(self):
        return self._get(STRUCK)

    @property
    def last(self):
        return self._get(LAST).partition(b"\0")[0].decode("utf-8", "replace")

    def reset(self):
        self._map[:] = bytes(LAYOUT.size)

    def arm(self, number, code, many=1):
        """The calls from the `number`-th from now on fail with this errno; many=FOR_EVER: all."""
        self._set(STRUCK, 0)
        self._set(MANY, many)
        self._set(ERROR, code)
        self._set(FROM, self.count + number)

    def disarm(self):
        self._set(FROM, 0)

    def shown(self):
        return f"{errno.errorcode[self._get(ERROR)]} at {self.last}"
