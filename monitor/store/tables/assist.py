"""What the assistant cost in each month, and how much of it stood the check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.store.tables.base import Table

if TYPE_CHECKING:
    from datetime import datetime


class AssistTable(Table):
    """The part of a transaction that concerns the assistant."""

    def tokens(self, now: datetime) -> int:
        """Return the tokens that were used in the present month (UTC)."""
        row = self.db.execute("SELECT tokens FROM assist_usage WHERE month = ?", (_month(now),))
        found = row.fetchone()
        return int(found[0]) if found else 0

    def count(self, now: datetime, tokens: int, sentences: int, dropped: int) -> None:
        """Add an answer: its cost, its sentences, and those that did not stand the check."""
        self.db.execute(
            "INSERT INTO assist_usage VALUES (:month, 1, :tokens, :sentences, :dropped)"
            " ON CONFLICT (month) DO UPDATE SET answers = answers + 1, tokens = tokens + :tokens,"
            " sentences = sentences + :sentences, dropped = dropped + :dropped",
            {"month": _month(now), "tokens": tokens, "sentences": sentences, "dropped": dropped},
        )


def _month(now: datetime) -> str:
    return f"{now:%Y-%m}"
