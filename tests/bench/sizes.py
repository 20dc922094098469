"""How big each case is. `full` has the sizes of the figures that are wanted; `quick` shows within
minutes that everything runs and roughly where it stands."""

from dataclasses import dataclass, field


@dataclass
class Sizes:
    rounds: int
    small: int  # messages of 4 KB in one folder
    mixed: int  # messages in `mixed_folders`, about 30 KB each
    mixed_folders: int
    large: int  # messages of 12 MB
    huge: int  # bytes of the one message
    changes: int  # flag changes among `small` messages
    folders: int
    many: int  # folders of the case `many-folders`
    million: int
    slow: int  # messages of the mixed kind behind the slow line
    deliveries: int
    idle: list = field(default_factory=list)  # numbers of accounts


QUICK = Sizes(rounds=1, small=2_000, mixed=500, mixed_folders=6, large=3, huge=50 << 20,
              changes=100, folders=30, many=300, million=20_000, slow=200, deliveries=20, idle=[1, 100])
FULL = Sizes(rounds=5, small=50_000, mixed=20_000, mixed_folders=20, large=60, huge=1 << 30,
             changes=1_000, folders=200, many=10_000, million=1_000_000, slow=20_000, deliveries=500,
             idle=[1, 1_000, 5_000])

SLOW_BITS = 50_000_000
SLOW_ROUND_TRIP = 0.080
