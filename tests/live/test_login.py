"""`imapkeep login` against a provider that nobody here wrote and a mail server that asks it about
every token: each way to a permission, and each way in which it goes wrong."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import termios
import time
import unittest
import urllib.parse

from live.oauth_case import OAuthCase, visit
from live.oauth_provider import Person, cannot_run  # noqa: F401 (live.run asks for it)


def changed(url, **members):
    """The URL with these parameters in the place of its own."""
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query)) | members
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query)))


class CodeFlowTest(OAuthCase):
    def test_from_the_address_to_the_mail(self):
        login = self.login()
        url = login.url()
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.assertEqual("S256", query["code_challenge_method"])
        self.assertEqual("alice", query["login_hint"])
        port = urllib.parse.urlsplit(query["redirect_uri"]).port
        login.wait_for(rf"ssh -L 127\.0\.0\.1:{port}:127\.0\.0\.1:{port} ")
        status, page = visit(Person(self.provider).allow(url))
        self.assertEqual(200, status)
        self.assertIn("Permission received", page)
        self.assertNotIn(query["state"], page)
        code, text = login.end()
        self.assertEqual(0, code, text)
        self.assertIn("work: logged in as alice", text)
        self.assertEqual(1, len(self.tokens()))
        vault = self.account.state / "tokens"
        self.assertEqual(0o700, vault.stat().st_mode & 0o777)
        for path in vault.iterdir():
            self.assertEqual(0o600, path.stat().st_mode & 0o777, path)
        self.assertIn("3 new messages", self.sync().text)

    def test_pasted(self):
        login = self.login()
        end = Person(self.provider).allow(login.url())
        for nonsense in ("", "yes", "https://as.example/?code=x&state=y", changed(end, state="x")):
            login.type(nonsense)
        login.wait_for(r"(?s)That does not help.*That does not help.*That does not help")
        login.type(f"  {end}  ")
        code, text = login.end()
        self.assertEqual(0, code, text)
        self.assertEqual(1, len(self.provider.requests(grant_type="authorization_code")))

    def test_on_a_terminal(self):
        """As a person without a browser does it; the terminal is left as it was found."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        flags = fcntl.fcntl(theirs, fcntl.F_GETFL)
        process = subprocess.Popen(self.account.command("login", "work"), stdin=theirs,
                                   stdout=theirs, stderr=theirs, start_new_session=True)
        text = ""
        while not (found := re.search(r"\r\n(http\S+/auth\?\S+)\r\n", text)):
            text += os.read(ours, 4096).decode()
        while "ssh -L" not in text:
            text += os.read(ours, 4096).decode()
        self.assertEqual(flags, fcntl.fcntl(theirs, fcntl.F_GETFL))
        os.write(ours, Person(self.provider).allow(found[1]).encode() + b"\n")
        self.assertEqual(0, process.wait(30))
        self.assertEqual(flags, fcntl.fcntl(theirs, fcntl.F_GETFL))
        os.close(theirs)
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 4096):
                text += piece.decode()
        self.assertIn("work: logged in as alice", text)

    def terminal(self):
        """A login that is typed at: its process, our end, and what it has shown so far."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        modes = termios.tcgetattr(theirs)
        process = subprocess.Popen(self.account.command("login", "work"), stdin=theirs,
                                   stdout=theirs, stderr=theirs, start_new_session=True)
        self.addCleanup(process.kill)
        text = ""
        while "ssh -L" not in text:
            text += os.read(ours, 4096).decode()
        until = time.monotonic() + 30
        while termios.tcgetattr(theirs)[3] & termios.ICANON:
            self.assertLess(time.monotonic(), until)
        return process, ours, text, lambda: self.assertEqual(modes, termios.tcgetattr(theirs))

    def test_a_pasted_address_that_a_terminal_would_cut(self):
        process, ours, text, in_order = self.terminal()
        end = Person(self.provider).allow(re.search(r"\r\n(http\S+/auth\?\S+)\r\n", text)[1])
        pasted = (end + "&session_state=" + "x" * 6000).encode() + b"\n"
        while pasted:
            pasted = pasted[os.write(ours, pasted[:1000]):]
            if select.select([ours], [], [], 0)[0]:
                text += os.read(ours, 65536).decode()
        while "logged in as alice" not in text:
            text += os.read(ours, 65536).decode()
        self.assertEqual(0, process.wait(30))
        in_order()

    def test_a_login_that_is_interrupted_leaves_the_terminal_as_it_was(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process, _, _, in_order = self.terminal()
            process.send_signal(number)
            self.assertEqual(128 + number, process.wait(30))
            in_order()

    def test_what_is_no_answer_changes_nothing(self):
        """A favicon first, then everybody who tampers; then the right one still counts."""
        login = self.login()
        end = Person(self.provider).allow(login.url())
        base, _, query = end.partition("?")
        port = urllib.parse.urlsplit(end).port
        for status, url, method, headers in (
                (404, f"{base}favicon.ico", "GET", {}),
                (404, f"{base}callback?{query}", "GET", {}),
                (405, end, "POST", {}),
                (405, end, "HEAD", {}),
                (405, end, "PUT", {}),
                (400, end, "GET", {"Host": "evil.example"}),
                (400, end, "GET", {"Host": f"evil.example:{port}"}),
                (400, changed(end, state="x"), "GET", {}),
                (400, f"{end}&code=another", "GET", {}),
                (400, base, "GET", {})):
            with self.subTest(url=url, method=method, headers=headers):
                self.assertEqual(status, visit(url, method, **headers)[0])
        self.assertTrue(login.is_running())
        self.assertEqual([], self.provider.requests())
        self.assertEqual(200, visit(end)[0])
        self.assertEqual(0, login.end()[0])

    def test_another_provider_answers(self):
        """The state is right and `iss` is not: a mix-up, whose code must go nowhere."""
        login = self.login()
        end = Person(self.provider).allow(login.url())
        visit(changed(end, iss="https://evil.example"))
        code, text = login.end()
        self.assertEqual(77, code, text)
        self.assertIn("another provider", text)
        self.assertEqual([], self.provider.requests())
        self.assertEqual([], self.tokens())

    def test_two_answers(self):
        """The second comes while the first is exchanged. Exchanging a code twice ends its grant."""
        self.provider.fail(delay=1500)
        login = self.login()
        end = Person(self.provider).allow(login.url())
        self.assertEqual(200, visit(end)[0])
        status, page = visit(end)
        self.assertEqual(400, status)
        self.assertIn("Answered already", page)
        login.type(end)
        self.assertEqual(0, login.end()[0])
        self.assertEqual(1, len(self.provider.requests(grant_type="authorization_code")))
        self.sync()

    def test_declined(self):
        login = self.login()
        status, page = visit(Person(self.provider).decline(login.url()))
        self.assertEqual(200, status)
        self.assertIn("declined", page)
        code, text = login.end()
        self.assertEqual(77, code, text)
        self.assertEqual([], self.tokens())

    def test_only_this_machine_is_listened_to(self):
        login = self.login()
        port = urllib.parse.urlsplit(dict(urllib.parse.parse_qsl(login.url()))["redirect_uri"]).port
        with open("/proc/net/tcp", encoding="ascii") as table:
            bound = [line.split()[1] for line in table if line.split()[3] == "0A"]
        self.assertIn(f"0100007F:{port:04X}", bound)
        self.assertNotIn(f"00000000:{port:04X}", bound)

    def test_a_port_of_ones_choice(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            program = self.oauth_program(redirect_port=port)
            probe.listen()
            code, text = self.login(program).end()
            self.assertEqual(75, code, text)
            self.assertIn(str(port), text)
        login = self.login(program)
        login.wait_for(f"ssh -L 127.0.0.1:{port}:127.0.0.1:{port}")
        visit(Person(self.provider).allow(login.url()))
        self.assertEqual(0, login.end()[0])

    def test_localhost_by_name(self):
        """For providers that take no address in a redirect."""
        login = self.login(self.oauth_program(redirect_host="localhost"))
        end = Person(self.provider).allow(login.url())
        self.assertTrue(end.startswith("http://localhost:"), end)
        self.assertEqual(200, visit(end)[0])
        self.assertEqual(0, login.end()[0])

    def test_sealed(self):
        """With a key, nothing in the state directory can be read without it."""
        key = self.work / "state.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o600)
        config = self.account.config
        config.write_text(f"state_key: {{file: {key}}}\n" + config.read_text())
        code, text = self.log_in()
        self.assertEqual(0, code, text)
        self.assertIn("encrypted (key ", text)
        self.sync()
        for path in self.account.state.rglob("*"):
            data = path.read_bytes() if path.is_file() else b""
            for secret in self.provider.secrets():
                self.assertNotIn(secret.encode(), data, path)
        self.assertIn("imapkeep grant 1 aes-256-gcm ", self.tokens()[0])
        key.write_bytes(os.urandom(32))
        self.assertIn("state_key", self.sync(expect=77).text)
        code, text = self.log_in()
        self.assertEqual(0, code, text)
        self.sync()

    def test_a_client_with_a_secret(self):
        """In the form, and in the header for a provider that knows no other way."""
        for number, (client, secret, methods) in enumerate((
                ("native-post", "native-secret-6e1f", ["client_secret_post"]),
                ("native-basic", "basic-secret-41c7", ["client_secret_basic"]))):
            with self.subTest(client=client):
                self.provider.set(metadata={"token_endpoint_auth_methods_supported": methods})
                file = self.work / f"{client}.secret"
                file.write_text(secret + "\n")
                file.chmod(0o600)
                program = self.oauth_program(client=f"{{id: {client}, secret: {{file: {file}}}}}")
                code, text = self.log_in(program)
                self.assertEqual(0, code, text)
                self.assertEqual(number + 1, len(self.tokens(program)))
                self.sync(program)


class DeviceFlowTest(OAuthCase):
    def setUp(self):
        super().setUp()
        self.account = self.oauth_program(flow="device")

    def begin(self):
        login = self.login()
        uri = login.wait_for(r"(?m)^  (http\S+/device)$")[1]
        return login, uri, login.wait_for(r"(?m)^  ([A-Z]{4}-[A-Z]{4})$")[1]

    def test_from_the_code_to_the_mail(self):
        login, uri, code = self.begin()
        self.assertIn("successful", Person(self.provider).type_code(uri, code))
        code, text = login.end()
        self.assertEqual(0, code, text)
        self.assertIn("3 new messages", self.sync().text)

    def test_trouble_on_the_way_is_waited_out(self):
        self.provider.set(faults=[
            {"path": "/token", "times": 1, "status": 400, "body": {"error": "slow_down"}},
            {"path": "/token", "times": 1, "status": 503, "body": "<html>busy</html>",
             "headers": {"content-type": "text/html"}}])
        login, uri, code = self.begin()
        Person(self.provider).type_code(uri, code)
        code, text = login.end(seconds=90)
        self.assertEqual(0, code, text)
        self.assertEqual([400, 503, 200], [one["status"] for one in self.provider.requests()])

    def test_the_code_expired(self):
        self.provider.fail(status=400, body={"error": "expired_token"})
        code, text = self.begin()[0].end()
        self.assertEqual(77, code, text)
        self.assertEqual([], self.tokens())

    def test_a_provider_without_it(self):
        self.provider.fail(path="/device/auth", status=400, body={"error": "unauthorized_client"})
        code, text = self.login().end()
        self.assertEqual(78, code, text)


class ProofTest(OAuthCase):
    """A token is worth nothing until the mail server has taken it for the right user."""

    def expect(self, code, *words, person="alice", program=None):
        ended, text = self.log_in(program, person)
        self.assertEqual(code, ended, text)
        for word in words:
            self.assertIn(word, text)
        self.assertEqual([], self.tokens(program))
        return text

    def test_somebody_else_was_logged_in(self):
        text = self.expect(77, "alice", "somebody else", "not kept", person="bob")
        self.assertNotIn("logged in as", text)

    def test_less_than_was_asked_for(self):
        program = self.oauth_program(scope="imap contacts offline_access")
        self.expect(77, "`imap`", "allow all", program=program)

    def test_no_refresh_token(self):
        """Consent is asked for once more, and then it is told."""
        self.provider.set(refresh=False)
        program = self.oauth_program(scope="imap")
        login = self.login(program)
        visit(Person(self.provider).allow(login.url()))
        login.wait_for("once more")
        second = login.wait_for(r"(?s)once more.*\n(http\S+prompt=consent\S*)\n")[1]
        visit(Person(self.provider).allow(second))
        code, text = login.end()
        self.assertEqual(77, code, text)
        self.assertIn("offline_access", text)
        self.assertEqual([], self.tokens(program))

    @unittest.skipIf(os.getuid(), "only root can be another user than the owner")
    def test_a_state_that_belongs_to_somebody_else(self):
        """Its daemon could not read the token: told before a person goes to the provider."""
        self.account.state.mkdir(mode=0o700)
        shutil.chown(self.account.state, "nobody")
        code, text = self.login().end()
        self.assertEqual(74, code, text)
        self.assertIn("another user", text)
        self.assertNotIn("/auth?", text)
        self.assertEqual([], list(self.account.state.iterdir()))

    def test_a_vault_that_is_open(self):
        """What stands in its way is told before a person goes to the provider."""
        vault = self.account.state / "tokens"
        vault.mkdir(parents=True, mode=0o755)
        vault.chmod(0o755)
        code, text = self.login().end()
        self.assertEqual(74, code, text)
        self.assertIn("chmod 700", text)
        self.assertNotIn("/auth?", text)

    def test_a_damaged_file_is_written_over(self):
        """And moved aside; its name is in what is said of it before."""
        self.assertEqual(0, self.log_in()[0])
        path, = (path for path in (self.account.state / "tokens").iterdir() if not path.suffix)
        path.write_text("imapkeep grant 1 plain\n{\"generation\": ")
        text = self.sync(expect=77).text
        self.assertIn(str(path), text)
        self.assertIn("run `imapkeep login work`", text)
        code, text = self.log_in()
        self.assertEqual(0, code, text)
        self.sync()
        self.assertIn('"generation": ', path.with_suffix(".damaged").read_text())

    def test_the_mail_server_is_away(self):
        self.server.kill()
        self.expect(69, "not kept")

    def test_the_token_endpoint_fails(self):
        for fault, code in (({"status": 503, "body": "<html>", "headers": {"retry-after": "1"}}, 69),
                            ({"cut": True}, 69),
                            ({"status": 302, "headers": {"location": "http://127.0.0.1:1/"}}, 69),
                            ({"status": 401, "body": {"error": "invalid_client"}}, 78),
                            ({"status": 400, "body": {"error": "invalid_grant"}}, 77)):
            with self.subTest(fault=fault):
                before = len(self.provider.requests())
                self.provider.fail(**fault)
                self.expect(code)
                self.assertEqual(before + 1, len(self.provider.requests()))

    def test_the_issuer_is_not_one(self):
        for issuer in (self.provider.issuer + "/nothing", "http://127.0.0.1:1"):
            with self.subTest(issuer=issuer):
                code, text = self.login(self.oauth_program(issuer=issuer)).end()
                self.assertEqual(69, code, text)
                self.assertIn(f"the issuer {issuer}", text)

    def test_another_issuers_document(self):
        self.provider.set(metadata={"issuer": "http://127.0.0.1:1"})
        code, text = self.login().end()
        self.assertEqual(78, code, text)
        self.assertIn("exactly", text)

    def test_accounts_that_need_none(self):
        program = self.program(self.server)
        code, text = self.login(program).end()
        self.assertEqual(64, code, text)
        self.assertIn("password", text)
        code, text = self.login(program, account="wrok").end()
        self.assertEqual(64, code, text)
        self.assertIn("`work`", text)


if __name__ == "__main__":
    unittest.main()
