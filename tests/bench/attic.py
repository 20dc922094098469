"""Where mirrors and mailboxes go that are done with: emptied, and deleted when the run is over.

For minutes after a file was deleted, ext4 does not give out its inode again and steps over it at
every file that is created. Deleting 10,000 files makes creating the next ones several times as
slow, and whoever came next would be timed for it.
"""

import contextlib
import os

FLAGS = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def put_away(directory):
    """The directory's place is free afterwards, and so is the room of its files."""
    if not directory.exists():
        return
    attic = directory.parent / "attic"
    attic.mkdir(exist_ok=True)
    place = attic / str(len(os.listdir(attic)))
    directory.rename(place)
    for parent, _, files in os.walk(place):
        for name in files:
            # Sockets and links to nowhere hold no room.
            with contextlib.suppress(OSError):
                handle = os.open(os.path.join(parent, name), FLAGS)
                try:
                    os.ftruncate(handle, 0)
                finally:
                    os.close(handle)
