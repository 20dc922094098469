"""The cases in which programs take turns: first mirrors, passes over what is (almost) unchanged.

In each the server's mailbox is filled once. A run that is not timed goes first for every program,
through the counting relay: it counts bytes and commands, fills Dovecot's caches and shows how many
connections imapkeep uses. Then come the rounds; in each, every program runs once, in turn.
"""

import contextlib
import os
import time
from dataclasses import dataclass, field

from bench import mailboxes
from bench.attic import put_away
from bench.contestants import Earlier, Imapkeep, Mbsync, MbsyncNoFsync, Wire
from bench.counting_relay import CountingRelay
from bench.figures import Row, Want
from bench.measure import Failed, timed
from bench.server import BenchServer, Through
from bench.sizes import SLOW_BITS, SLOW_ROUND_TRIP
from bench.slow_line import SlowLine

PEAK = Want("peak_mb", 32)
CPU = Want("cpu", 1.0, "mbsync")


@dataclass
class Outcome:
    title: str
    rows: list
    wants: list = field(default_factory=list)
    notes: list = field(default_factory=list)


class Bench:
    """What every case needs: sizes, the two programs, and a directory on the disk in question."""

    def __init__(self, work, sizes, imapkeep, wire, say, window=4, batch=500, earlier=None):
        self.work, self.sizes, self.say = work, sizes, say
        self.imapkeep, self.wire, self.window, self.batch = imapkeep, wire, window, batch
        self.earlier = earlier

    @contextlib.contextmanager
    def server(self, fill):
        """(Dovecot, number of messages): alice's mailbox is filled by fill(root, owner)."""
        directory = self.work / "dovecot"
        server = BenchServer(directory)
        messages = fill(server.mail_root(), server.mail_owner())
        try:
            with server:
                yield server, messages
        finally:
            put_away(directory)

    def contestants(self, *kinds):
        """With an earlier build the two take turns alone: fifteen rounds would be too many for the
        rest, and each of them would disturb the pair."""
        if self.earlier:
            kinds = (Imapkeep, Earlier)
        make = {Wire: lambda: Wire(self.work, self.wire, self.window, self.batch),
                Imapkeep: lambda: Imapkeep(self.work, self.imapkeep),
                Earlier: lambda: Earlier(self.work, self.earlier)}
        return [make.get(kind, lambda kind=kind: kind(self.work))() for kind in kinds]


def run_once(contestant, messages, counts=True):
    """A run that `counts` begins when other programs' data is on the disk."""
    if counts:
        os.sync()
    figures, output = timed(contestant.command(), contestant.environment)
    stored = contestant.stored(output)
    if stored != messages:
        raise Failed(f"{contestant.name} has {stored} messages of {messages}")
    return figures


def count_once(contestant, server, messages, fresh):
    with CountingRelay(server) as relay:
        (contestant.fresh if fresh else contestant.point_at)(Through(server, relay))
        run_once(contestant, messages, counts=False)
        return relay.counts().as_dict()


def in_turn(contestants, number):
    """Forwards and backwards, so that being the first gives nobody an advantage."""
    return contestants if number % 2 == 0 else contestants[::-1]


def first_mirrors(bench, server, messages, contestants, reached=None):
    """Every round begins with nothing. `reached` is the way that is timed and counted, the server
    itself when it is not given."""
    rows = {one.name: Row(one.name) for one in contestants}
    way = reached or server
    for one in sorted(contestants, key=lambda one: one.name != "imapkeep"):
        rows[one.name].counts = count_once(one, way, messages, fresh=True)
        if one.name == "imapkeep":
            for wire in (other for other in contestants if isinstance(other, Wire)):
                wire.take_after(rows["imapkeep"].counts)
    for number in range(bench.sizes.rounds):
        for one in in_turn(contestants, number):
            one.fresh(way)
            rows[one.name].rounds.append(run_once(one, messages))
            bench.say(f"round {number + 1}: {one.name} {rows[one.name].rounds[-1].wall:.2f} s")
    for one in contestants:
        put_away(one.dir)
    return list(rows.values())


def passes(bench, server, messages, contestants, before=None):
    """The mirrors exist; each round calls before() (the number of messages afterwards), and then
    every program passes over what has become of the mailbox."""
    rows = {one.name: Row(one.name) for one in contestants}
    for one in contestants:
        one.fresh(server)
        run_once(one, messages, counts=False)
        # What a program does once, behind its first mirror, is not what is measured.
        run_once(one, messages, counts=False)
    if before:
        messages = before()
    for one in contestants:
        rows[one.name].counts = count_once(one, server, messages, fresh=False)
        one.point_at(server)
    for number in range(max(3, bench.sizes.rounds)):
        # mbsync waits for the second to end in which its Maildir has changed last; a user's next
        # run comes later than that.
        time.sleep(1.1)
        if before:
            messages = before()
        for one in in_turn(contestants, number):
            rows[one.name].rounds.append(run_once(one, messages))
    for one in contestants:
        put_away(one.dir)
    return list(rows.values())


