"""What another session does to a folder, between our passes and in the middle of one.

Cyrus tells who has a folder open that is renamed or deleted elsewhere that each message is expunged.
Dovecot says BYE. Neither is a message that left, nor a server that is unwell.
"""

import unittest

from live.case import LiveCase
from live.cyrus import Cyrus
from live.mirror_checks import assert_exact
from live.real_server import mail
from live.relay import Relay
from live.server_view import expect_ok, quote, view_server


def furnish(server, folders=("x", "other"), count=6):
    with server.login() as client:
        for name in folders:
            expect_ok(client.create(quote(name)))
        for name in ("INBOX", *folders):
            for number in range(count):
                expect_ok(client.append(quote(name), None, None, mail(f"{name} {number}", number)))


class Events:
    """Of a server that self.server() starts."""

    def setUp(self):
        super().setUp()
        self.far = self.server()
        furnish(self.far)
        self.relay = self.enterContext(Relay(self.far))

    def other_session(self, *commands):
        """Each a method of imaplib with what it is given."""
        with self.far.login() as client:
            for name, *arguments in commands:
                expect_ok(getattr(client, name)(*arguments))

    def in_the_middle(self, part, *commands):
        """Just before the server sees the first command that has this in it."""
        self.happened = False

        def act(line):
            if part in line and not self.happened:
                self.happened = True
                self.other_session(*commands)
        self.relay.on_command = act

    def check_exact(self):
        with self.far.login() as client:
            self.figures(assert_exact(self, view_server(client), self.store))

    def change_between(self, *commands, most_fetched):
        program = self.program(self.relay)
        program.sync()
        self.check_exact()
        self.relay.forget()
        self.other_session(*commands)
        program.sync()
        self.check_exact()
        self.figures(f"{len(self.relay.fetched)} bodies fetched again")
        self.assertLessEqual(len(self.relay.fetched), most_fetched)

    def change_within(self, part, *commands, first_mirror, **keys):
        """Mirrored or not, the pass in which it happens ends with what can be said of all folders;
        the next one is exact."""
        program = self.program(self.relay, **keys)
        if not first_mirror:
            program.sync()
            # Else nothing is asked of a folder in which nothing has changed.
            self.other_session(("append", "x", None, None, mail("another")),
                               ("append", "other", None, None, mail("another")))
        self.in_the_middle(part, *commands)
        run = program.sync(expect=(0, 1))
        self.assertTrue(self.happened, "the pass never came to it")
        self.relay.on_command = None
        self.figures(f"exit {run.code}: {run.err.strip()[-120:]}")
        self.check_others()
        if first_mirror:
            # A folder that was listed once and is gone waits for a second witness, minutes later.
            self.other_session(("create", "x"))
        program.sync()
        self.check_exact()

    def check_others(self):
        """INBOX and the folder beside it are mirrored whatever happened to x."""
        with self.far.login() as client:
            seen = view_server(client)
        for name in ("INBOX", "other"):
            files = list(self.store.glob(f"{name}/cur/*"))
            self.assertEqual(len(seen[name].messages), len(files), f"{name} was given up")

    def test_moved_between(self):
        self.change_between(("select", "x"), ("uid", "MOVE", "1:3", "other"), most_fetched=3)

    def test_renamed_between(self):
        self.change_between(("rename", "x", "y"), most_fetched=0)

    def test_renamed_into_the_middle_of_the_tree(self):
        self.change_between(("rename", "x", "other/x"), most_fetched=0)

    def test_renamed_while_it_is_first_mirrored(self):
        self.change_within(b"BODY.PEEK[]", ("rename", "x", "y"), first_mirror=True)

    def test_renamed_while_it_is_followed(self):
        self.change_within(b"UID FETCH", ("rename", "x", "y"), first_mirror=False)

    def test_renamed_behind_its_examine(self):
        self.after_examine(("rename", "x", "y"))

    def test_deleted_behind_its_examine(self):
        self.after_examine(("delete", "x"))

    def after_examine(self, *commands):
        """The first command about messages once x is open: at that moment it goes away."""
        program = self.program(self.relay, on_expunge="remove")
        program.sync()
        self.other_session(("append", "x", None, None, mail("another")))
        with self.far.login() as client:
            seen = view_server(client)
        self.happened, opened = False, []

        def act(line):
            if b"EXAMINE" in line:
                opened.append(b"EXAMINE x" in line or b'EXAMINE "x"' in line)
            elif b"UID " in line and opened and opened[-1] and not self.happened:
                self.happened = True
                self.other_session(*commands)
        self.relay.on_command = act
        run = program.sync(expect=(0, 1))
        self.assertTrue(self.happened, "the pass never came to it")
        self.relay.on_command = None
        self.figures(f"exit {run.code}: {run.err.strip()[-120:]}")
        # Its mail has not departed in the pass that was told so by the fall of the folder alone; it
        # may be known under its new name already.
        files = [*self.store.glob("x/cur/*"), *self.store.glob("y/cur/*")]
        self.assertGreaterEqual(len(files), len(seen["x"].messages) - 1)
        self.check_others()
        if commands[0][0] == "rename":
            program.sync()
            self.check_exact()


class CyrusEventsTest(Events, LiveCase):
    def server(self):
        return self.enterContext(Cyrus(self.work / "cyrus"))


class DovecotEventsTest(Events, LiveCase):
    def server(self):
        return self.dovecot()


if __name__ == "__main__":
    unittest.main()
