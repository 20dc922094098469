"""Memory of accounts that wait in IDLE: `imapkeep run` with so many accounts, against one scripted
server, for each kind of certificate chain. Resident memory is the daemon's; kernel memory is that
of both ends, which are on one machine here."""

import re
import time
from pathlib import Path

from bench.attic import put_away
from bench.cases import Outcome, in_turn
from bench.chains import Chain
from bench.figures import Round, Row, Want
from bench.idle_server import IdleServer, many_descriptors
from live.daemon import Daemon
from live.program import Account, Program

WANTED_KB = {"ecdsa": 28, "rsa": 34}
PER_ACCOUNT = 3  # descriptors of the daemon: its connection, its store's lock and journal
BESIDES = 1000  # of accounts that are at work for a moment, and of the program itself
SOCKET_CACHES = ("TCP", "TCPv6", "sock_inode_cache", "filp", "eventpoll_epi", "eventpoll_pwq")
STEADY = 3  # looks, a second apart, that show the same


def kernel_kb():
    """(pages of socket buffers, slab of sockets and files or None, all slab), in KB."""
    sockstat = Path("/proc/net/sockstat").read_text()
    pages = int(re.search(r"^TCP:.* mem (\d+)", sockstat, re.M)[1])
    slab = int(re.search(r"^Slab:\s+(\d+)", Path("/proc/meminfo").read_text(), re.M)[1])
    try:
        lines = Path("/proc/slabinfo").read_text().splitlines()[2:]
    except OSError:  # for root only
        return pages * 4, None, slab
    sockets = 0
    for line in lines:
        name, active, _, size, *_ = line.split()
        if name in SOCKET_CACHES:
            sockets += int(active) * int(size)
    return pages * 4, sockets // 1024, slab


def steady_memory(daemon, most=60):
    """What start-up needed is given back bit by bit: waits until nothing moves any more."""
    seen = []
    for _ in range(most):
        seen.append(daemon.memory_kb())
        if len(seen) >= STEADY and len(set(seen[-STEADY:])) == 1:
            break
        time.sleep(1)
    return seen[-1]


def accounts_for(server, directory, count):
    made = []
    for number in range(count):
        address = server.addresses[number % len(server.addresses)]
        made.append(Account(f"idle{number}", server, directory / f"mail/{number}",
                            user=f"user{number}", ca=None, host=address))
    return made


def one(bench, chain, count, binary):
    """{"rss_kb": …} of a daemon with `count` accounts, all of them in IDLE."""
    directory = bench.work / "idle"
    (directory / "mail").mkdir(parents=True)
    try:
        with IdleServer(chain) as server:
            program = Program(directory / "etc", *accounts_for(server, directory, count),
                              state=directory / "state")
            program.binary = binary
            before = kernel_kb()
            # The root is trusted as a public one is: through the system's store.
            daemon = Daemon(program, environment={"SSL_CERT_FILE": str(chain.root)})
            try:
                began = time.monotonic()
                if not server.wait_for_idle(count, 120 + count / 10):
                    raise RuntimeError(f"only {server.idle} of {count} accounts came to IDLE\n"
                                       + "\n".join(line.text for line in daemon.lines[-5:]))
                took = time.monotonic() - began
                rss = steady_memory(daemon)
                cpu = daemon.cpu_seconds()
                after = kernel_kb()
            finally:
                daemon.kill()
    finally:
        put_away(directory)
    deltas = [None if new is None else new - old for old, new in zip(before, after)]
    return {"accounts": count, "rss_kb": rss, "cpu_s": cpu, "connected_s": took, "socket_buffers_kb": deltas[0],
            "socket_slab_kb": deltas[1], "all_slab_kb": deltas[2]}


def further_kb(steps):
    """Of each account between the last number and the one before it."""
    if len(steps) < 2:
        return None
    more = steps[-1]["accounts"] - steps[-2]["accounts"]
    return (steps[-1]["rss_kb"] - steps[-2]["rss_kb"]) / more


def chains_and_counts(bench, notes):
    """(kind, chain, numbers of accounts that the limit of descriptors has room for)."""
    room = (many_descriptors() - BESIDES) // PER_ACCOUNT
    for kind in WANTED_KB:
        for count in bench.sizes.idle:
            if count > room:
                notes.append(f"{kind}: {count:,} left out, the limit of descriptors is too low")
        counts = [count for count in bench.sizes.idle if count <= room]
        yield kind, Chain(bench.work / f"chain-{kind}", kind), counts


def beside_earlier(bench):
    """One outcome for each chain and number: rounds of this build and of the earlier one."""
    notes, outcomes = [], []
    for kind, chain, counts in chains_and_counts(bench, notes):
        for count in counts:
            rows = [Row("imapkeep"), Row("earlier")]
            builds = list(zip(rows, (bench.imapkeep, bench.earlier)))
            for number in range(bench.sizes.rounds):
                for row, binary in in_turn(builds, number):
                    seen = one(bench, chain, count, binary)
                    row.rounds.append(Round(seen["connected_s"], seen["cpu_s"], seen["rss_kb"]))
            outcomes.append(Outcome(f"{count:,} in IDLE, {kind}: the memory is what they rest at",
                                    rows, [], notes))
    return outcomes


def case(bench):
    if bench.earlier:
        return beside_earlier(bench)
    counts, notes, wants = {}, [], []
    for kind, chain, numbers in chains_and_counts(bench, notes):
        steps = []
        for count in numbers:
            steps.append(one(bench, chain, count, bench.imapkeep))
            notes.append(describe(kind, chain, steps[-1]))
        counts[f"idle_{kind}"] = steps
        counts[f"further_{kind}_kb"] = further_kb(steps)
        wants.append(Want(f"further_{kind}_kb", WANTED_KB[kind]))
    return Outcome("idle accounts", [Row("imapkeep", counts=counts)], wants, notes)


def describe(kind, chain, step):
    count = step["accounts"]
    slab = step["socket_slab_kb"] if step["socket_slab_kb"] is not None else step["all_slab_kb"]
    return (f"{kind}, {chain.certificates} certificates, {count:,} in IDLE after "
            f"{step['connected_s']:.1f} s: RSS {step['rss_kb'] / 1024:.1f} MB, kernel, both ends: "
            f"{step['socket_buffers_kb'] / count:.1f} KB of buffers and {slab / count:.1f} KB of "
            "slab for each")
