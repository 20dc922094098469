"""Mail readers over a mirror: what has left the server and what is half received is no mail to them."""

import shutil
import unittest
from pathlib import Path

from live.case import LiveCase
from live.mirror_checks import assert_exact
from live.mirror_view import kept_files, unpacked
from live.readers import Readers
from live.server_view import expect_ok, view_server

READERS = ("notmuch", "mu", "mairix", "mblaze", "dovecot", "aerc")
# Of what no reader may show: where it lies, and the words in it.
HIDDEN = ("keptmail", "kepttiny", "halfmail")


def mail(subject, lines=1):
    return (f"From: anna@example.org\r\nTo: ben@example.org\r\nSubject: mail {subject}\r\n"
            f"Message-ID: <{subject}@example.org>\r\n\r\n" + "some words of it\r\n" * lines).encode()


def shown_of(reader, text):
    """The hidden words in what a reader shows; for those that only tell files, the words in them."""
    found = {word for word in HIDDEN if word in text}
    for line in text.splitlines():
        path = Path(line.strip())
        if line.startswith("/") and path.is_file():
            found |= {word for word in HIDDEN if word.encode() in path.read_bytes()}
    if reader == "aerc" and ".imapkeep" in text:
        found.add("keptmail")
    return found


class ReadersTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.server = self.dovecot()
        self.client = self.server.login()
        self.addCleanup(self.client.shutdown)
        # One that the frame holds as it is, since it is too short to be compressed.
        tiny = b"From: a@b\r\nSubject: kepttiny\r\n\r\nx\r\n"
        for folder, data in (("INBOX", mail("livemail")), ("Sent", mail("livesent")),
                             ("INBOX", mail("keptmail", 50)), ("INBOX", tiny)):
            expect_ok(self.client.append(folder, None, None, data))
        program = self.program_ = self.program(self.server)
        program.sync()
        expect_ok(self.client.select("INBOX"))
        expect_ok(self.client.uid("STORE", "2:3", "+FLAGS", r"(\Deleted)"))
        expect_ok(self.client.expunge())
        program.sync()
        self.assertEqual(2, len(kept_files(self.store)))
        self.half = self.store / "INBOX/tmp/imapkeep.7"
        self.half.write_bytes(mail("halfmail")[:-9])

    def former(self):
        """The same as versions of before left it, so that it is seen that a reader shows such things."""
        store = self.work / "former"
        shutil.copytree(self.store, store, ignore=lambda _, names: [
            name for name in names if name.startswith((".notmuch", "dovecot"))])
        for path in kept_files(store):
            cur = path.parent / "cur"
            cur.mkdir(exist_ok=True)
            (cur / path.name.removesuffix(".zst")).write_bytes(unpacked(path))
            path.unlink()
        for name in ("new", "tmp"):
            (cur.parent / name).mkdir()
        (store / ".imapkeep/tmp").mkdir()
        (store / "INBOX/tmp/imapkeep.7").rename(store / ".imapkeep/tmp/7")
        return store

    def test_a_former_store_is_converted(self):
        self.half.unlink()
        kept = sorted(unpacked(path) for path in kept_files(self.store))
        (self.store / "INBOX/tmp/imapkeep.7").touch()
        former = self.former()
        shutil.rmtree(self.store)
        former.rename(self.store)
        self.program_.sync()
        self.assertEqual(kept, sorted(unpacked(path) for path in kept_files(self.store)))
        self.assertFalse((self.store / ".imapkeep/tmp").exists())
        self.figures(assert_exact(self, view_server(self.client), self.store))

    def test_none_shows_what_has_left_or_is_half_there(self):
        former = self.former()
        told = []
        for reader in READERS:
            with self.subTest(reader=reader):
                readers = Readers(self.work / f"home-{reader}")
                text = getattr(readers, reader)(self.store)
                live = "livemail" in text or any(
                    b"livemail" in Path(line).read_bytes() for line in text.splitlines()
                    if line.startswith("/") and Path(line).is_file())
                self.assertTrue(live, text)
                self.assertEqual(set(), shown_of(reader, text), text)
                copies = [self.half, *self.work.glob("home-*/*/INBOX/tmp/imapkeep.7")]
                self.assertTrue(all(path.exists() for path in copies),
                                "it removed what is being received")
                before = shown_of(reader, getattr(readers, reader)(former))
                self.assertIn("keptmail", before, "this test could not see it")
                told.append(f"{reader} {len(before)}")
        self.figures(f"shown of {len(HIDDEN)} hidden ones: 0 each; of a former store: "
                     + ", ".join(told))


class RenamingReaderTest(LiveCase):
    def test_names_that_mailutils_changed_are_taken_back(self):
        server = self.dovecot(messages=60, folders=3, seed=12)
        program = self.program(server)
        program.sync()
        with server.login() as client:
            seen = view_server(client)
        assert_exact(self, seen, self.store)
        Readers(self.work / "home").mailutils(self.store)
        renamed = [path for path in self.store.glob("INBOX/cur/*") if ",a=" in path.name]
        inbox = seen["INBOX"].messages.values()
        # It also removes, when it closes a folder, what is marked as deleted.
        removed = sum("\\Deleted" in message.flags for message in inbox)
        self.assertEqual(len(inbox) - removed, len(renamed))
        (self.store / "INBOX/.mu-prop").unlink(missing_ok=True)
        run = program.sync()
        self.assertIn(f"{removed} new", run.text)
        self.figures(f"{len(renamed)} renamed; " + assert_exact(self, seen, self.store))


if __name__ == "__main__":
    unittest.main()
