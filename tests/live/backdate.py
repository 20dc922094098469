"""Makes the ledger believe that time has passed, where a test cannot wait for it."""

import contextlib
import sqlite3


def ledger_of(program):
    return next(path for path in program.state.iterdir()
                if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3")


def backdate_missing(program, may_be_none=False):
    """The first witness of every folder's absence was an hour ago."""
    with contextlib.closing(sqlite3.connect(ledger_of(program))) as database, database:
        tables = [row[0] for row in database.execute(
            "select name from sqlite_master where type = 'table' and sql like '%missing_since%'")]
        for table in tables:
            columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
            column = next(name for name in columns if name.startswith("missing_since"))
            database.execute(f"update {table} set {column} = {column} - 3600000 "
                             f"where {column} > 0")
    if not tables and not may_be_none:
        raise AssertionError("the ledger remembers no missing folder")


def backdate_waiting(program):
    """What is gone from the server and waits has done so for an hour more."""
    with contextlib.closing(sqlite3.connect(ledger_of(program))) as database, database:
        database.execute("update waiting set since_ms = since_ms - 3600000")
