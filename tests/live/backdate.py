"""Makes the ledger believe that time has passed, where a test cannot wait for it."""

import sqlite3


def backdate_missing(program):
    """The first witness of every folder's absence was an hour ago."""
    ledger = next(path for path in program.state.iterdir()
                  if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3")
    with sqlite3.connect(ledger) as database:
        tables = [row[0] for row in database.execute(
            "select name from sqlite_master where type = 'table' and sql like '%missing_since%'")]
        for table in tables:
            columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
            column = next(name for name in columns if name.startswith("missing_since"))
            database.execute(f"update {table} set {column} = {column} - 3600000 "
                             f"where {column} > 0")
    database.close()
    if not tables:
        raise AssertionError("the ledger remembers no missing folder")
