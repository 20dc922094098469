"""Bodies that are not as long as announced, to the real program."""

import json
import unittest

from live.case import LiveCase
from live.certificates import make_certificate
from live.courier import Courier
from live.real_server import mail
from live.relay import Relay
from live.scripted import Folder, ScriptedServer, message
from live.server_view import expect_ok


class Liar(ScriptedServer):
    """Sends `sent` in the place of bodies, one after the other, and then what it should."""

    sent = {}

    async def answer(self, session, line):
        session.fetch = lambda *args: self.fetch(session, *args)
        await session.behave(line)

    async def fetch(self, session, number, uid, body, with_body):
        bodies = self.sent.get(uid)
        if not with_body or not bodies:
            return await type(session).fetch(session, number, uid, body, with_body)
        data = bodies.pop(0) if len(bodies) > 1 else bodies[0]
        facts = b"UID %d FLAGS () INTERNALDATE \"%s\" RFC822.SIZE %d" % (
            uid, body.date.encode(), body.size)
        await session.raw(b"* %d FETCH (%s BODY[] {%d}\r\n%s)\r\n" % (
            number, facts, len(data), data))


class BodySizesTest(LiveCase):
    def liar(self, sent):
        server = self.enterContext(Liar(make_certificate(self.work), {
            b"INBOX": Folder({uid: message(uid) for uid in (1, 2, 3)})}))
        server.sent = sent
        return server

    def bodies(self):
        return sorted(path.read_bytes() for path in self.store.glob("INBOX/cur/*"))

    def status(self, program):
        run = program.run("status", "--json")
        return json.loads(run.out)["accounts"][0], run

    def test_twenty_octets_again_and_again_are_the_message(self):
        server = self.liar({2: [b"Subject: 20 octets\r\n"]})
        program = self.program(server)
        run = program.sync()
        self.assertIn(b"Subject: 20 octets\r\n", self.bodies())
        self.assertIn("another size than announced", run.text)
        status, _ = self.status(program)
        self.assertEqual(1, status["other_sizes"])
        self.assertEqual([], status["doubtful"])

    def test_two_different_bodies_are_in_doubt(self):
        server = self.liar({2: [b"Subject: one\r\n\r\n", b"Subject: three\r\n\r\n"]})
        program = self.program(server)
        program.sync()
        self.assertIn(b"Subject: three\r\n\r\n", self.bodies())
        status, _ = self.status(program)
        self.assertEqual([2], [entry["uid"] for entry in status["doubtful"]])

    def test_what_courier_makes_up_is_not_mail(self):
        server = self.enterContext(Courier(self.work / "courier"))
        with server.login() as client:
            for number in range(120):
                expect_ok(client.append("INBOX", None, None, mail(f"number {number}", 40)))
        relay = self.enterContext(Relay(server))
        program = self.program(relay)

        def expunge(command):
            if b"BODY.PEEK[]" not in command:
                return
            relay.on_command = None
            with server.login() as client:
                expect_ok(client.select("INBOX"))
                expect_ok(client.uid("STORE", "1:90", "+FLAGS.SILENT", r"(\Deleted)"))
                expect_ok(client.expunge())

        relay.on_command = expunge
        program.sync()
        program.sync()
        made_up = [path for path in self.store.rglob("*")
                   if path.is_file() and b"message unavailable" in path.read_bytes()]
        self.assertEqual([], made_up)
        self.assertEqual(30, len(self.bodies()))


if __name__ == "__main__":
    unittest.main()
