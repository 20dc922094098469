#!/usr/bin/env bash
# Expected: SQLite makes sure that there is room for the index of a WAL (NAME-shm) before it maps it, so that a
#   full disk is an error and never the answer to a write into memory (SIGBUS): it writes a byte into each of its
#   pages of 4 KiB.
# Seen: SQLite 3.40.1, Linux 6.18. On ext4 with blocks of 1 KiB, which mkfs.ext4 1.47.0 chooses for everything
#   below 512 MiB, three of four blocks of the index are holes: 32 KiB in length, less on the disk. On btrfs
#   all of it is on the disk, and each page still goes to another place of the disk when it is written again, so
#   that it needs room again.
# Why it matters: a hole, or a page that is copied, is given its room while memory is written to. Where there is
#   none, no call can fail any more, and the process is ended with everything else that it does.
# Where imapkeep takes care: no WAL, and nothing mapped, on such file systems (sync/state/sqlite/mappable.h);
#   docs/decisions/0010-nothing-mapped-where-pages-are-copied.md; tests/live/test_full_disk.py.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cannot() {
  echo "cannot be tried here: $1"
  exit 2
}
[ "$(id -u)" = 0 ] || cannot "needs root, to mount"
command -v mkfs.ext4 >/dev/null || cannot "no mkfs.ext4"
command -v mkfs.btrfs >/dev/null || cannot "no mkfs.btrfs"
command -v filefrag >/dev/null || cannot "no filefrag (e2fsprogs)"
packages=(sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2)
(cd "$work" && apt-get download -qq "${packages[@]}" 2>/dev/null) || cannot "not to be had: ${packages[*]}"
for file in "$work"/*.deb; do dpkg -x "$file" "$work/root"; done
echo "unpacked: ${packages[*]}"
export SQLITE=$work/root/usr/bin/sqlite3
LD_LIBRARY_PATH=$(dirname "$(find "$work/root" -name 'libsqlite3.so.0' | head -1)")
export LD_LIBRARY_PATH

# In a view of the file systems of its own, so that nothing stays mounted.
unshare -m bash -euo pipefail -s "$work" <<'SHELL'
work=$1
so=0
same() { # same CONDITION WORDS
  if eval "$1"; then
    echo "still so: $2"
  else
    echo "NO LONGER SO: $2"
    so=1
  fi
}
disk() { # disk NAME MIB MKFS…: an empty file system at $work/NAME
  local name=$1 mib=$2
  shift 2
  mkdir "$work/$name"
  truncate -s "${mib}M" "$work/$name.image"
  "$@" "$work/$name.image" >/dev/null
  mount -o loop "$work/$name.image" "$work/$name"
}
index() { # index PLACE: a database in WAL mode; its index is looked at before anything is written
  "$SQLITE" "$1/db" <<SQL >/dev/null
PRAGMA journal_mode = WAL;
SELECT count(*) FROM sqlite_schema;
.shell stat -c '%s %b' $1/db-shm >$1.facts
SQL
  read -r length blocks <"$1.facts"
  on_disk=$((blocks * 512))
  echo "$(basename "$1"): block $(stat -f -c %S "$1"), index $length octets, $on_disk of them on the disk"
}
disk ext4-small 100 mkfs.ext4 -q -F
index "$work/ext4-small"
same '[ "$(stat -f -c %S "$work/ext4-small")" = 1024 ]' "an ext4 of 100 MiB has blocks of 1 KiB"
same '[ $on_disk -lt $length ]' "its index has holes"

disk ext4-4k 100 mkfs.ext4 -q -F -b 4096
index "$work/ext4-4k"
same '[ $on_disk -ge $length ]' "with blocks of 4 KiB it has none"

disk btrfs 120 mkfs.btrfs -q
index "$work/btrfs"
cat >"$work/again.py" <<'PYTHON'
import mmap, os, subprocess, sys
path = sys.argv[1]
file = os.open(path, os.O_RDWR | os.O_CREAT)
os.posix_fallocate(file, 0, 4096)
page = mmap.mmap(file, 4096)
def place(byte):
    page[0] = byte
    page.flush()
    os.fsync(file)
    lines = subprocess.run(["filefrag", "-v", path], capture_output=True, text=True, check=True).stdout
    return next(line.split(":")[2].strip() for line in lines.splitlines() if line.strip().startswith("0:"))
places = [place(n) for n in range(3)]
print("places of one page after three writes into memory:", *places, file=sys.stderr)
print(len(set(places)))
PYTHON
on_btrfs=$(python3 "$work/again.py" "$work/btrfs/page")
on_ext4=$(python3 "$work/again.py" "$work/ext4-4k/page")
same '[ "$on_ext4" = 1 ]' "on ext4 a page that has room keeps its place"
same '[ "$on_btrfs" = 3 ]' "on btrfs each write takes another place"
exit $so
SHELL
