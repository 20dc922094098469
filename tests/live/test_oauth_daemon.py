"""The daemon on tokens, beside a provider that nobody here wrote: sessions that end with them, a
provider that is away or wrong, a grant that ends, and nothing secret in all that is said of it."""

import base64
import http.server
import json
import os
import subprocess
import threading
import time
import unittest
import urllib.parse

from live.control import Control
from live.daemon_case import LONG
from live.oauth_case import OAuthCase
from live.oauth_provider import cannot_run  # noqa: F401 (live.run asks for it)

TTL = 5
LATE = 5  # seconds that mail may be late


class OAuthDaemonCase(OAuthCase):
    def setUp(self):
        super().setUp()
        self.provider.set(ttl=TTL)
        code, text = self.log_in()
        self.assertEqual(0, code, text)

    def refreshes(self):
        return len(self.provider.requests(grant_type="refresh_token"))

    def expire(self):
        """Until no token that was given out so far can be used."""
        time.sleep(TTL)

    def end_sessions(self):
        self.server.doveadm("kick", "alice")


class LifeTest(OAuthDaemonCase):
    def test_tokens_that_live_for_seconds(self):
        """The sessions end with their token; mail arrives all the time, and none of it is late."""
        seconds = 600 if LONG else 40
        self.expire()
        daemon = self.run_daemon()
        renewed, place = daemon.wait_for("token renewed")
        daemon.wait_for("watching")
        client = self.client_of(self.server)
        before, began, latest = self.refreshes(), time.monotonic(), 0.0
        while time.monotonic() - began < seconds:
            while time.monotonic() < renewed.seen_at + TTL:
                self.append(client)
                appended = time.monotonic()
                self.level(daemon, self.server, LATE)
                latest = max(latest, time.monotonic() - appended)
            self.end_sessions()
            self.append(client := self.client_of(self.server))
            appended = time.monotonic()
            self.level(daemon, self.server, LATE)
            latest = max(latest, time.monotonic() - appended)
            renewed, place = daemon.wait_for("token renewed", after=place)
        lives = (time.monotonic() - began) / TTL
        asked = self.refreshes() - before
        self.assertLessEqual(asked, lives + 2)
        self.assertGreaterEqual(asked, lives / 2)
        self.assertEqual([], [line for line in daemon.lines if line.level in ("warning", "error")])
        self.figures(f"{asked} renewals in {lives:.0f} lives, mail at most {latest:.1f} s late")

    def test_many_connections_one_renewal(self):
        daemon = self.run_daemon(self.watching_everything())
        _, place = daemon.wait_for("watching")
        daemon.wait_for("watching", after=place)
        self.expire()
        before, place = self.refreshes(), daemon.place()
        self.end_sessions()
        for _ in range(2):
            _, place = daemon.wait_for("watching", after=place)
        self.assertEqual(before + 1, self.refreshes())

    def watching_everything(self):
        self.account.accounts[0].keys["folders"] = '{watch: ["*"]}'
        self.account.write_config()
        return self.account


