"""Small file systems of one's own, to be filled: an image in memory behind a loop device, or tmpfs.

They are seen by this process and by what it starts, and are gone when it has ended, however it ends.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

# kind: size of the image in MiB, and how it is made. ext4 of less than 512 MiB has blocks of 1 KiB if
# nobody says otherwise, four to a page of memory. XFS has none below 300 MiB. As btrfs once was, a file
# has only as many links in one directory as fit into one node: some 56 of 4 KiB.
KINDS = {
    "ext4": (24, "mkfs.ext4 -q -F -m 0"),
    "ext4-4k": (24, "mkfs.ext4 -q -F -m 0 -b 4096"),
    "xfs": (320, "mkfs.xfs -q -f"),
    "xfs-1k": (320, "mkfs.xfs -q -f -b size=1024"),
    "btrfs": (160, "mkfs.btrfs -q -f -d single -m single"),
    "btrfs-mixed": (40, "mkfs.btrfs -q -f -M"),
    "overlay-on-btrfs": (160, "mkfs.btrfs -q -f -d single -m single"),
    "btrfs-few-links": (40, "mkfs.btrfs -q -f -M -O ^extref"),
    "tmpfs": (24, ""),
}
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 1 << 14, 1 << 18
CHUNKS = (8 << 20, 1 << 20, 64 << 10, 4 << 10, 1 << 10)


# Those that get full in a way of their own.
FILLED = [kind for kind in KINDS if kind != "btrfs-few-links"]


def cannot_mount():
    """From now on what is mounted is seen by nobody else. Why there is no small file system, else
    nothing."""
    told = enter_own_view()
    if told:
        return told
    try:
        SmallDisk("ext4").close()
    except OSError as error:
        return f"no small file system can be mounted here: {error}"
    return None


def enter_own_view():
    """Why it cannot be had, else nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.getuid() != 0:
        return "only root can mount a small file system"
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        return f"no view of the file systems of one's own: {os.strerror(ctypes.get_errno())}"
    return None


def is_full(error):
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class SmallDisk:
    def __init__(self, kind, inodes=None, mib=None):
        """`inodes`, of ext4; `mib`: another size."""
        size, made_by = KINDS[kind]
        size = mib or size
        self.kind = kind
        self.size = size << 20
        self.room = Path(tempfile.mkdtemp(prefix="ik-disk-", dir="/dev/shm"))
        self.disk = self.room / "at"  # what is filled
        self.path = self.disk  # where files are to lie
        self.disk.mkdir()
        if not made_by:
            self._run("mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", self.disk)
            return
        if inodes:
            made_by += f" -N {inodes}"
        image = self.room / "image"
        with open(image, "wb") as file:
            file.truncate(self.size)
        self._run(*made_by.split(), image)
        self._run("mount", "-o", "loop,noatime", image, self.disk)
        if kind in ("btrfs", "overlay-on-btrfs"):
            self._widen()
        if kind == "overlay-on-btrfs":
            self._lay_over()

    def _run(self, *command):
        done = subprocess.run([str(word) for word in command], capture_output=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(self.room, ignore_errors=True)
            raise OSError(f"{command[0]}: {done.stderr.decode().strip()}")

    def _widen(self):
        """Names have room of their own on btrfs, on a new one too little for any. It takes more when
        that is used, and cannot when everything has been given to data."""
        few = self.disk / "few"
        few.mkdir()
        for number in range(1500):
            (few / str(number)).write_bytes(b"x" * 2000)
        self.flush()
        for number in range(1500):
            if number % 10:
                (few / str(number)).unlink()
        self.flush()

    def _lay_over(self):
        self.path = self.room / "over"
        for path in (self.path, self.disk / "low", self.disk / "up", self.disk / "work"):
            path.mkdir()
        layers = f"lowerdir={self.disk}/low,upperdir={self.disk}/up,workdir={self.disk}/work"
        self._run("mount", "-t", "overlay", "overlay", "-o", layers, self.path)

    @property
    def _ballast(self):
        return self.disk / "ballast"

    def fill(self, leave):
        """Until only about so many octets are free."""
        with open(self._ballast, "wb") as file:
            end = 0
            for chunk in CHUNKS:
                while True:
                    try:
                        os.posix_fallocate(file.fileno(), end, chunk)
                    except OSError as error:
                        if not is_full(error):
                            raise
                        break
                    end += chunk
            os.fsync(file.fileno())
            os.ftruncate(file.fileno(), max(0, end - leave))
            os.fsync(file.fileno())
        self.flush()

    def fill_names(self, leave):
        """Until only about so many files can be made: no inodes, or no room for the next one."""
        names = self.disk / "names"
        names.mkdir()
        count = 0
        try:
            while True:
                # Small enough to lie beside its inode where a file system does that.
                (names / str(count)).write_bytes(b"x" * 2000)
                count += 1
        except OSError as error:
            if not is_full(error):
                raise
        for number in range(max(0, count - leave), count + 1):
            (names / str(number)).unlink(missing_ok=True)
        self.flush()

    def give_room(self):
        self._ballast.unlink(missing_ok=True)
        shutil.rmtree(self.disk / "names", ignore_errors=True)
        self.flush()

    def flush(self):
        """btrfs gives back what was deleted with its next transaction only."""
        fd = os.open(self.disk, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):
                os.fsync(fd)
            ctypes.CDLL(None).syncfs(fd)
        finally:
            os.close(fd)

    def clear(self):
        for entry in self.path.iterdir():
            if entry.name == "few":
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.flush()

    def close(self):
        for path in (self.path, self.disk):
            if os.path.ismount(path):
                subprocess.run(["umount", "-l", path], check=False)
        shutil.rmtree(self.room, ignore_errors=True)
