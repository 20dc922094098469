"""`imapkeep status` without a daemon and before anything was mirrored, and `login` with a state directory
that it must not use: no server is asked."""

import json
import unittest
from types import SimpleNamespace

from live.case import LiveCase

NOBODY = SimpleNamespace(host="127.0.0.1", port=1, ca="", password="correct horse")
OAUTH = {"issuer": "https://127.0.0.1:1", "client": "{id: imapkeep}", "scope": "mail"}


class StatusTest(LiveCase):
    def fresh(self, **keys):
        program = self.program(NOBODY, **keys)
        program.state = self.work / "not" / "there" / "state"
        program.write_config()
        return program

    def test_before_the_first_sync(self):
        program = self.fresh()
        run = program.run("status", expect=74)
        self.assertEqual("", run.err)
        self.assertEqual(
            f"work: never synced\nthere is no directory {program.state}: nothing has been synced yet, or "
            "its disk is not mounted, or `state` in the configuration names another directory\n", run.out)
        run = program.run("status", "--json", expect=74)
        self.assertEqual("", run.err)
        self.assertEqual([{"account": "work", "store": str(self.store), "state": "never"}],
                         json.loads(run.out)["accounts"])
        self.assertIn("no daemon runs", program.run("status", "--watch", expect=69).err)
        self.assertFalse(program.state.parent.exists(), "a look made a directory")
        program.state.mkdir(0o700, parents=True)
        run = program.run("status", expect=1)
        self.assertEqual(
            f"work: never synced\nthere is no ledger in {program.state}: nothing has been synced yet, "
            "or `state` in the configuration names another directory\n", run.out)

    def test_after_a_sync_that_reached_nobody(self):
        program = self.fresh()
        program.sync(expect=69)
        run = program.run("status", expect=1)
        self.assertEqual("", run.err)
        self.assertRegex(run.out, r"^work: failed \d+ s ago\n")
        self.assertTrue(run.out.endswith("no daemon runs; this is what was written down last\n"),
                        run.out)

    def test_a_ledger_that_is_none(self):
        program = self.fresh()
        program.state.parent.mkdir(parents=True)
        program.state.write_text("a file\n")
        self.assertIn("there is no ledger at", program.run("status", expect=74).err)
        program.state.unlink()
        program.state.mkdir(0o700)
        (program.state / "ledger").write_text("nonsense" * 100)
        run = program.run("status", expect=74)
        self.assertIn("file is not a database", run.err)
        self.assertEqual("", run.out)


class LoginStateTest(LiveCase):
    def test_a_state_directory_that_is_open_to_others(self):
        program = self.program(NOBODY, oauth=OAUTH)
        program.state.mkdir(0o700)
        program.state.chmod(0o755)
        run = program.run("login", "work", expect=74)
        self.assertEqual("", run.out)
        self.assertRegex(run.err, r"the state directory .* is open to others \(mode 0755\): chmod 700 it")
        self.assertEqual([], list(program.state.iterdir()))
        program.state.chmod(0o750)  # a group may look: now it is the provider that is missing
        self.assertNotIn("open to others", program.run("login", "work", expect=69).err)


if __name__ == "__main__":
    unittest.main()
