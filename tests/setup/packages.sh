# Sourced by ./run and ./check: which Debian 12 packages are needed, and how they are put in place.
# Nothing is asked of apt when everything is there, and no service is started or left enabled.

build_packages=(g++ cmake ninja-build pkg-config ccache libuv1-dev libssl-dev libyaml-cpp-dev
  libxxhash-dev libsqlite3-dev nlohmann-json3-dev libfmt-dev libcli11-dev libsystemd-dev libcurl4-openssl-dev
  libmicrohttpd-dev zlib1g-dev libzstd-dev)
# ./run starts a throwaway Dovecot; python3 fills it and shows what happens.
demo_packages=(dovecot-imapd openssl python3)
test_packages=(catch2 clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev strace jq
  iproute2 systemd util-linux e2fsprogs xfsprogs btrfs-progs chromium libsasl2-modules)
# Debian's npm brings hundreds of packages and its own Node: only where there is none.
command -v npm >/dev/null || test_packages+=(nodejs npm)

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "This needs root and there is no sudo: $*" >&2
    return 1
  fi
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
  done
}

# Dovecot comes along for the tests and must not serve this machine. Where systemd runs, its units are
# masked while the package is unpacked, in /run alone; elsewhere it is stopped if Debian has started it.
units=(dovecot.service dovecot.socket)
systemd_runs() { [ -d /run/systemd/system ]; }

hold_dovecot() {
  if systemd_runs; then as_root systemctl --runtime mask "${units[@]}" >/dev/null 2>&1; fi
}

let_dovecot_go() { # it stays off, also at the next boot
  if systemd_runs; then as_root systemctl --runtime unmask "${units[@]}" >/dev/null 2>&1; fi
  [ -n "$(missing_packages dovecot-core)" ] && return 0
  if command -v systemctl >/dev/null; then
    as_root systemctl --no-reload disable "${units[@]}" >/dev/null 2>&1 || true
  fi
  if ! systemd_runs && [ -x /usr/sbin/invoke-rc.d ]; then
    as_root invoke-rc.d --quiet dovecot stop >/dev/null 2>&1 || true
  fi
}

# What is missing, and what it is for, is said before anything is installed; IMAPKEEP_INSTALL=no only
# says it.
install_packages() {
  local missing dovecot_is_new=no
  if ! command -v dpkg-query >/dev/null; then
    echo "No dpkg here: these Debian 12 packages are taken to be in place: $*" >&2
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Needed to build and try imapkeep, and not installed yet: ${missing[*]}"
  if [ "${IMAPKEEP_INSTALL:-yes}" = no ]; then
    echo "IMAPKEEP_INSTALL=no: install them yourself, with apt-get install --no-install-recommends." >&2
    return 1
  fi
  echo "They are installed now with apt-get; nothing else of this system is changed, no service is started."
  [ -z "$(missing_packages dovecot-core)" ] || dovecot_is_new=yes
  (
    if [ $dovecot_is_new = yes ]; then
      trap let_dovecot_go EXIT
      trap 'exit 130' INT TERM
      hold_dovecot || exit 1
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
      as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  )
}

# The OAuth provider of the live tests, with the versions and hashes of its lock file.
install_node_packages() {
  local folder=tests/oauth
  # npm leaves a copy of the lock file, with the same packages in it, behind a whole installation.
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return 0
  npm ci --prefix "$folder" --no-audit --no-fund --silent
  touch "$folder/node_modules/.package-lock.json"
}

# The servers of the live tests that are only unpacked. Without one its tests are skipped, and say so.
unpack_servers() {
  tests/setup/servers.sh >/dev/null || echo "The tests with these servers will be skipped." >&2
}
