"""Writes messages into a Dovecot Maildir (LAYOUT=fs) while no Dovecot looks at it.

A file's mtime becomes INTERNALDATE; keywords are letters that dovecot-keywords explains.
"""

import os
from pathlib import Path

from generator.folders import encode_utf7

LETTERS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}


class MaildirWriter:
    def __init__(self, root, owner=None):
        self.root = Path(root)
        self.owner = owner  # (uid, gid), or None for whoever writes
        self.keywords = {}  # folder path → list of its keywords
        self.serial = 0

    def folder_path(self, name):
        if name == "INBOX":
            return self.root
        return self.root.joinpath(*(encode_utf7(part) for part in name.split("/")))

    def make_folder(self, name):
        path = self.folder_path(name)
        for directory in ("cur", "new", "tmp"):
            (path / directory).mkdir(parents=True, exist_ok=True)
        return path

    def add(self, name, message):
        path = self.make_folder(name)
        self.serial += 1
        letters = {LETTERS[flag] for flag in message.flags}
        known = self.keywords.setdefault(path, [])
        for keyword in sorted(message.keywords):
            if keyword not in known:
                known.append(keyword)
            letters.add(chr(ord("a") + known.index(keyword)))
        file = path / "cur" / f"1000000000.M{self.serial:08d}.generated:2,{''.join(sorted(letters))}"
        file.write_bytes(message.data)
        os.utime(file, (message.internal_date, message.internal_date))

    def finish(self):
        """Explains the keyword letters and hands everything to the mail user."""
        for path, known in self.keywords.items():
            lines = (f"{number} {keyword}\n" for number, keyword in enumerate(known))
            (path / "dovecot-keywords").write_text("".join(lines))
        if self.owner:
            for directory, names, files in os.walk(self.root):
                os.chown(directory, *self.owner)
                for file in files:
                    os.chown(os.path.join(directory, file), *self.owner)
