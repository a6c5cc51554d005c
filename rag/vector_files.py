"""Chroma's database, read once by other means before Chroma opens it.

Chroma 1.5.9 ends the whole process when a text in it, or what SQLite says of it, is not UTF-8: one
flipped bit, and no start would get as far as the checks that rebuild the folder.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

DATABASE_FILE = "chroma.sqlite3"

_ROWS_AT_ONCE = 1_000


def check_texts(folder: Path) -> None:
    """Raises `sqlite3.Error` or `ValueError` when a text in the folder's database is unreadable.

    Reads all but the vectors. A folder without a database is left to Chroma.
    """
    path = folder / DATABASE_FILE
    if not path.is_file():
        return
    # Not `ro`: SQLite must be able to undo what a killed process had begun to write.
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as database:
        # Whether a text is UTF-8 is found out when it becomes a `str`.
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'"):
            name = _quoted(table)
            columns = [
                _quoted(column)
                for _, column, kind, *_ in database.execute(f"PRAGMA table_info({name})")
                if kind.upper() != "BLOB"
            ]
            if columns:
                found = database.execute(f"SELECT {', '.join(columns)} FROM {name}")
                while found.fetchmany(_ROWS_AT_ONCE):
                    pass
        database.execute("SELECT sql FROM sqlite_master").fetchall()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
