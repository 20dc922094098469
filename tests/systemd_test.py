#!/usr/bin/env python3
"""Holds what is installed for systemd against systemd's own tools, offline: nothing is started.

    systemd_test.py BUILD    the build directory, with the program built

Ends with 77, ctest's sign for "could not run here", where there is no systemd-analyze.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BUILD = None
MOST_EXPOSED = 11  # tenths: what a client of the network comes down to

DOCS = ["CHANGELOG.md", "LICENSE", "README.md", "docs/imapkeep.example.yaml",
        *sorted(page.relative_to(TOP).as_posix() for page in (TOP / "docs").rglob("*.md")),
        "examples/credentials.conf", "examples/imapkeep.example.yaml",
        "examples/mail-elsewhere.conf", "examples/notify-reload.conf"]


def run(*arguments, **more):
    return subprocess.run([str(one) for one in arguments], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=120, **more)


def cache(name):
    """A value of CMake's cache, or None."""
    text = (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{name}(?::\w+)?=(.*)$", text, re.M)
    return found.group(1) if found else None


def messages():
    """event → id, of the table in the program."""
    text = (TOP / "daemon/io/journal_messages.cpp").read_text(encoding="utf-8")
    return dict(re.findall(r'\{"([^"]+)",\s*"([0-9a-f]{32})"\}', text))


def catalog_ids():
    text = (TOP / "systemd/imapkeep.catalog").read_text(encoding="utf-8")
    return re.findall(r"^-- ([0-9a-f]{32})$", text, re.M)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="imapkeep-systemd-")
        cls.root = Path(cls.scratch.name) / "root"
        cls.prefix = Path(cache("CMAKE_INSTALL_PREFIX"))
        done = run("cmake", "--install", BUILD, env={**os.environ, "DESTDIR": str(cls.root)})
        if done.returncode != 0:
            raise AssertionError(done.stdout)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def place(self, name):
        """An absolute path of the installed machine; `name` is a variable of the cache."""
        return self.prefix / cache(name)

    def below_root(self, path):
        return self.root / path.relative_to("/")

    def unit(self, kind):
        return self.below_root(self.place(kind)) / "imapkeep.service"

    def unit_that_starts_here(self, kind, dropins=()):
        """A copy whose program is where it stands now, since verify looks whether it is there."""
        directory = Path(tempfile.mkdtemp(dir=self.scratch.name))
        text = self.unit(kind).read_text(encoding="utf-8")
        program = self.place("CMAKE_INSTALL_BINDIR") / "imapkeep"
        here = self.below_root(program)
        self.assertIn(f"ExecStart={program} ", text)
        copy = directory / "imapkeep.service"
        copy.write_text(text.replace(f"ExecStart={program} ", f"ExecStart={here} "),
                        encoding="utf-8")
        for name in dropins:
            beside = directory / "imapkeep.service.d"
            beside.mkdir(exist_ok=True)
            shutil.copy(TOP / "systemd/examples" / name, beside)
        return copy

    def verify(self, unit, *options):
        environment = {**os.environ, "XDG_RUNTIME_DIR": self.scratch.name,
                       "SYSTEMD_UNIT_PATH": f"{unit.parent}:"}
        done = run("systemd-analyze", "verify", "--man=no", *options, unit, env=environment)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_exactly_the_expected_files(self):
        doc = self.place("CMAKE_INSTALL_DATAROOTDIR") / "doc/imapkeep"
        man = self.place("CMAKE_INSTALL_DATAROOTDIR") / "man"
        expected = [self.place("CMAKE_INSTALL_BINDIR") / "imapkeep",
                    self.place("IMAPKEEP_UNIT_DIR") / "imapkeep.service",
                    self.place("IMAPKEEP_USER_UNIT_DIR") / "imapkeep.service",
                    self.place("IMAPKEEP_SYSUSERS_DIR") / "imapkeep.conf",
                    self.place("IMAPKEEP_TMPFILES_DIR") / "imapkeep.conf",
                    self.place("IMAPKEEP_CATALOG_DIR") / "imapkeep.catalog",
                    man / "man1/imapkeep.1", man / "man5/imapkeep.yaml.5",
                    *(doc / one for one in DOCS)]
        found = ["/" + path.relative_to(self.root).as_posix()
                 for path in self.root.rglob("*") if not path.is_dir()]
        self.assertEqual(sorted(found), sorted(map(str, expected)))
        for path in self.root.rglob("*"):
            if path.is_file():
                self.assertEqual(path.stat().st_mode & 0o022, 0, path)
                self.assertGreater(path.stat().st_size, 100, path)

    def test_the_installed_program_runs(self):
        program = self.below_root(self.place("CMAKE_INSTALL_BINDIR") / "imapkeep")
        done = run(program, "--version")
        self.assertEqual(done.returncode, 0)
        self.assertIn("imapkeep", done.stdout)

    def test_system_unit(self):
        self.verify(self.unit_that_starts_here("IMAPKEEP_UNIT_DIR"))

    def test_system_unit_with_its_examples(self):
        # Not notify-reload.conf, which is for newer versions than Debian 12 has.
        dropins = ("mail-elsewhere.conf", "credentials.conf")
        self.verify(self.unit_that_starts_here("IMAPKEEP_UNIT_DIR", dropins))

    def test_user_unit(self):
        self.verify(self.unit_that_starts_here("IMAPKEEP_USER_UNIT_DIR"), "--user")

    def test_no_core_is_left_of_memory_that_holds_secrets(self):
        units = sorted((TOP / "systemd").glob("*.service.in"))
        self.assertEqual(2, len(units))
        for unit in units:
            self.assertIn("\nLimitCORE=0\n", unit.read_text(encoding="utf-8"), unit.name)

    def test_exposure(self):
        for dropins in ((), ("mail-elsewhere.conf",), ("credentials.conf",)):
            unit = self.unit_that_starts_here("IMAPKEEP_UNIT_DIR", dropins)
            done = run("systemd-analyze", "security", "--offline=1", f"--threshold={MOST_EXPOSED}",
                       unit)
            verdict = done.stdout.strip().splitlines()[-1]
            print(" and ".join(("imapkeep.service",) + dropins) + ":", verdict)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_no_word_that_this_systemd_does_not_know(self):
        """What is ignored with a warning is worse than an error: the sandbox has a hole."""
        text = self.unit("IMAPKEEP_UNIT_DIR").read_text(encoding="utf-8")
        self.assertNotIn("notify-reload", re.sub(r"^#.*$", "", text, flags=re.M))
        self.assertIn("Type=notify\n", text)

    def test_user_and_directories(self):
        made = Path(tempfile.mkdtemp(dir=self.scratch.name))
        (made / "etc").mkdir()
        (made / "etc/group").write_text("root:x:0:\n", encoding="utf-8")
        (made / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n", encoding="utf-8")
        sysusers = self.below_root(self.place("IMAPKEEP_SYSUSERS_DIR")) / "imapkeep.conf"
        tmpfiles = self.below_root(self.place("IMAPKEEP_TMPFILES_DIR")) / "imapkeep.conf"
        done = run("systemd-sysusers", f"--root={made}", "--dry-run", sysusers)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("imapkeep", done.stdout)
        if os.geteuid() != 0:
            self.skipTest("only root can make a user, and a directory of another group")
        done = run("systemd-sysusers", f"--root={made}", sysusers)
        self.assertEqual(done.returncode, 0, done.stdout)
        line = re.search(r"^imapkeep:.*$", (made / "etc/passwd").read_text(), re.M).group()
        user = line.split(":")
        self.assertEqual(user[5:], ["/var/lib/imapkeep", "/usr/sbin/nologin"])
        done = run("systemd-tmpfiles", f"--root={made}", "--create", tmpfiles)
        self.assertEqual(done.returncode, 0, done.stdout)
        facts = (made / "etc/imapkeep").stat()
        self.assertEqual((facts.st_mode & 0o7777, facts.st_uid, facts.st_gid),
                         (0o750, 0, int(user[3])))

    def test_catalog(self):
        source = self.below_root(self.place("IMAPKEEP_CATALOG_DIR"))
        root = Path(tempfile.mkdtemp(dir=self.scratch.name))
        shutil.copytree(source, root / "usr/lib/systemd/catalog")
        done = run("journalctl", "--update-catalog", f"--root={root}")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        listed = run("journalctl", "--list-catalog", f"--root={root}").stdout
        text = (TOP / "systemd/imapkeep.catalog").read_text(encoding="utf-8")
        subjects = dict(re.findall(r"^-- ([0-9a-f]{32})\nSubject: (.+)$", text, re.M))
        for identity in catalog_ids():
            self.assertIn(f"{identity} imapkeep: {subjects.get(identity)}\n", listed)


class Catalog(unittest.TestCase):
    def test_every_id_is_explained_once(self):
        table = messages()
        self.assertGreaterEqual(len(table), 10)
        ids = catalog_ids()
        self.assertEqual(sorted(ids), sorted(table.values()))
        self.assertEqual(len(set(ids)), len(ids))

    def test_every_event_is_logged_somewhere(self):
        said = ""
        for top in ("daemon", "sync", "auth", "config"):
            for path in (TOP / top).rglob("*"):
                if path.suffix in (".h", ".cpp") and path.name != "journal_messages.cpp":
                    said += path.read_text(encoding="utf-8")
        for event in messages():
            self.assertIn(f'"{event}"', said)

    def test_documents_name_every_event(self):
        text = (TOP / "docs/service.md").read_text(encoding="utf-8")
        for event in messages():
            self.assertIn(f"`{event}`", text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    BUILD = Path(sys.argv.pop()).resolve()
    if not shutil.which("systemd-analyze") or not shutil.which("journalctl"):
        print("no systemd-analyze or journalctl here (package systemd)")
        sys.exit(77)
    unittest.main(verbosity=2)
