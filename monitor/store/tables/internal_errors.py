"""Bugs of this program: each kind is counted, notified once a version, and deleted in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor import __version__
from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.errors import InternalError

_NOTE = """
INSERT INTO internal_errors (kind, version, about, times, first_at, last_at)
VALUES (:kind, :version, :about, 1, :now, :now)
ON CONFLICT (kind) DO UPDATE SET times = times + 1, about = :about, last_at = :now,
    notified = notified AND version = :version, version = :version
"""
_KEPT = 90 * 86_400.0  # seconds until a bug that does not occur again is deleted


class InternalErrorTable(Table):
    """The part of a transaction that concerns bugs of this program."""

    def note(self, error: InternalError, about: str, now: datetime) -> None:
        """Count a bug; `about` is the feed or the channel that it occurred with."""
        at = seconds(now)
        values = {"kind": error.kind, "version": __version__, "about": about, "now": at}
        self.db.execute(_NOTE, values)
        self.db.execute("DELETE FROM internal_errors WHERE last_at < ?", (at - _KEPT,))

    def take_unnotified(self) -> list[tuple[str, str, int]]:
        """Return (kind, about, times) of bugs not notified yet, and mark them as notified."""
        bugs = self.db.execute(
            "SELECT kind, about, times FROM internal_errors WHERE NOT notified ORDER BY first_at"
        ).fetchall()
        self.db.execute("UPDATE internal_errors SET notified = 1 WHERE NOT notified")
        return bugs
