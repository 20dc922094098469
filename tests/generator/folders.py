"""Folder names that people and programs have really used, and modified UTF-7 (RFC 3501 5.1.3)."""

import base64


def encode_utf7(name):
    out, wide = [], ""

    def flush():
        nonlocal wide
        if wide:
            text = base64.b64encode(wide.encode("utf-16-be")).decode().rstrip("=")
            out.append("&" + text.replace("/", ",") + "-")
            wide = ""

    for letter in name:
        if 0x20 <= ord(letter) <= 0x7E:
            flush()
            out.append("&-" if letter == "&" else letter)
        else:
            wide += letter
    flush()
    return "".join(out)


def decode_utf7(raw):
    out, rest = [], raw
    while rest:
        head, found, rest = rest.partition("&")
        out.append(head)
        if found:
            text, _, rest = rest.partition("-")
            padded = text.replace(",", "/") + "=" * (-len(text) % 4)
            out.append(base64.b64decode(padded).decode("utf-16-be") if text else "&")
    return "".join(out)


# INBOX comes first. "/" is the hierarchy; a parent need not be a mailbox itself.
ODD = [
    "INBOX",
    "Sent",
    "Archive/2023",
    "Archive/2024",
    "Archive/2024/Q1/January",
    "Entwürfe",
    "Entwürfe/März 2024",
    "100% sure",
    "a&b",
    'with "quotes"',
    "back\\slash",
    "it's (here) [now]",
    "  two leading spaces",
    "trailing space ",
    "Case",
    "case",
    "📬 mail",
    "Список рассылки",
    "ends.with.dots",
    "-dash",
    "tilde~ {curly}",
    ".hidden",
    "x*y %",
    "#hash",
    "n" * 150,
    "Ü" * 60,
    "INBOX below",
    "lists/imap protocol/2019",
]


def names(count):
    """`count` names: the odd ones first, then plain nested ones."""
    more = (f"Project {n // 10}/Part {n % 10}" for n in range(1_000_000))
    return (ODD + [next(more) for _ in range(max(0, count - len(ODD)))])[:count]