class TroubleTest(OAuthDaemonCase):
    def test_a_provider_that_is_away_or_wrong(self):
        """Whatever it says that is no answer costs no grant."""
        self.expire()
        kept = self.refresh_token()
        faults = {
            "a hotel's page": {"status": 200, "headers": {"content-type": "text/html"},
                               "body": "<html>Welcome to the hotel</html>"},
            "a proxy's 400": {"status": 400, "body": "<html>Bad Request</html>"},
            "a redirect": {"status": 302, "headers": {"location": "http://127.0.0.1:9/"}},
            "server_error": {"status": 400, "body": '{"error": "server_error"}',
                             "headers": {"content-type": "application/json"}},
            "nothing": {"cut": True},
            **({"silence": {"delay": 100_000}} if LONG else {}),
            "later": {"status": 503, "headers": {"retry-after": "10"}},
        }
        for name, fault in faults.items():
            with self.subTest(name):
                self.provider.fail(**fault)
                self.sync(expect=69)
                self.assertEqual(kept, self.refresh_token())
        self.provider.set(faults=[])
        asked = self.refreshes()
        self.sync(expect=69)
        self.assertEqual(asked, self.refreshes(), "it wanted to be left alone")
        daemon = self.run_daemon()
        daemon.wait_for("token renewed", seconds=90)  # by itself, once it may ask
        self.assertEqual(asked + 1, self.refreshes())
        daemon.wait_for("watching")
        self.assertNotEqual(kept, self.refresh_token())

    def test_an_answer_after_36_seconds_is_waited_for(self):
        """This provider ends a grant whose old refresh token comes again."""
        self.expire()
        kept = self.refresh_token()
        self.provider.fail(delay=36_000)
        self.sync()
        self.assertNotEqual(kept, self.refresh_token())
        self.expire()
        self.sync()

    def test_a_grant_that_another_process_found_ended(self):
        """The daemon says it as well, though it was not the one that was told."""
        self.provider.set(ttl=3600)
        code, text = self.log_in()
        self.assertEqual(0, code, text)
        hook = self.work / "hook"
        script = self.work / "tell.sh"
        script.write_text(f'#!/bin/sh\necho "$IMAPKEEP_WHY" >> {hook}\n')
        script.chmod(0o755)
        text = self.account.config.read_text()
        self.account.config.write_text(f"on_needs_login: [{script}]\n" + text)
        self.provider.revoke(self.refresh_token())
        run = self.account.run("doctor", "work", expect=77)
        self.said.append(lambda: run.text)
        asked = self.refreshes()
        daemon = self.run_daemon()
        line, place = daemon.wait_for("account needs the operator")
        self.assertIn("imapkeep login work", line.text)
        daemon.wait_for("told of the login that is needed")
        self.assertEqual("needs-login", self.status(self.account)["work"]["daemon"]["phase"])
        self.assertIn("needs login: ", hook.read_text())
        self.assertEqual(asked, self.refreshes())

    def test_an_outage_beside_the_daemon(self):
        daemon = self.run_daemon()
        daemon.wait_for("watching")
        self.provider.fail(times=2, status=503)
        self.expire()
        self.end_sessions()
        self.append(self.client_of(self.server))
        daemon.wait_for("token not renewed")
        self.level(daemon, self.server, 60)
        self.assertEqual(0, daemon.count("needs login"))

    def test_a_grant_that_has_ended(self):
        """Told once, asked for once; a login brings the account back at once."""
        told, hook = self.notify(), self.work / "hook"
        script = self.work / "tell.sh"
        script.write_text(f'#!/bin/sh\nenv >> {hook}\necho "argument: $1" >> {hook}\n')
        script.chmod(0o755)
        text = self.account.config.read_text()
        self.account.config.write_text(f"on_needs_login: [{script}, by-hand]\n" + text)
        environment = {"IMAPKEEP_TEST_SECRET": "environment-secret-77aa"}
        daemon = self.run_daemon(notify=told, environment=environment)
        daemon.wait_for("watching")
        self.provider.revoke(self.refresh_token())
        self.expire()
        before, place = self.refreshes(), daemon.place()
        self.end_sessions()
        line, _ = daemon.wait_for("account needs the operator", after=place)
        self.assertIn("needs login", line.text)
        self.assertIn("imapkeep login work", line.text)
        told.wait_for("1 account: 1 needs-login; run `imapkeep login work`")
        daemon.wait_for("told of the login that is needed", after=place)
        with Control(self.account.state) as control:
            self.assertEqual(0, control.ask(do="wake", accounts=["work"]).end)
        for _ in range(3):
            self.assertEqual(77, self.run_sync().code)
        self.assertEqual("needs-login", self.status(self.account)["work"]["daemon"]["phase"])
        self.assertEqual(before + 1, self.refreshes())
        self.assertEqual(1, daemon.count("account needs the operator"))
        said = hook.read_text()
        self.assertEqual(1, said.count("argument: by-hand"), said)
        self.assertIn("IMAPKEEP_ACCOUNT=work", said)
        self.assertIn("IMAPKEEP_WHY=needs login: ", said)
        self.assertNotIn("environment-secret", said)

        place = daemon.place()
        code, text = self.log_in()
        self.assertEqual(0, code, text)
        came = time.monotonic()
        daemon.wait_for("watching", after=place, seconds=LATE)
        self.append(self.client_of(self.server))
        self.level(daemon, self.server, LATE)
        self.figures(f"watching again {time.monotonic() - came:.1f} s after the login")

    def run_sync(self):
        run = self.account.run("sync", expect=77)
        self.said.append(lambda: run.text)
        return run

    def test_nobody_has_logged_in(self):
        for path in (self.account.state / "tokens").iterdir():
            os.unlink(path)
        run = self.sync(expect=77)
        self.assertIn("run `imapkeep login work`", run.text)
        self.assertEqual([], self.provider.requests(grant_type="refresh_token"))


