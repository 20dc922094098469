"""Varied RFC 5322 messages from a seed: the same seed gives the same bytes on every machine.

Each kind stands for something that has broken a mail program before: no body, no header, no line
end at the end, a line of 20,000 octets, 8-bit text without a declaration, lone CR, From_ lines,
a mail inside a mail. There is no NUL: RFC 9051 section 4.3 keeps it out of a literal.
"""

import base64
import random
from dataclasses import dataclass, field

WORDS = (
    "archive letter invoice meeting minutes garden train window paper signal copper winter draft "
    "budget Grüße Straße naïve façade 東京 привет übermorgen résumé status server backup"
).split()
NAMES = ["Ada", "Bertha", "Çelik", "Dmitri", "Émile", "Fatima", "Grüner", "Hiro", "O'Neill", "渡辺"]
KEYWORDS = ["$Forwarded", "$Important", "$Junk", "$MDNSent", "NonJunk", "project-x"]
SYSTEM_FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted"]
FIRST_DATE = 1_104_537_600  # 2005-01-01
LAST_DATE = 1_735_689_600  # 2025-01-01


@dataclass
class Message:
    """Bytes as they lie in the server's file; a server gives out CRLF line ends."""

    data: bytes
    internal_date: int
    flags: set = field(default_factory=set)
    keywords: set = field(default_factory=set)


def _text(rng, lines, width=12):
    rows = (" ".join(rng.choices(WORDS, k=rng.randint(1, width))) for _ in range(lines))
    return "\n".join(rows) + "\n"


def _encoded_word(text):
    return "=?UTF-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def _head(rng, number, more=""):
    name = rng.choice(NAMES)
    subject = " ".join(rng.choices(WORDS, k=rng.randint(1, 6)))
    date = rng.randint(FIRST_DATE, LAST_DATE)
    return (
        f"From: {_encoded_word(name)} <sender{number % 37}@example.org>\n"
        f"To: reader@example.net\n"
        f"Subject: {_encoded_word(subject)}\n"
        f"Date: Thu, 01 Jan 2009 00:00:00 +0000\n"
        f"Message-ID: <{number}.{date}.{rng.getrandbits(64):016x}@example.org>\n"
        f"MIME-Version: 1.0\n{more}"
    )


def plain(rng, number):
    head = _head(rng, number, "Content-Type: text/plain; charset=utf-8\n")
    return (head + "\n" + _text(rng, rng.randint(1, 60))).encode()


def multipart(rng, number):
    mark = f"=_{rng.getrandbits(48):x}"
    part = "\n--{}\nContent-Type: text/{}; charset=utf-8\n\n{}"
    head = _head(rng, number, f'Content-Type: multipart/alternative; boundary="{mark}"\n')
    html = "<p>" + _text(rng, 8) + "</p>\n"
    body = part.format(mark, "plain", _text(rng, 8)) + part.format(mark, "html", html)
    return (head + body + f"\n--{mark}--\n").encode()


def attachment(rng, number, size=None):
    size = size or rng.choice([3_000, 20_000, 90_000])
    mark = f"=_{rng.getrandbits(48):x}"
    head = _head(rng, number, f'Content-Type: multipart/mixed; boundary="{mark}"\n')
    data = base64.encodebytes(rng.randbytes(size)).decode()
    name = rng.choice(["scan.pdf", "Übersicht.xlsx", "photo (1).jpg"])
    return (
        head + f"\n--{mark}\nContent-Type: text/plain; charset=utf-8\n\nattached\n"
        f"\n--{mark}\nContent-Type: application/octet-stream\n"
        f"Content-Disposition: attachment; filename*=utf-8''{name}\n"
        f"Content-Transfer-Encoding: base64\n\n{data}--{mark}--\n"
    ).encode()


def eight_bit(rng, number):
    body = rng.randbytes(rng.randint(20, 900)).replace(b"\0", b" ").replace(b"\r", b" ")
    return (_head(rng, number) + "\n").encode() + body + b"\n"


def empty_body(rng, number):
    return (_head(rng, number) + "\n").encode()


def header_only(rng, number):
    return _head(rng, number).encode()


def no_last_line_end(rng, number):
    return (_head(rng, number) + "\n" + _text(rng, 2)).encode().rstrip(b"\n")


def long_line(rng, number):
    return (_head(rng, number) + "\n").encode() + b"x" * rng.choice([998, 5_000, 20_000]) + b"\n"


def lone_cr(rng, number):
    return (_head(rng, number) + "\nbefore\rafter\n\r\r\n.\n..\nFrom here on\n>From there\n").encode()


def raw_utf8_header(rng, number):
    head = f"From: {rng.choice(NAMES)} <a@example.org>\nSubject: {rng.choice(WORDS)} 📬 {number}\n"
    return (head + "X-Folded: one\n\t two\n   three\n\n" + _text(rng, 1)).encode()


def forwarded(rng, number):
    head = _head(rng, number, "Content-Type: message/rfc822\n")
    return (head + "\n").encode() + plain(rng, number + 1_000_000)


def almost_nothing(rng, number):
    return f"X: {number}\n".encode()


COMMON = [plain, plain, plain, plain, multipart, multipart, attachment, raw_utf8_header]
RARE = [eight_bit, empty_body, header_only, no_last_line_end, long_line, lone_cr, forwarded,
        almost_nothing]


class Factory:
    """An endless, reproducible row of messages."""

    def __init__(self, seed, small=False):
        self.rng = random.Random(seed)
        self.number = 0
        self.small = small  # no attachments: for tests of many messages

    def next(self):
        rng = self.rng
        self.number += 1
        # Every rare kind comes within the first messages, so that a small sample has them all.
        if self.number <= len(RARE):
            kind = RARE[self.number - 1]
        else:
            kind = rng.choice(RARE if rng.random() < 0.15 else COMMON)
        if self.small and kind is attachment:
            kind = plain
        data = kind(rng, self.number)
        if rng.random() < 0.2 and kind is not lone_cr:
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return Message(data, rng.randint(FIRST_DATE, LAST_DATE), self._flags(), self._keywords())

    def _flags(self):
        return {flag for flag in SYSTEM_FLAGS if self.rng.random() < 0.25}

    def _keywords(self):
        if self.rng.random() < 0.8:
            return set()
        return set(self.rng.sample(KEYWORDS, self.rng.randint(1, 3)))
