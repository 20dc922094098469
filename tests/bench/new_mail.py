"""How long a new message takes from its announcement until it is durable.

The program's own log says it: `us` counts from the read that completed the untagged EXISTS to the
file being durable under its final name. Beside it a second, bare client waits in IDLE in the same
folder; the time from its EXISTS to our reading of the log line is the cross-check. It is coarse,
and may be negative, since Dovecot announces to each client after a delay of its own, from nothing
to half a second.
"""

import queue
import socket
import ssl
import statistics
import threading
import time

from bench import mailboxes
from bench.attic import put_away
from bench.cases import Outcome, in_turn
from bench.contestants import Imapkeep
from bench.figures import Round, Row, Want, quantile
from live.daemon import Daemon
from live.server_view import expect_ok

MAIL = b"Subject: news %d\r\nMessage-ID: <news-%d@example.org>\r\n\r\n" + b"word " * 100 + b"\r\n"
PATIENCE = 30
ANNOUNCED = 10  # half a second is what Dovecot takes


class IdleClient:
    """Logs in, goes into IDLE and notes when each EXISTS came."""

    def __init__(self, server):
        context = ssl.create_default_context(cafile=str(server.ca))
        raw = socket.create_connection((server.host, server.port), PATIENCE)
        self._tls = context.wrap_socket(raw, server_hostname=server.host)
        self._file = self._tls.makefile("rb")
        self._exists = queue.Queue()
        password = server.password.replace("\\", "\\\\").replace('"', '\\"')
        self._file.readline()
        self._ask(f'a LOGIN alice "{password}"', b"a ")
        self._ask("b EXAMINE INBOX", b"b ")
        self._ask("c IDLE", b"+ ")
        self._tls.settimeout(None)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _ask(self, command, end):
        self._tls.sendall(command.encode() + b"\r\n")
        while not (line := self._file.readline()).startswith(end):
            if not line:
                raise RuntimeError("the server ended the bare IDLE client's connection")
        if end != b"+ " and not line.startswith(end + b"OK"):
            raise RuntimeError(f"the bare IDLE client was told {line!r}")

    def _listen(self):
        while line := self._file.readline():
            if line.rstrip().endswith(b"EXISTS"):
                self._exists.put(time.monotonic())
        self._exists.put(None)

    def wait_for_exists(self, server):
        try:
            at = self._exists.get(timeout=ANNOUNCED)
        except queue.Empty:
            raise RuntimeError(
                f"Dovecot announced nothing within {ANNOUNCED} s. It looks only now and then when "
                "fs.inotify.max_user_instances is used up.\n" + server.log_tail()) from None
        if at is None:
            raise RuntimeError("the server ended the bare IDLE client's connection")
        return at

    def close(self):
        self._tls.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._file.close()
        self._tls.close()


def deliver(server, daemon, idle, count):
    """[(ms by the log, ms by the bare client)], one message at a time."""
    times = []
    with server.login() as client:
        place = daemon.place()
        for number in range(count):
            expect_ok(client.append("INBOX", None, None, MAIL % (number, number)))
            announced = idle.wait_for_exists(server)
            line, place = daemon.wait_for("new mail kept", PATIENCE, place)
            times.append((int(line.fields["us"]) / 1000, (line.seen_at - announced) * 1000))
    return times


def watched(one, server, count):
    """Starts a daemon for the time of `count` deliveries: (times, CPU seconds, peak KB)."""
    with Daemon(one.program) as daemon:
        daemon.wait_for("watching", 120, folder="INBOX")
        before = daemon.cpu_seconds()
        idle = IdleClient(server)
        try:
            times = deliver(server, daemon, idle, count)
        finally:
            idle.close()
        return times, daemon.cpu_seconds() - before, daemon.peak_kb()


def beside_earlier(bench):
    """The deliveries are dealt out: a part of them to each round of each build."""
    share = max(5, bench.sizes.deliveries // bench.sizes.rounds)
    builds = bench.contestants()
    rows = {one.name: Row(one.name) for one in builds}
    with bench.server(lambda *to: mailboxes.sized(*to, 1000, 4096)) as (server, _):
        for one in builds:
            one.fresh(server)
        for number in range(bench.sizes.rounds):
            for one in in_turn(builds, number):
                times, cpu, peak = watched(one, server, share)
                rows[one.name].rounds.append(
                    Round(statistics.median(ms for ms, _ in times) / 1000, cpu, peak))
    for one in builds:
        put_away(one.dir)
    return Outcome(f"new mail, {share} deliveries a round: the time is the median of one",
                   list(rows.values()))


def case(bench):
    if bench.earlier:
        return beside_earlier(bench)
    count = bench.sizes.deliveries
    (ours,) = bench.contestants(Imapkeep)
    with bench.server(lambda *to: mailboxes.sized(*to, 1000, 4096)) as (server, _):
        ours.fresh(server)
        times, _, _ = watched(ours, server, count)
    put_away(ours.dir)
    by_log, by_client = ([pair[at] for pair in times] for at in (0, 1))
    counts = {"new_mail_p50_ms": statistics.median(by_log),
              "new_mail_p99_ms": quantile(by_log, 0.99),
              "cross_check_p50_ms": statistics.median(by_client)}
    notes = [f"announcement to durable: p50 {counts['new_mail_p50_ms']:.1f} ms, "
             f"p99 {counts['new_mail_p99_ms']:.1f} ms",
             "after a bare IDLE client heard of it (coarse, Dovecot's order of telling is in it): "
             f"p50 {counts['cross_check_p50_ms']:.1f} ms"]
    return Outcome(f"new mail, {count} deliveries", [Row("imapkeep", counts=counts)],
                   [Want("new_mail_p50_ms", 10), Want("new_mail_p99_ms", 50)], notes)
