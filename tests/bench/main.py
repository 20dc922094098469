"""The entry behind tests/bench/run: what is measured, in which order, and where it is written."""

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import cases, idle, many_folders, new_mail
from bench.contestants import Wire
from bench.figures import judge, of_pairs, quantile, ratio, table, verdicts
from bench.mailboxes import sized
from bench.measure import fsync_times, timed
from bench.sizes import FULL, QUICK

CASES = {
    "small": cases.small, "mixed": cases.mixed, "large": cases.large, "huge": cases.huge,
    "unchanged": cases.unchanged, "million": cases.million, "flags": cases.flags,
    "folders": cases.folders,
    "many-folders": many_folders.case, "slow": cases.slow, "new-mail": new_mail.case, "idle": idle.case,
}
MEMORY_SYSTEMS = ("tmpfs", "ramfs", "overlay")


def say(text):
    print(text, flush=True)


def options():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__.splitlines()[0])
    parser.add_argument("mode", nargs="?", choices=("quick", "full"), default="quick")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), metavar="CASE",
                        help=", ".join(CASES))
    parser.add_argument("--dir", default="/var/tmp", help="where mail goes: the disk measured")
    parser.add_argument("--json", default="bench.json", help="where the figures go")
    parser.add_argument("--rounds", type=int, help="instead of the mode's own number")
    parser.add_argument("--accounts", type=int, nargs="+", help="the numbers of idle accounts")
    parser.add_argument("--window", type=int, default=4, help="the wire client's FETCHes in flight")
    parser.add_argument("--batch", type=int, default=500, help="the messages of one of them")
    parser.add_argument("--earlier", type=lambda name: Path(name).resolve(),
                        help="another build of imapkeep: the two take turns alone, so often as "
                             "--rounds says (15 is good)")
    parser.add_argument("--imapkeep", type=Path, required=True)
    parser.add_argument("--wire", type=Path, required=True)
    return parser.parse_args()


def file_system(directory):
    done = subprocess.run(["stat", "-f", "-c", "%T", directory], capture_output=True, text=True,
                          check=True)
    return done.stdout.strip()


def surroundings(bench):
    """What a reader needs to judge the ratios."""
    disk = fsync_times(bench.work)
    with bench.server(lambda *to: sized(*to, 1, 1000)) as (server, _):
        wire = Wire(bench.work, bench.wire)
        wire.fresh(server)
        _, output = timed(wire.command("--logins", 20))
    logins = json.loads(output)["login_ms"]
    versions = {"imapkeep": version([bench.imapkeep, "--version"]),
                "mbsync": version(["mbsync", "--version"]),
                "dovecot": version(["dovecot", "--version"])}
    return {"fsync_p50_ms": statistics.median(disk) * 1000,
            "fsync_p99_ms": quantile(disk, 0.99) * 1000,
            "login_p50_ms": statistics.median(logins), "file_system": file_system(bench.work),
            "cpus": os.cpu_count(), "kernel": platform.release(),
            "load_before": os.getloadavg()[0], "versions": versions}


def version(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0] if done.returncode == 0 else ""


def as_json(name, outcome):
    rows = []
    for row in outcome.rows:
        rows.append({"tool": row.tool, "wall": row.value("wall"), "cpu": row.value("cpu"),
                     "peak_mb": row.value("peak_mb"), "counts": row.counts,
                     "rounds": [vars(one) for one in row.rounds],
                     "ratios": {than: ratio(outcome.rows, row.tool, than)
                                for than in ("wire", "mbsync", "mbsync-nofsync", "earlier")
                                if than != row.tool}})
    wants = []
    for want in outcome.wants:
        figure, good = judge(want, outcome.rows)
        wants.append({"want": want.words(), "figure": figure, "met": good})
    return {"case": name, "title": outcome.title, "rows": rows, "wants": wants,
            "notes": outcome.notes}


def tell(outcome):
    say(f"\n{outcome.title}")
    if any(row.rounds for row in outcome.rows):
        say(table(outcome.rows))
        for line in of_pairs(outcome.rows):
            say(line)
    for line in outcome.notes:
        say(f"  {line}")
    for line in verdicts(outcome.wants, outcome.rows):
        say(line)


def compare_million(done):
    """1,000,000 against 50,000: the pass must not grow with the mailbox. None without both."""
    by_name = {name: outcome.rows[0].value("wall") for name, outcome in done
               if name in ("unchanged", "million")}
    if len(by_name) < 2:
        return None
    longer = by_name["million"] / by_name["unchanged"]
    say(f"\n  the million takes {longer:.2f} times as long (wanted: at most 2)")
    return longer


def measure(bench, chosen):
    done, failed = [], []
    for name in chosen:
        began = time.monotonic()
        say(f"\n==> {name}")
        try:
            outcomes = CASES[name](bench)
        except Exception as trouble:  # one case must not cost the others, which took an hour
            failed.append({"case": name, "trouble": str(trouble)})
            say(f"  {name} FAILED: {trouble}")
            continue
        for outcome in outcomes if isinstance(outcomes, list) else [outcomes]:
            tell(outcome)
            done.append((name, outcome))
        say(f"  ({time.monotonic() - began:.0f} s)")
    return done, failed


def main():
    # As Ctrl-C does: the servers are stopped and the mailboxes removed.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    wanted = options()
    sizes = FULL if wanted.mode == "full" else QUICK
    sizes.rounds = wanted.rounds or sizes.rounds
    sizes.idle = wanted.accounts or sizes.idle
    if file_system(wanted.dir) in MEMORY_SYSTEMS:
        sys.exit(f"{wanted.dir} is not on a disk: name another place with --dir")
    # Short, since a Unix socket's path ends at 107 octets; open, since the mail user goes in.
    work = Path(tempfile.mkdtemp(prefix="ikb-", dir=wanted.dir))
    work.chmod(0o755)
    try:
        bench = cases.Bench(work, sizes, wanted.imapkeep.resolve(), wanted.wire.resolve(), say,
                            wanted.window, wanted.batch, wanted.earlier)
        around = surroundings(bench)
        say(f"{wanted.mode}: {around['cpus']} CPUs, {around['file_system']}, "
            f"load {around['load_before']:.1f}; fsync p50 {around['fsync_p50_ms']:.2f} ms, "
            f"p99 {around['fsync_p99_ms']:.2f} ms; bare login {around['login_p50_ms']:.1f} ms")
        say(f"{around['versions']}")
        done, failed = measure(bench, wanted.only)
        longer = compare_million(done)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report = {"mode": wanted.mode, "rounds": sizes.rounds, "surroundings": around,
              "cases": [as_json(name, outcome) for name, outcome in done],
              "million_to_unchanged": longer, "failed": failed}
    Path(wanted.json).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    say(f"\nwritten to {wanted.json}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
