# Sourced by the findings about servers that are fetched as Debian 12 packages of one exact version.
# They are unpacked into a temporary folder and started by what tests/live has for them; nothing is
# installed, and imapkeep has no part in it.
#
#   fetch NAME PACKAGE=VERSION…    NAME: as in tests/setup/servers.sh; exit 2: not to be had
#   ask <<'PYTHON' … PYTHON        with `server`, started; `say(…)` prints, `same(…)` ends with 1
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
export IMAPKEEP_TEST_SERVERS=$work/servers
mkdir -m 755 "$IMAPKEEP_TEST_SERVERS"

fetch() {
  local name=$1
  shift
  [ "$(id -u)" = 0 ] || {
    echo "needs root"
    exit 2
  }
  IMAPKEEP_TEST_VERSIONS="$*" "$root/tests/setup/servers.sh" "$name" >/dev/null || exit 2
  echo "unpacked: $*"
}

ask() { # ask CLASS: a class of tests/live
  local class=$1
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/tests:$here python3 -c "
import sys
from asked import asked
asked('$class', sys.argv[1], sys.stdin.read())" "$work/server"
}
