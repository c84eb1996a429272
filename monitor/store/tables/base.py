"""Base of the tables of a transaction: they share its write connection."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlite_utils import Database

_ASKED = 500  # values or rows in one statement; SQLite takes some tens of thousands of values


class Table:
    """The part of a transaction that concerns one table, or a few that belong together."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def among(self, sql: str, values: Iterable[Any]) -> Iterator[Any]:
        """Yield the rows of a query for many values, which takes a few questions only."""
        for padded in _padded(values):
            marks = ", ".join("?" * len(padded))
            yield from self.db.execute(sql.format(marks), padded).fetchall()

    def change_each(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement that changes what rows of VALUES say, a few times for many rows."""
        for padded in _padded(rows):
            marks = ", ".join(["(" + ", ".join("?" * len(padded[0])) + ")"] * len(padded))
            self.db.execute(sql.format(marks), [value for row in padded for value in row])


def _padded(values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield values in pieces of few lengths, which are few statements to compile.

    The last value is repeated, which changes nothing.
    """
    left = iter(values)
    while some := tuple(islice(left, _ASKED)):
        length = min(1 << (len(some) - 1).bit_length(), _ASKED)
        yield some + some[-1:] * (length - len(some))
