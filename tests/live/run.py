"""python3 -m live.run NAME: one file of live tests.

Ends with 77, ctest's sign for "could not run here", when the file's cannot_run() gives a reason.
"""

import importlib
import sys
import unittest


def main():
    module = importlib.import_module("live." + sys.argv.pop(1))
    reason = getattr(module, "cannot_run", lambda: None)()
    if reason:
        print(f"not run on this machine: {reason}")
        sys.exit(77)
    unittest.main(module=module, verbosity=2)


if __name__ == "__main__":
    main()
