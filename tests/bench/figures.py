"""Arithmetic and print of the tables: medians of rounds, their ratios, figures that are wanted."""

import statistics
from dataclasses import dataclass, field

MB = 1 << 20


@dataclass
class Round:
    """One timed run of one program."""

    wall: float  # seconds
    cpu: float  # user + system, the program's own
    peak_kb: int


@dataclass
class Row:
    """One program in one case: its timed rounds, and what a run that was not timed counted."""

    tool: str
    rounds: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)  # see counting_relay.Counts.as_dict

    def median(self, what):
        return statistics.median(getattr(one, what) for one in self.rounds)

    def value(self, what):
        """A figure by the name that Want and the JSON use; None when it was not measured."""
        if what in ("wall", "cpu"):
            return self.median(what) if self.rounds else None
        if what == "peak_mb":
            return self.median("peak_kb") / 1024 if self.rounds else None
        return self.counts.get(what)


@dataclass
class Want:
    """`imapkeep`'s figure `what` is at most `most`, or at most `most` times that of `than`."""

    what: str
    most: float
    than: str = ""

    def words(self):
        return f"{self.what} ≤ {self.most:g}" + (f" × {self.than}" if self.than else "")


def ratio(rows, tool, than, what="wall"):
    by_name = {row.tool: row for row in rows}
    if tool not in by_name or than not in by_name:
        return None
    ours, theirs = by_name[tool].value(what), by_name[than].value(what)
    if ours is None or not theirs:
        return None
    return ours / theirs


def judge(want, rows, ours="imapkeep"):
    """(the figure, whether it is small enough); (None, None) when it was not measured."""
    if want.than:
        figure = ratio(rows, ours, want.than, want.what)
    else:
        figure = next((row.value(want.what) for row in rows if row.tool == ours), None)
    return (None, None) if figure is None else (figure, figure <= want.most)


def pairs(rows, ours="imapkeep", than="earlier", what="wall"):
    """The ratio within each round, in order of size: a round's two runs met the same machine."""
    by_name = {row.tool: row.rounds for row in rows}
    return sorted(getattr(one, what) / getattr(other, what)
                  for one, other in zip(by_name.get(ours, []), by_name.get(than, []))
                  if getattr(other, what))


def of_pairs(rows):
    """A line for each thing that was timed beside an earlier build."""
    lines = []
    for what in ("wall", "cpu", "peak_kb"):
        ratios = pairs(rows, what=what)
        if ratios:
            lines.append(f"  {what} × earlier, {len(ratios)} pairs: median "
                         f"{statistics.median(ratios):.3f}, half of them between "
                         f"{quantile(ratios, 0.25):.3f} and {quantile(ratios, 0.75):.3f}")
    return lines


def quantile(values, part):
    """The smallest value that at least `part` of all do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * part // 1)  # rounded up
    return ordered[max(0, min(len(ordered), int(rank)) - 1)]


def amount(size):
    """Bytes for people: 1536 → 1.5 KB."""
    if size is None:
        return ""
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"


def seconds(value):
    if value is None:
        return ""
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def times(value):
    return "" if value is None else f"{value:.2f}"


COLUMNS = ["", "wall", "(fastest, slowest)", "CPU", "peak RSS", "received", "behind login", "sent",
           "commands", "lines", "× wire", "× mbsync", "× mbsync, no FSync",
           "× earlier"]


def cells(row, rows):
    if not row.rounds:
        return [row.tool] + [""] * (len(COLUMNS) - 1)
    walls = [one.wall for one in row.rounds]
    counts = row.counts
    return [
        row.tool, seconds(row.value("wall")),
        f"({seconds(min(walls))}, {seconds(max(walls))})" if len(walls) > 1 else "",
        seconds(row.value("cpu")), f"{row.value('peak_mb'):.1f} MB", amount(counts.get("received")),
        amount(counts.get("behind_login")), amount(counts.get("sent")),
        str(counts.get("commands", "")), str(counts.get("connections", "")) + (
            ", deflate" if counts.get("compressed") else ""),
        *(times(ratio(rows, row.tool, than)) if than != row.tool else ""
          for than in ("wire", "mbsync", "mbsync-nofsync", "earlier")),
    ]


def table(rows):
    """Columns that hold nothing are left out."""
    lines = [COLUMNS] + [cells(row, rows) for row in rows]
    used = [at for at in range(len(COLUMNS)) if at == 0 or any(line[at] for line in lines[1:])]
    wide = {at: max(len(line[at]) for line in lines) for at in used}
    return "\n".join(
        "  " + "  ".join(line[at].ljust(wide[at]) if at == 0 else line[at].rjust(wide[at])
                         for at in used).rstrip()
        for line in lines)


def verdicts(wants, rows):
    """A line for each wanted figure that could be measured."""
    lines = []
    for want in wants:
        figure, good = judge(want, rows)
        if figure is not None:
            lines.append(f"  {'met   ' if good else 'NOT MET'} {want.words()}: {figure:.3g}")
    return lines
