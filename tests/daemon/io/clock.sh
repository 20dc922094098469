#!/bin/sh
# clock.sh IO_TESTS: the case that sets the machine's clock, to what it shows.
# 77: this process may not.
capabilities=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
if [ $((0x$capabilities >> 25 & 1)) = 0 ]; then
  echo "no right to set the clock here (CAP_SYS_TIME)"
  exit 77
fi
exec "$1" '[.clock]'
