"""One timed run: wall time, the program's own CPU time, and the peak of its resident memory."""

import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench.figures import Round

PEAK = re.compile(r"VmHWM:\s*(\d+) kB")


class Failed(RuntimeError):
    pass


def peak_kb(pid):
    """The kernel's own high-water mark. Not rusage's, which counts this program as it forked."""
    with contextlib.suppress(OSError):
        found = PEAK.search(Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    return 0


def timed(command, environment=None, limit=3600):
    """(Round, standard output). A run that fails is no figure: it raises."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            env={**os.environ, **(environment or {})})
        peak, ended = _watch(process.pid, began, limit)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    if process.returncode != 0:
        raise Failed(f"{command[0]} ended with {process.returncode} after {ended - began:.1f} s\n"
                     + "".join(texts)[-3000:])
    return Round(ended - began, usage.ru_utime + usage.ru_stime, peak), texts[0]


def _watch(pid, began, limit):
    """The end is told by the kernel; the looks between are for the memory only. They are close at
    first, so that runs of a few milliseconds are seen, too."""
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        peak = 0
        while True:
            lived = time.monotonic() - began
            if poll.poll(min(20, 1 + int(lived * 100))):
                return peak, time.monotonic()
            peak = max(peak, peak_kb(pid))
            if lived > limit:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                limit = float("inf")
    finally:
        os.close(handle)


def fsync_times(directory, count=200):
    """Seconds for each of `count` new files of 4 KB: the disk by which all else is judged."""
    times = []
    for number in range(count):
        path = Path(directory) / f"fsync-{number}"
        handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(handle, b"x" * 4096)
            began = time.perf_counter()
            os.fsync(handle)
            times.append(time.perf_counter() - began)
        finally:
            os.close(handle)
            path.unlink()
    return times
