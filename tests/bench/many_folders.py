"""A mailbox of 10,000 folders: what a pass costs when nothing changed, for how long the loop does
not look at its events, and how soon `imapkeep run` ends that is told to.

The loop is watched from outside: strace notes each epoll_wait of the main thread, and what lies
between the end of one and the beginning of the next is time in which no event was looked at.
"""

import re
import time

from bench import mailboxes
from bench.attic import put_away
from bench.cases import Outcome, passes
from bench.contestants import Imapkeep
from bench.figures import Want
from bench.measure import timed
from live.daemon import Daemon

LOOK = re.compile(r"^(\d+\.\d+) epoll_p?wait\(.*<(\d+\.\d+)>$")
TERMS = 4  # SIGTERMs: into a first mirror, at different moments, and one at rest
LEVEL = "watching"  # a first mirror is whole before any folder is watched


def gaps(trace):
    """Milliseconds between two looks, the longest first."""
    ended, found = None, []
    for line in trace.read_text().splitlines():
        look = LOOK.match(line)
        if not look:
            continue
        began, took = float(look[1]), float(look[2])
        if ended is not None:
            found.append((began - ended) * 1000)
        ended = began + took
    return sorted(found, reverse=True)


def looks(one, server, fresh):
    """The gaps of one pass: a first mirror, or one in which nothing changed."""
    if fresh:
        one.fresh(server)
    trace = one.dir / "looks"
    watch = ["strace", "-ttt", "-T", "-e", "trace=epoll_wait,epoll_pwait", "-o", trace]
    timed([*watch, *one.command()], one.environment)
    return gaps(trace)


def ends(one, server):
    """Seconds from SIGTERM to the end: in a first mirror, at so many parts of it, and at rest."""
    took = []
    one.fresh(server)
    with Daemon(one.program) as daemon:
        began = time.monotonic()
        daemon.wait_for(LEVEL, 600)
        whole = time.monotonic() - began
        took.append(daemon.stop(seconds=60)[1])
    for part in range(1, TERMS):
        one.fresh(server)
        daemon = Daemon(one.program)
        daemon.wait_for_end(whole * part / TERMS)
        took.append(daemon.stop(seconds=60)[1])
    return took


def case(bench):
    count = bench.sizes.many
    (ours, *_) = builds = bench.contestants(Imapkeep)
    outcomes = []
    if bench.earlier:
        # The earlier build may need hours for all of them.
        few = count * 3 // 10
        with bench.server(lambda *to: mailboxes.many_folders(*to, few, 1)) as (server, messages):
            outcomes.append(Outcome(f"nothing changed, {few:,} folders",
                                    passes(bench, server, messages, builds)))
    with bench.server(lambda *to: mailboxes.many_folders(*to, count, 1)) as (server, messages):
        rows = passes(bench, server, messages, [ours])
        first, later = looks(ours, server, True), looks(ours, server, False)
        terms = ends(ours, server)
        put_away(ours.dir)
    rows[0].counts |= {"first_gap_ms": first[0], "later_gap_ms": later[0], "sigterm_s": max(terms)}
    notes = [f"longest time between two looks at events: {first[0]:.1f} ms in a first mirror, "
             f"{later[0]:.1f} ms when nothing changed",
             f"SIGTERM to the end: {', '.join(f'{one:.2f}' for one in sorted(terms))} s"]
    wants = [Want("cpu", 1.0), Want("first_gap_ms", 50), Want("later_gap_ms", 50),
             Want("sigterm_s", 5)]
    return [*outcomes, Outcome(f"nothing changed, {count:,} folders", rows, wants, notes)]
