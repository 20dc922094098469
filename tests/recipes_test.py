"""The shell recipes of docs/storage.md section 7, run as they stand there on a made-up store."""
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs/storage.md"


def functions():
    """lines(), live() and folders(), as somebody would paste them."""
    section = PAGE.read_text().split("## 7. By hand", 1)[1].split("\n## ", 1)[0]
    script = re.search(r"```sh\n(.*?)```", section, re.S).group(1)
    found = re.findall(r"^(?:lines|live|folders)\(\) \{.*?\}$", script, re.S | re.M)
    assert len(found) == 3, found
    return "\n".join(found)


def message(folder, uid, **other):
    return {"t": "message", "folder": folder, "validity": 1, "uid": uid, "sha256": f"{uid:064x}",
            "base": f"0.H{uid:016x}.h,S=1,W=1", **other}


class Recipes(unittest.TestCase):
    def run_on(self, records, command):
        with tempfile.TemporaryDirectory() as root:
            journal = Path(root) / ".imapkeep/journal"
            journal.mkdir(parents=True)
            lines = [json.dumps({"c": "0" * 16, **record}, separators=(",", ":"))
                     for record in records]
            (journal / "0000000001.jsonl").write_text("\n".join(lines) + "\n{\"c\":\"torn")
            ran = subprocess.run(["bash", "-c", f"R='{root}'\n{functions()}\n{command}"],
                                 capture_output=True, text=True, check=True)
        return sorted(line.split("\t") for line in ran.stdout.splitlines())

    def test_live(self):
        records = [
            {"t": "segment", "format": 1},
            {"t": "folder", "folder": 1, "path": "INBOX"},
            message(1, 1), message(1, 2), message(1, 3),
            {"t": "gone", "folder": 1, "validity": 1, "uid": 2, "to": "kept"},
            message(1, 3, sha256="f" * 64),
            {"t": "end", "records": "6"},
        ]
        live = self.run_on(records, "live")
        self.assertEqual([["1", "1", "1"], ["1", "1", "3"]], [row[:3] for row in live])
        self.assertEqual("f" * 64, live[1][3])

    def test_what_is_void_is_not_live(self):
        """Section 4: a damaged `folder` line was removed; its folder is made anew under another id."""
        records = [
            {"t": "segment", "format": 1},
            message(1, 1),
            {"t": "gone", "folder": 1, "validity": 1, "uid": 7, "to": "kept"},
            {"t": "folder", "folder": 2, "path": "INBOX"},
            message(2, 1),
            message(3, 5),
            {"t": "folder", "folder": 3, "path": "Later"},
            message(3, 6),
        ]
        live = self.run_on(records, "live")
        self.assertEqual([["2", "1", "1"], ["3", "1", "6"]], [row[:3] for row in live])

    def test_folders(self):
        records = [
            {"t": "folder", "folder": 1, "path": "INBOX"},
            {"t": "folder", "folder": 2, "path": "Old"},
            {"t": "folder", "folder": 1, "path": "Inbox/%~2"},
            {"t": "folder-gone", "folder": 2},
        ]
        self.assertEqual([["1", "Inbox/%~2"]], self.run_on(records, "folders"))


if __name__ == "__main__":
    unittest.main()
