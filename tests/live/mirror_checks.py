"""Compares a server with a mirror, message by message; the heart of every live test.

    for every folder: the server's UIDs = the journal's live UIDs = the files in cur/,
    and for every UID: the same SHA-256, INTERNALDATE, flags and keywords
"""

import hashlib
from collections import Counter

from generator.folders import decode_utf7, encode_utf7
from live.journal import raw_text, read_journal
from live.mirror_view import LETTERS, letters_of, view_mirror

MOST = 25  # complaints shown


def expected_path(raw, delimiter):
    """docs/storage.md section 1, for names in modified UTF-7."""
    if raw.upper() == "INBOX":
        return "INBOX"
    parts = raw.split(delimiter) if delimiter else [raw]
    return "/".join(_component(part) for part in parts)


def _component(raw):
    data, is_raw = raw.encode("latin-1"), True
    try:
        text = decode_utf7(raw) if raw.isascii() else None
        if text is not None and encode_utf7(text) == raw and not any(
                ord(letter) < 0x20 or 0x7F <= ord(letter) <= 0x9F for letter in text):
            data, is_raw = text.encode(), False
    except ValueError:
        pass
    out = []
    for place, byte in enumerate(data):
        always = byte in b"%/" or byte < 0x20 or byte == 0x7F or (byte == 0x2E and place == 0)
        special = is_raw and (byte == 0x26 or byte >= 0x80)
        out.append(b"%%%02X" % byte if always or special else bytes([byte]))
    if b"".join(out).lower() in (b"cur", b"new", b"tmp", b"dovecot-keywords"):
        out[0] = b"%%%02X" % out[0][0]
    whole = b"".join(out)
    if not whole:
        return "%"
    if len(whole) > 200:
        return _shortened(whole, out)
    return whole.decode()


def _shortened(whole, units):
    start = b""
    for place, unit in enumerate(units):
        if len(start) + len(unit) > 166:
            # Not within a character: continuation bytes are 10xxxxxx.
            while place < len(units) and start and units[place][0] & 0xC0 == 0x80:
                place -= 1
                start = b"".join(units[:place])
            break
        start += unit
    return start.decode() + "%~" + hashlib.sha256(whole).hexdigest()[:32]


def _compare_message(told, where, server, record, file, host, dates):
    flags = {flag.lower() for flag in server.flags}
    letters = letters_of(flags)
    keywords = {flag for flag in flags if flag not in LETTERS}
    if record["sha256"] != server.sha256:
        told.append(f"{where}: the journal's SHA-256 is not that of the server's bytes")
    if record["flags"] != letters:
        told.append(f"{where}: flags {sorted(flags)}, the journal says {record['flags']!r}")
    if {raw_text(word).lower() for word in record["keywords"]} != keywords:
        told.append(f"{where}: keywords {sorted(keywords)}, journal {record['keywords']}")
    if file is None:
        told.append(f"{where}: no file {record['base']}")
        return
    if file.sha256 != server.sha256:
        told.append(f"{where}: {file.path} has other bytes than the server")
    if dates and file.date != server.internal_date:
        told.append(f"{where}: INTERNALDATE {server.internal_date}, file {file.date}")
    if file.letters != letters:
        told.append(f"{where}: flags {letters!r}, file {file.path.name}")
    if host and f".{host}" not in file.base:
        told.append(f"{where}: {file.base} does not name the host {host}")


def compare(server, root, host="localhost", expect_quarantined=0, dates=True):
    """(complaints, figures). `dates`: the server's mean something."""
    files, journal = view_mirror(root), read_journal(root)
    told = files.complaints + journal.complaints
    by_name = {}
    for number, folder in journal.folders.items():
        if not folder.gone:
            if folder.raw in by_name:
                told.append(f"{folder.raw!r} has two live folder records")
            by_name[folder.raw] = (number, folder)
    live = Counter(key[0] for key in journal.live)
    claimed = Counter()
    messages = 0
    for raw, theirs in server.items():
        if raw not in by_name:
            told.append(f"{raw!r}: no folder record")
            continue
        number, ours = by_name.pop(raw)
        if ours.path != expected_path(raw, theirs.delimiter):
            told.append(f"{raw!r}: path {ours.path!r}, "
                        f"expected {expected_path(raw, theirs.delimiter)!r}")
        stored = files.folders.get(ours.path)
        if stored is None:
            told.append(f"{raw!r}: no folder {ours.path}")
            continue
        for name in ("cur", "new", "tmp"):
            if not (root / ours.path / name).is_dir():
                told.append(f"{ours.path}: no {name}/")
        for uid, message in theirs.messages.items():
            messages += 1
            where = f"{raw} UID {uid}"
            record = journal.live.get((number, theirs.uid_validity, uid))
            if record is None:
                told.append(f"{where}: not live in the journal")
                continue
            claimed[(ours.path, record["base"])] += 1
            _compare_message(told, where, message, record, stored.get(record["base"]), host, dates)
        if live[number] != len(theirs.messages):
            told.append(f"{raw!r}: {live[number]} live records, server {len(theirs.messages)}")
        if len(stored) != len(theirs.messages):
            told.append(f"{raw!r}: {len(stored)} files, server {len(theirs.messages)}")
    told += [f"{name!r} is live and not on the server" for name in by_name]
    told += [f"{path}/{base} is claimed {count} times"
             for (path, base), count in claimed.items() if count > 1]
    if len(journal.quarantined) != expect_quarantined:
        told.append(f"quarantined: {journal.quarantined}")
    inodes = {file.inode for stored in files.folders.values() for file in stored.values()}
    figures = (f"{messages} messages in {len(server)} folders, {files.count} names of "
               f"{len(inodes)} files, {journal.lines} journal lines, {len(files.gone)} kept")
    return told, figures


def assert_exact(case, server, root, **options):
    """Fails the test with the first complaints; returns the figures."""
    told, figures = compare(server, root, **options)
    if told:
        case.fail(f"{len(told)} complaints; {figures}\n" + "\n".join(told[:MOST]))
    return figures
