#!/bin/sh
# network.sh IO_TESTS: the cases that change the network, in a network namespace that ends with them.
# 77: this machine's kernel gives us none, or there is no `ip`.
if ! reason=$(unshare --net --map-root-user true 2>&1); then
  echo "no network namespace here: $reason"
  exit 77
fi
if ! command -v ip >/dev/null; then
  echo "no \`ip\` here (package iproute2)"
  exit 77
fi
exec unshare --net --map-root-user "$1" '[.network]'
