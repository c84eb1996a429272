"""Base of the tables of a transaction: they share its write connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


class Table:
    """The part of a transaction that concerns one table, or a few that belong together."""

    def __init__(self, db: Database) -> None:
        self.db = db
