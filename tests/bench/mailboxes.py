"""The mailboxes of the benchmark, written into Dovecot's Maildir before it looks: always the same
bytes, and never the same message twice, so that nobody gains by noticing."""

import random

from generator.maildir import MaildirWriter
from generator.messages import Message, attachment, plain

DATE = 1_600_000_000
LINE = 76


def names(count):
    """Plain ones: not every program can store every name."""
    return (["INBOX", "Sent"] + [f"Project {n // 10}/Part {n % 10}" for n in range(count)])[:count]


def _sized(rng, number, size):
    """A text message of `size` bytes on the wire; in the file its line ends are LF, as Dovecot
    itself delivers."""
    head = (f"From: sender{number % 37}@example.org\r\nTo: reader@example.net\r\n"
            f"Subject: benchmark {number}\r\nMessage-ID: <{number}.{rng.getrandbits(64):x}"
            "@example.org>\r\nContent-Type: text/plain\r\n\r\n").encode()
    # Text that compresses about as mail does: letters of a small alphabet.
    letters = rng.randbytes(max(0, size - len(head))).translate(TEXT)
    lines = [letters[at:at + LINE - 2] for at in range(0, len(letters), LINE)]
    body = b"\r\n".join(lines)[:max(0, size - len(head) - 2)]
    return (head + body + b"\r\n").replace(b"\r\n", b"\n")


TEXT = bytes(b"etaoin shrdlucmfgypwbvk ETAOIN.,0123456789+/"[value % 44] for value in range(256))


def sized(root, owner, count, size, folder="INBOX", seed=1):
    rng = random.Random(seed)
    writer = MaildirWriter(root, owner)
    writer.make_folder(folder)
    for number in range(count):
        writer.add(folder, Message(_sized(rng, number, size), DATE + number))
    writer.finish()
    return count


def huge(root, owner, size, seed=2):
    """One message, written in pieces."""
    rng = random.Random(seed)
    writer = MaildirWriter(root, owner)
    folder = writer.make_folder("INBOX")
    lines = [rng.randbytes(LINE - 2).translate(TEXT) + b"\n" for _ in range(13_797)]
    piece, on_the_wire = b"".join(lines), len(lines) * LINE
    with open(folder / "cur" / "1000000000.M1.generated:2,S", "wb") as file:
        file.write(b"Subject: huge\n\n")
        for _ in range(size // on_the_wire):
            file.write(piece)
        file.writelines(lines[:size % on_the_wire // LINE])
    writer.finish()
    return 1


def mixed(root, owner, count, folders, seed=3):
    """Sizes as mailboxes have them: most small, a tenth with an attachment of a few hundred KB.
    20,000 of them are 590 MB."""
    rng = random.Random(seed)
    writer = MaildirWriter(root, owner)
    folder_names = names(folders)
    for name in folder_names:
        writer.make_folder(name)
    for number in range(count):
        if rng.random() < 0.12:
            data = attachment(rng, number, rng.choice([20_000, 90_000, 300_000]))
        elif rng.random() < 0.5:
            data = plain(rng, number)
        else:
            data = _sized(rng, number, int(rng.lognormvariate(8.7, 1.2)))
        name = "INBOX" if rng.random() < 0.3 else rng.choice(folder_names)
        writer.add(name, Message(data, DATE + number, {"\\Seen"} if rng.random() < 0.7 else set()))
    writer.finish()
    return count


def many_folders(root, owner, folders, each=5, seed=4):
    rng = random.Random(seed)
    writer = MaildirWriter(root, owner)
    for number in range(folders * each):
        name = names(folders)[number // each]
        writer.add(name, Message(_sized(rng, number, 2000), DATE + number))
    writer.finish()
    return folders * each
