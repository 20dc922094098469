"""What lies on disk below ROOT, read by the grammar of docs/storage.md and nothing of ours.

This is a second reading of the format, in another language: where program and test agree, the
document says enough.
"""

import ctypes
import ctypes.util
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(
    r"^(?P<date>\d+)\.H(?P<hash>[0-9a-f]{16})\.(?P<host>[^,:/~]+)(?:~(?P<number>[2-9]|[1-9]\d+))?"
    r",S=(?P<size>\d+),W=(?P<crlf>\d+):2,(?P<letters>[DFPRST]*)$")
LETTERS = {"\\draft": "D", "\\flagged": "F", "$forwarded": "P", "\\answered": "R", "\\seen": "S",
           "\\deleted": "T"}

_xxhash = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
_xxhash.XXH3_64bits.restype = ctypes.c_uint64
_xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


_zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
_zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
_zstd.ZSTD_getFrameContentSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
_zstd.ZSTD_decompress.restype = ctypes.c_size_t
_zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t] * 2


def unpacked(path):
    """The message in a file of the kept area."""
    frame = path.read_bytes()
    size = _zstd.ZSTD_getFrameContentSize(frame, len(frame))
    data = ctypes.create_string_buffer(min(size, 1 << 32) or 1)
    if _zstd.ZSTD_decompress(data, size, frame, len(frame)) != size:
        raise ValueError(f"{path} is no whole zstd frame that says its size")
    return data.raw[:size]


def kept_files(root):
    """All files below gone/, which are all compressed."""
    return sorted(path for path in (Path(root) / ".imapkeep/gone").rglob("*") if path.is_file())


def xxh3(data):
    return f"{_xxhash.XXH3_64bits(data, len(data)):016x}"


def letters_of(flags):
    return "".join(sorted(LETTERS[flag.lower()] for flag in flags if flag.lower() in LETTERS))


@dataclass
class StoredFile:
    path: Path
    sha256: str
    size: int
    date: int
    letters: str
    inode: int

    @property
    def base(self):
        return self.path.name.partition(":2,")[0]


@dataclass
class MirrorFiles:
    folders: dict  # path below ROOT → {base name: StoredFile}
    gone: list  # StoredFile, from .imapkeep/gone
    complaints: list

    @property
    def count(self):
        return sum(len(files) for files in self.folders.values())


def read_file(path, complaints, kept=False):
    data = unpacked(path) if kept else path.read_bytes()
    facts = path.stat()
    match = NAME.match(path.name.removesuffix(".zst") if kept else path.name)
    if not match:
        complaints.append(f"{path}: not a name of docs/storage.md")
        return StoredFile(path, hashlib.sha256(data).hexdigest(), len(data), -1, "", facts.st_ino)
    said = (match["hash"], int(match["size"]), int(match["crlf"]), int(match["date"]))
    lone_line_feeds = data.count(b"\n") - data.count(b"\r\n")
    found = (xxh3(data), len(data), len(data) + lone_line_feeds, int(facts.st_mtime))
    if said != found:
        complaints.append(f"{path}: the name says {said}, the file is {found}")
    if "".join(sorted(set(match["letters"]))) != match["letters"]:
        complaints.append(f"{path}: flags are not in order")
    return StoredFile(path, hashlib.sha256(data).hexdigest(), len(data), int(match["date"]),
                      match["letters"], facts.st_ino)


def view_mirror(root):
    root = Path(root)
    view = MirrorFiles({}, [], [])
    for directory, names, files in os.walk(root):
        here = Path(directory)
        if here == root:
            if ".imapkeep" not in names:
                view.complaints.append(f"{root}: no .imapkeep")
            names[:] = [name for name in names if name != ".imapkeep"]
        if here.name in ("tmp", "new") and files:
            view.complaints.append(f"{here}: {len(files)} files, for example {files[0]}")
        if here.name == "cur":
            stored = {}
            for name in files:
                file = read_file(here / name, view.complaints)
                if file.base in stored:
                    view.complaints.append(f"{file.path}: there twice, with different flags")
                stored[file.base] = file
            view.folders[here.parent.relative_to(root).as_posix()] = stored
    for path in sorted((root / ".imapkeep").rglob("*")):
        if path.parent.name in ("tmp", "new") and path.is_file():
            view.complaints.append(f"{path}: left over")
        if path.name in ("cur", "new", "tmp"):
            view.complaints.append(f"{path}: a mail reader takes it for a folder")
    for path in kept_files(root):
        if path.suffix == ".zst":
            view.gone.append(read_file(path, view.complaints, kept=True))
        else:
            view.complaints.append(f"{path}: kept as it is, so that a mail reader shows it")
    return view


def fingerprint(root):
    """Every path below ROOT with its bytes and its mtime: equal before and after, if nothing was
    done. The lock file is left out."""
    digest = hashlib.sha256()
    for directory, names, files in os.walk(root):
        names.sort()
        digest.update(directory.encode() + b"\0")
        for name in sorted(files):
            path = Path(directory) / name
            if name == "lock" and path.parent.name == ".imapkeep":
                continue
            facts = path.stat()
            digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
