"""Servers that are fetched as Debian packages and only unpacked: tests/setup/servers.sh.

`./check` does it before the tests; a test that is run alone does it by itself.
"""

import os
import subprocess
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "setup" / "servers.sh"


def unpacked(name):
    """The folder of this server's files; else the test is skipped."""
    done = subprocess.run([SCRIPT, name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"no {name} on this machine: {done.stderr.strip()[-300:]}")
    return Path(done.stdout.strip()) / name


def libraries(*folders):
    """The environment in which unpacked programs find what they are linked with."""
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, folders))}