class OwnKeyTest(OAuthCase):
    def own_program(self):
        secret = self.work / "client.secret"
        secret.write_text("own-secret-9d02\n")
        secret.chmod(0o600)
        return self.oauth_program(client=f"{{id: own, secret: {{file: {secret}}}}}", scope="imap",
                                  flow="client-credentials")

    def test_sealed(self):
        """Under the operator's key nothing can be read in the vault; without it another token is
        had, since it is the client's own."""
        program = self.own_program()
        plain = program.config.read_text()
        key = self.work / "state.key"
        key.write_text("0123456789abcdef" * 4 + "\n")
        key.chmod(0o600)
        program.config.write_text(f"state_key: {{file: {key}}}\n" + plain)
        self.sync(program)
        sealed, = (path.read_bytes() for path in (program.state / "tokens").iterdir()
                   if not path.suffix)
        self.assertTrue(sealed.startswith(b"imapkeep grant 1 aes-256-gcm "), sealed[:40])
        for secret in self.provider.secrets():
            self.assertNotIn(secret.encode(), sealed)
        status = program.run("status", expect=0)
        self.assertIn("tokens are encrypted with `state_key`", status.out)
        program.config.write_text(plain)
        self.assertIn("says no `state_key`", program.run("status", expect=(0, 1)).out)
        asked = len(self.provider.requests(grant_type="client_credentials"))
        self.sync(program)
        self.assertEqual(asked + 1, len(self.provider.requests(grant_type="client_credentials")))
        self.assertIn("tokens are not encrypted", program.run("status", expect=(0, 1)).out)

    def test_client_credentials(self):
        """Nobody logs in, and nobody has to."""
        self.provider.set(ttl=TTL)
        program = self.own_program()
        for _ in range(2):
            self.sync(program)
            time.sleep(TTL)
        asked = self.provider.requests(grant_type="client_credentials")
        self.assertEqual([200, 200], [one["status"] for one in asked])


class Delegation(http.server.BaseHTTPRequestHandler):
    """Google's token endpoint for service accounts: takes an assertion that OpenSSL verifies, and
    hands out what the provider gives for it."""

    def do_POST(self):
        length = int(self.headers["content-length"])
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        desk = self.server
        signed, _, signature = form["assertion"].rpartition(".")
        desk.assertions.append(form["assertion"])
        (desk.work / "signed").write_text(signed)
        (desk.work / "signature").write_bytes(decoded(signature))
        verified = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", desk.work / "public.pem", "-signature",
             desk.work / "signature", desk.work / "signed"], stdout=subprocess.DEVNULL)
        desk.claims.append(json.loads(decoded(signed.split(".")[1])))
        if form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            status, answer = 400, {"error": "unsupported_grant_type"}
        elif verified.returncode != 0:
            status, answer = 400, {"error": "invalid_grant",
                                   "error_description": "Invalid JWT Signature."}
        elif not desk.delegated:
            status, answer = 401, {
                "error": "unauthorized_client",
                "error_description": "Client is unauthorized to retrieve access tokens using this "
                                     "method, or client not authorized for any of the scopes "
                                     "requested."}
        else:
            status, answer = desk.provider.post(
                "/token", grant_type="client_credentials", scope="imap", client_id="own",
                client_secret="own-secret-9d02")
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class ServiceAccountTest(OAuthCase):
    def setUp(self):
        super().setUp()
        self.desk = http.server.HTTPServer(("127.0.0.1", 0), Delegation)
        self.desk.work, self.desk.provider = self.work, self.provider
        self.desk.delegated, self.desk.claims, self.desk.assertions = True, [], []
        thread = threading.Thread(target=self.desk.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 10)
        self.addCleanup(self.desk.server_close)
        self.addCleanup(self.desk.shutdown)
        self.url = f"http://127.0.0.1:{self.desk.server_port}/token"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", self.work / "key.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "pkey", "-in", self.work / "key.pem", "-pubout", "-out",
                        self.work / "public.pem"], check=True)
        key = self.work / "account.json"
        key.write_text(json.dumps({
            "type": "service_account", "client_id": "1234567890", "token_uri": self.url,
            "client_email": "keeper@example.iam.gserviceaccount.com", "private_key_id": "k1",
            "private_key": (self.work / "key.pem").read_text()}))
        key.chmod(0o600)
        self.keeper = self.oauth_program(client=str(key), scope="imap", flow="service-account")

    def test_acts_for_the_user(self):
        self.sync(self.keeper)
        claims, = self.desk.claims
        self.assertEqual("keeper@example.iam.gserviceaccount.com", claims["iss"])
        self.assertEqual("alice", claims["sub"])
        self.assertEqual(self.url, claims["aud"])
        self.assertLessEqual(claims["iat"], time.time())
        self.assertLess(claims["exp"] - claims["iat"], 3600)
        self.sync(self.keeper)
        self.assertEqual(1, len(self.desk.claims))  # as the vault has it
        for said in self.said:
            self.assertNotIn(self.desk.assertions[0], said())
            self.assertNotIn("PRIVATE KEY", said())

    def test_not_delegated(self):
        """No person can log in here: the administrator is told what to do, and by which number."""
        self.desk.delegated = False
        run = self.sync(self.keeper, expect=78)
        self.assertIn("Domain-wide delegation", run.text)
        self.assertIn("its numeric id is 1234567890", run.text)
        self.assertNotIn("imapkeep login", run.text)
        self.desk.delegated = True
        self.sync(self.keeper)


if __name__ == "__main__":
    unittest.main()
