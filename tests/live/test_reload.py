"""SIGHUP while everything runs: what is the same is left alone, what changed is exchanged, and what
is wrong changes nothing and is said."""

import unittest

from live.control import Control
from live.daemon_case import DaemonCase, logins
from live.program import Account, Program
from live.relay import Relay

USERS = ("anna", "bert", "carl", "dora")


class ReloadTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(users=USERS)
        self.clients = {user: self.client_of(self.server, user) for user in USERS}
        for user in USERS:
            self.append(self.clients[user], count=3)
        self.accounts = {user: self.account(user) for user in USERS}
        self.program_ = Program(self.work / "etc", *list(self.accounts.values())[:3])
        self.told = self.notify()
        self.daemon_ = self.daemon(self.program_, notify=self.told)
        for user in USERS[:3]:
            self.watching(user)
        self.before = {user: logins(self.server, user) for user in USERS}

    def account(self, user, server=None, **keys):
        return Account(user, server or self.server, self.work / f"mail-{user}", user=user, **keys)

    def watching(self, user, after=0):
        self.daemon_.wait_for("watching", account=user, after=after)

    def reload(self, *accounts, expect="configuration reloaded"):
        if accounts:
            self.program_.accounts = list(accounts)
            self.program_.write_config()
        place = self.daemon_.place()
        self.daemon_.reload()
        return self.daemon_.wait_for(expect, after=place)

    def keeps(self, *users):
        """New mail of these is kept, over the line that they had."""
        for user in users:
            place = self.daemon_.place()
            self.append(self.clients[user])
            self.daemon_.wait_for("new mail kept", account=user, after=place)
            self.exact(user)
            self.assertEqual(self.before[user], logins(self.server, user), user)

    def exact(self, user):
        figures = self.level(self.daemon_, self.server, store=self.work / f"mail-{user}", user=user)
        # level() looks at the server, too.
        self.before[user] += 1
        return figures

    def test_an_account_comes(self):
        _, place = self.reload(*self.accounts.values())
        self.watching("dora", after=place)
        self.exact("dora")
        self.keeps("anna", "bert", "carl")

    def test_an_account_goes(self):
        anna, bert, carl, _ = self.accounts.values()
        self.reload(anna, carl)
        self.told.wait_for("2 accounts: 2 watching")
        self.append(self.clients["bert"], count=2)
        self.keeps("anna", "carl")
        # Its mail stays where it is, and nobody works on it: another program may.
        stored = list((self.work / "mail-bert/INBOX/cur").iterdir())
        self.assertEqual(3, len(stored))
        Program(self.work / "other", bert).sync()
        self.assertEqual(5, len(list((self.work / "mail-bert/INBOX/cur").iterdir())))
        _, place = self.reload(anna, bert, carl)
        self.watching("bert", after=place)
        self.exact("bert")

    def test_an_account_changes(self):
        changed = self.account("bert", folders='{include: ["INBOX", "Sent"], watch: ["INBOX", "Sent"]}')
        self.clients["bert"].create("Sent")
        _, place = self.reload(self.accounts["anna"], changed, self.accounts["carl"])
        self.daemon_.wait_for("watching", account="bert", folder="Sent", after=place)
        self.before["bert"] += 2  # INBOX and Sent
        self.keeps("anna", "bert", "carl")

    def test_a_password_file_moves(self):
        """It belongs to the account: the account begins anew with it."""
        anna, bert, carl, _ = self.accounts.values()
        self.program_.write_config()
        elsewhere = self.work / "etc/elsewhere"
        (self.work / "etc/bert.password").rename(elsewhere)
        text = self.program_.config.read_text()
        self.program_.config.write_text(text.replace("etc/bert.password", "etc/elsewhere"))
        _, place = self.reload()
        self.watching("bert", after=place)
        self.before["bert"] += 1
        self.keeps("anna", "bert", "carl")

    def refused(self, word):
        after = len(self.told.texts())
        line, _ = self.reload(expect="not reloaded")
        self.assertIn(word, line.text)
        begun = self.told.wait_for("RELOADING=1", after=after)
        ready = self.told.wait_for("READY=1", after=begun)
        status = self.told.texts()[ready - 1]
        self.assertIn("3 accounts", status)
        self.assertIn(word, status)

    def test_what_is_wrong_changes_nothing(self):
        config = self.program_.config
        sound = config.read_text()
        wrong = [
            (sound.replace("    user: anna", "    usr: anna"), "has no `user`"),
            ("accounts: [", "imapkeep.yaml:1"),
            (sound.replace("mail-anna", "mail-bert"), "the same store"),
            (sound.replace(f"state: {self.program_.state}", f"state: {self.work}/another"),
             "another"),
        ]
        for text, word in wrong:
            with self.subTest(word):
                self.assertNotEqual(sound, text)
                config.write_text(text)
                self.refused(word)
        config.write_text(f"state: {self.program_.state}\naccounts: {{}}\n")
        self.refused("no account")
        config.unlink()
        self.refused("imapkeep.yaml")
        config.write_text(sound)
        self.keeps("anna", "bert", "carl")
        after = len(self.told.texts())
        self.reload()
        ready = self.told.wait_for("READY=1", after=after)
        self.assertIn("STATUS=3 accounts: 3 watching", self.told.texts()[ready - 1])
        self.keeps("anna", "bert", "carl")

    def test_asked_over_the_control_socket(self):
        with Control(self.program_.state) as control:
            self.assertEqual(0, control.ask(do="reload").end)
        self.program_.config.write_text("accounts: [")
        with Control(self.program_.state) as control:
            answer = control.ask(do="reload")
        self.assertEqual(78, answer.end)
        self.assertIn("imapkeep.yaml:1", answer.lines[0])
        self.keeps("anna", "bert", "carl")

    def test_again_and_again(self):
        """Each change finds the one before half done; the last one is in force."""
        anna, bert, carl, dora = self.accounts.values()
        other_bert = self.account("bert", on_expunge="remove")
        for number in range(30):
            self.program_.accounts = [anna, *((bert, carl), (other_bert, dora), ())[number % 3]]
            self.program_.write_config()
            self.reload()
        self.reload(anna, other_bert, dora)
        self.told.wait_for("3 accounts: 3 watching", after=len(self.told.texts()) - 1)
        self.assertEqual({"anna", "bert", "dora"}, set(self.status(self.program_)))
        for user in ("anna", "bert", "dora"):
            place = self.daemon_.place()
            self.append(self.clients[user])
            self.daemon_.wait_for("new mail kept", account=user, after=place)
            self.exact(user)
        self.assertEqual(self.before["anna"], logins(self.server, "anna"))


class BusyReloadTest(DaemonCase):
    def test_a_silent_server_delays_nobody(self):
        """An account in the middle of a fetch that will never end is changed; another one is added
        in the same reload."""
        server = self.dovecot(messages=60, users=("alice", "dora"))
        relay = self.enterContext(Relay(server))
        relay.stall_after = 20_000
        stuck = Account("stuck", relay, self.store)
        program = Program(self.work / "etc", stuck)
        daemon = self.daemon(program)
        relay.stalled.wait(20)
        dora = Account("dora", server, self.work / "mail-dora", user="dora")
        relay.stall_after = None
        stuck.keys["on_expunge"] = "remove"
        program.accounts = [stuck, dora]
        program.write_config()
        place = daemon.place()
        daemon.reload()
        daemon.wait_for("watching", account="dora", after=place, seconds=5)
        daemon.wait_for("watching", account="stuck", after=place, seconds=5)
        self.level(daemon, server)


if __name__ == "__main__":
    unittest.main()
