#!/usr/bin/env python3
"""Fills a Dovecot Maildir (LAYOUT=fs) with a reproducible sample mailbox.

    generate.py ROOT --messages 500 --folders 20 --seed 1

Among the messages: the same bytes twice in one folder, and the same message in several folders.
"""

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator.folders import names
from generator.maildir import MaildirWriter
from generator.messages import Factory


def fill(root, messages, folders, seed, small=False, owner=None):
    """Returns {folder name: number of messages}."""
    rng = random.Random(seed + 1)
    factory = Factory(seed, small)
    writer = MaildirWriter(root, owner)
    counts = {name: 0 for name in names(folders)}
    for name in counts:
        writer.make_folder(name)

    def add(name, message):
        writer.add(name, message)
        counts[name] += 1

    busy = list(counts)[:-1] or list(counts)  # the last folder stays empty
    made = 0
    while made < messages:
        message = factory.next()
        # INBOX holds the most, as with people.
        name = "INBOX" if rng.random() < 0.3 else rng.choice(busy)
        add(name, message)
        made += 1
        chance = rng.random()
        if chance < 0.03 and made < messages:
            add(name, message)  # the same bytes again in this folder
            made += 1
        elif chance < 0.10 and made < messages:
            add(rng.choice(busy), message)  # a copy elsewhere
            made += 1
    writer.finish()
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root")
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--folders", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="no attachments")
    options = parser.parse_args()
    counts = fill(options.root, options.messages, options.folders, options.seed, options.small)
    print(f"{sum(counts.values())} messages in {len(counts)} folders")


if __name__ == "__main__":
    main()