def small(bench):
    count = bench.sizes.small
    with bench.server(lambda *to: mailboxes.sized(*to, count, 4096)) as (server, messages):
        rows = first_mirrors(bench, server, messages,
                             bench.contestants(Wire, Imapkeep, Mbsync, MbsyncNoFsync))
    return Outcome(f"first mirror, {count:,} × 4 KB", rows,
                   [Want("wall", 1.6, "wire"), Want("wall", 0.25, "mbsync"), CPU, PEAK])


def mixed(bench):
    count, folders = bench.sizes.mixed, bench.sizes.mixed_folders
    with bench.server(lambda *to: mailboxes.mixed(*to, count, folders)) as (server, messages):
        rows = first_mirrors(bench, server, messages,
                             bench.contestants(Wire, Imapkeep, Mbsync, MbsyncNoFsync))
    return Outcome(f"first mirror, {count:,} mixed in {folders} folders", rows,
                   [Want("wall", 1.5, "wire"), Want("wall", 0.33, "mbsync"), CPU, PEAK])


def large(bench):
    count = bench.sizes.large
    with bench.server(lambda *to: mailboxes.sized(*to, count, 12 << 20)) as (server, messages):
        rows = first_mirrors(bench, server, messages,
                             bench.contestants(Wire, Imapkeep, Mbsync, MbsyncNoFsync))
    return Outcome(f"first mirror, {count} × 12 MB", rows,
                   [Want("wall", 1.3, "wire"), Want("wall", 0.6, "mbsync"), CPU, PEAK])


def huge(bench):
    size = bench.sizes.huge
    with bench.server(lambda *to: mailboxes.huge(*to, size)) as (server, messages):
        rows = first_mirrors(bench, server, messages, bench.contestants(Wire, Imapkeep, Mbsync))
    return Outcome(f"first mirror, one message of {size >> 20} MB", rows, [CPU, PEAK])


def unchanged(bench):
    count = bench.sizes.small
    with bench.server(lambda *to: mailboxes.sized(*to, count, 4096)) as (server, messages):
        rows = passes(bench, server, messages, bench.contestants(Imapkeep, Mbsync))
    return Outcome(f"nothing changed, {count:,} in one folder", rows,
                   [Want("wall", 0.1, "mbsync"), Want("behind_login", 3072), PEAK])


def million(bench):
    """mbsync is left out: its first mirror of this size would take longer than all the rest."""
    count = bench.sizes.million
    with bench.server(lambda *to: mailboxes.sized(*to, count, 300)) as (server, messages):
        with server.login() as client:
            # Dovecot gives every file its UID now, which may take it minutes.
            client.select("INBOX", readonly=True)
        rows = passes(bench, server, messages, bench.contestants(Imapkeep))
    return Outcome(f"nothing changed, {count:,} in one folder", rows, [Want("peak_mb", 48)])


def flags(bench):
    count, changes = bench.sizes.small, bench.sizes.changes
    with bench.server(lambda *to: mailboxes.sized(*to, count, 4096)) as (server, messages):
        done = []

        def change():
            """Every so many messages, another step from the start each time."""
            step, start = count // changes, len(done)
            done.append(start)
            uids = ",".join(str(uid) for uid in range(1 + start % step, count + 1, step))
            with server.login() as client:
                client.select("INBOX")
                client.uid("STORE", uids, "+FLAGS.SILENT", "(\\Flagged)")
            return messages

        rows = passes(bench, server, messages, bench.contestants(Imapkeep, Mbsync), change)
    return Outcome(f"{changes:,} flag changes among {count:,}", rows, [PEAK])


def folders(bench):
    count = bench.sizes.folders
    with bench.server(lambda *to: mailboxes.many_folders(*to, count)) as (server, messages):
        quiet = passes(bench, server, messages, bench.contestants(Imapkeep, Mbsync))
        added = []

        def add():
            added.append(None)
            with server.login() as client:
                client.append("Sent", None, None, b"Subject: one more\r\n\r\n%d\r\n" % len(added))
            return messages + len(added)

        rows = passes(bench, server, messages, bench.contestants(Imapkeep, Mbsync), add)
    # What LIST-STATUS says of each further folder counts on top of the first.
    allowed = 3072 + 150 * (count - 1)
    return [Outcome(f"nothing changed, {count} folders", quiet,
                    [Want("behind_login", allowed), PEAK]),
            Outcome(f"one of {count} folders changed", rows, [PEAK])]


def slow(bench):
    count, folders_ = bench.sizes.slow, bench.sizes.mixed_folders
    with bench.server(lambda *to: mailboxes.mixed(*to, count, folders_)) as (server, messages), \
            SlowLine(server.port, SLOW_BITS, SLOW_ROUND_TRIP) as line:
        contestants = bench.contestants(Wire, Imapkeep, Mbsync)
        for one in contestants:
            one.far = True  # the wire client does what imapkeep was seen to do
        rows = first_mirrors(bench, server, messages, contestants, Through(server, line))
    return Outcome(f"first mirror, {count:,} mixed, {SLOW_ROUND_TRIP * 1000:.0f} ms and "
                   f"{SLOW_BITS // 1_000_000} Mbit/s", rows, [Want("wall", 1.2, "wire"), PEAK],
                   [f"the bytes that {row.tool} received need "
                    f"{row.counts['received'] * 8 / SLOW_BITS:.2f} s at this rate" for row in rows])
