"""`imapkeep doctor` before real servers: one thing is broken at a time, and it names that one."""

import contextlib
import json
import socketserver
import threading
import unittest

from live.case import LiveCase
from live.certificates import make_certificate


class PlainGreeting(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            self.request.sendall(b"* OK no TLS here\r\n")
            self.request.recv(1000)


class Doctor(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot(messages=2, folders=2)

    def doctor(self, expect, **keys):
        return self.program(self.server, **keys).run("doctor", "work", expect=expect).out

    def test_all_is_well(self):
        program = self.program(self.server)
        text = program.run("doctor", "work", expect=0).out
        self.assertRegex(text, r"(?m)^ok +login +as alice$")
        self.assertTrue(text.endswith("work is well\n"), text)
        self.assertFalse(self.store.exists(), "the doctor made a store")
        report = json.loads(program.run("--json", "doctor", "work", expect=0).out)
        self.assertTrue(report["healthy"])
        self.assertEqual([one["part"] for one in report["well"]],
                         ["store", "space", "network", "tls", "password", "login", "mailbox"])

    def test_the_store_has_no_place(self):
        self.store.parent.mkdir(exist_ok=True)
        program = self.program(self.server, min_free="900TB")
        text = program.run("doctor", "work", expect=74).out
        self.assertRegex(text, r"(?m)^ok +store +.* will be made by the first sync$")
        self.assertRegex(text, r"(?m)^WRONG  space +.*bytes are free")

    def test_the_state_directory_is_open_to_others(self):
        program = self.program(self.server)
        program.run("doctor", "work", expect=0)
        program.state.chmod(0o755)
        text = program.run("doctor", "work", expect=74).out
        self.assertRegex(text, r"(?m)^WRONG  state +the state directory .* is open to others \(mode "
                               r"0755\): chmod 700 it$")
        self.assertIn("chmod 700 it", program.run("sync", expect=74).text)

    def test_the_name_is_not_known(self):
        text = self.doctor(69, host="nosuch.invalid")
        self.assertRegex(text, r"(?m)^WRONG  network +.*nosuch\.invalid")
        self.assertEqual(text.count("WRONG"), 1)

    def test_nobody_listens(self):
        self.server.stop()
        text = self.doctor(69)
        self.assertRegex(text, r"(?m)^WRONG  network +.*Connection refused")
        self.assertRegex(text, r"(?m)^ +do +check `host` and `port`")

    def test_the_certificate_is_not_trusted(self):
        text = self.doctor(69, ca=make_certificate(self.work, "other").cert)
        self.assertRegex(text, r"(?m)^ok +network ")
        self.assertRegex(text, r"(?m)^WRONG  tls +the certificate of .*set tls\.ca to it; or, if its "
                               r"fingerprint is sha256:[0-9a-f]{64} on the server too, set "
                               r"tls\.fingerprint to that$")

    def test_it_is_no_tls_port(self):
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), PlainGreeting) as plain:
            plain.daemon_threads = True
            threading.Thread(target=plain.serve_forever, daemon=True).start()
            self.server.port = plain.server_address[1]
            text = self.doctor(69)
            plain.shutdown()
        self.assertRegex(text, r"(?m)^WRONG  tls +.*plain text port")

    def test_the_password_is_wrong(self):
        text = self.doctor(77, password="not-it-4d11")
        self.assertRegex(text, r"(?m)^WRONG  login +.*AUTHENTICATIONFAILED")
        self.assertRegex(text, r"(?m)^ +do +set `user` and the password right")

    def test_the_password_is_not_there(self):
        program = self.program(self.server)
        (program.work / "work.password").unlink()
        text = program.run("doctor", "work", expect=78).out
        self.assertRegex(text, r"(?m)^WRONG  password +.*work\.password does not exist")

    def test_no_such_account(self):
        error = self.program(self.server).run("doctor", "wrok", expect=64).err
        self.assertIn("no account `wrok`", error)


if __name__ == "__main__":
    unittest.main()
