"""Reads a store's journal by docs/storage.md section 4, and refuses what stands wrong there."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from live.mirror_view import xxh3

LINE = re.compile(rb'^\{"c":"([0-9a-f]{16})",(.*\})$', re.S)
NOTED = {"owner", "expired", "forgotten", "proof", "inferred-settled"}  # nothing live changes
TYPES = {"segment", "folder", "renaming", "folder-gone", "message", "flags", "gone", "quarantine",
         "end"} | NOTED


@dataclass
class Folder:
    raw: str
    delimiter: str
    path: str
    gone: bool = False


@dataclass
class Journal:
    folders: dict = field(default_factory=dict)  # id → Folder
    live: dict = field(default_factory=dict)  # (folder id, UIDVALIDITY, UID) → message record
    gone: list = field(default_factory=list)  # gone records, in order
    quarantined: dict = field(default_factory=dict)  # key → reason
    lines: int = 0
    torn: list = field(default_factory=list)  # segments whose last line was torn
    complaints: list = field(default_factory=list)


def raw_text(text):
    return unquote_to_bytes(text).decode("latin-1")


def whole(line):
    """The record of a line that is whole, else nothing."""
    match = LINE.match(line)
    if not match or xxh3(match[2]) != match[1].decode():
        return None
    return json.loads(b"{" + match[2])


def segments(root):
    return sorted((Path(root) / ".imapkeep" / "journal").glob("*.jsonl"))


def read_journal(root):
    journal = Journal()
    store = json.loads((Path(root) / ".imapkeep" / "store.json").read_text())
    for number, path in enumerate(segments(root), 1):
        if path.name != f"{number:010d}.jsonl":
            journal.complaints.append(f"{path.name} stands where segment {number} belongs")
        _read_segment(journal, path, store["store"])
    if journal.lines == 0:
        journal.complaints.append("the journal is empty")
    return journal


def _read_segment(journal, path, store_id):
    data = path.read_bytes()
    lines = data.split(b"\n")
    rest = lines.pop()
    if rest:
        journal.torn.append(path.name)
    between = 0
    for number, line in enumerate(lines, 1):
        record = whole(line)
        if record is None:
            if number == len(lines) and not rest:
                journal.torn.append(path.name)
            else:
                journal.complaints.append(f"{path.name} line {number} is damaged: {line[:80]}")
            continue
        journal.lines += 1
        kind = record["t"]
        if kind not in TYPES:
            journal.complaints.append(f"{path.name} line {number}: unknown type {kind}")
        elif number == 1:
            if (kind, record.get("format"), record.get("store")) != ("segment", 1, store_id):
                journal.complaints.append(f"{path.name}: first line is not this store's")
        elif kind == "end":
            if number != len(lines) or int(record["records"]) != between:
                journal.complaints.append(f"{path.name} line {number}: `end` is wrong")
        else:
            between += 1
            _apply(journal, record)


def _apply(journal, record):
    kind = record["t"]
    if kind == "folder":
        journal.folders[record["folder"]] = Folder(
            raw_text(record["name"]), raw_text(record["delimiter"]), record["path"])
        return
    if kind not in NOTED and record["folder"] not in journal.folders:
        return  # void: the line that named the folder was taken out
    if kind == "folder-gone":
        journal.folders[record["folder"]].gone = True
        return
    if kind == "renaming" or kind in NOTED:
        return
    key = (record["folder"], record["validity"], record["uid"])
    if kind == "message":
        journal.live[key] = record
        journal.quarantined.pop(key, None)
    elif kind == "flags":
        if key not in journal.live:
            journal.complaints.append(f"flags of {key}, which is not live")
            return
        journal.live[key]["flags"] = record["flags"]
        journal.live[key]["keywords"] = record["keywords"]
    elif kind == "gone":
        # What could not be had, and then left the server, was never live.
        if key not in journal.live and key not in journal.quarantined:
            journal.complaints.append(f"{key} is gone without having been there")
        journal.quarantined.pop(key, None)
        journal.live.pop(key, None)
        journal.gone.append(record)
    elif kind == "quarantine":
        journal.quarantined[key] = raw_text(record["reason"])
