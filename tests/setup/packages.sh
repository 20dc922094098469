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

# While packages are unpacked, a start of Dovecot is denied by Debian's own switch for this
# (/usr/sbin/policy-rc.d); every other service is answered as before.
policy=/usr/sbin/policy-rc.d
policy_aside=/usr/sbin/policy-rc.d.imapkeep-aside

deny_dovecot_start() {
  local file
  if [ -e "$policy" ]; then as_root mv "$policy" "$policy_aside" || return 1; fi
  file=$(mktemp)
  cat >"$file" <<POLICY
#!/bin/sh
case "\$1" in dovecot*) exit 101 ;; esac
[ ! -x $policy_aside ] || exec $policy_aside "\$@"
exit 0
POLICY
  as_root install -m 755 "$file" "$policy"
  rm -f "$file"
}

allow_dovecot_start() {
  as_root rm -f "$policy"
  if [ -e "$policy_aside" ]; then as_root mv "$policy_aside" "$policy"; fi
}

install_packages() {
  local missing dovecot_is_new=no
  if ! command -v dpkg-query >/dev/null; then
    echo "No dpkg here: these Debian 12 packages are taken to be in place: $*" >&2
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing: ${missing[*]}"
  [ -z "$(missing_packages dovecot-core)" ] || dovecot_is_new=yes
  if [ -e "$policy_aside" ]; then
    echo "$policy_aside is there from an interrupted install: move it back to $policy." >&2
    return 1
  fi
  (
    trap allow_dovecot_start EXIT
    trap 'exit 130' INT TERM
    deny_dovecot_start || exit 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
      as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  ) || return 1
  # A Dovecot that came with us must not start at the next boot either.
  if [ $dovecot_is_new = yes ] && [ -z "$(missing_packages dovecot-core)" ] &&
    command -v systemctl >/dev/null; then
    as_root systemctl --no-reload disable dovecot.service dovecot.socket >/dev/null 2>&1 || true
  fi
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
