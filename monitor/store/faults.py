"""Whose fault an error of SQLite is: the database's, or that of the change that ran into it."""

from __future__ import annotations

import sqlite3

_MISUSE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


def is_database_fault(error: BaseException) -> bool:
    """Whether the database itself is at fault: the disk is full, the file is damaged or locked."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _MISUSE)
