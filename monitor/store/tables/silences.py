"""Silences in the database: which alerts are held back, by whom, until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.alerts.silences import Silence
from monitor.errors import InputError
from monitor.store.tables.base import Table
from monitor.store.times import moment, seconds

if TYPE_CHECKING:
    from datetime import datetime


_COLUMNS = "topic, term, publisher, starts_at, ends_at, comment, coalesce(story_id, 0), author, id"


class SilenceTable(Table):
    """The part of a transaction that concerns silences."""

    def active(self, now: datetime) -> list[Silence]:
        """Return the silences that are in force."""
        return self._silences("starts_at <= ? AND ends_at > ?", now, now)

    def ended(self, since: datetime, until: datetime) -> list[Silence]:
        """Return the silences that ran out between two times, without those expired by hand."""
        return self._silences("ends_at > ? AND ends_at <= ? AND NOT expired", since, until)

    def _silences(self, condition: str, *moments: datetime) -> list[Silence]:
        rows = self.db.execute(
            f"SELECT {_COLUMNS} FROM silences WHERE {condition} ORDER BY id",
            tuple(map(seconds, moments)),
        )
        return [
            Silence(topic, term, publisher, moment(starts), moment(ends), comment, story, by, id_)
            for topic, term, publisher, starts, ends, comment, story, by, id_ in rows
        ]

    def add(self, silence: Silence) -> int:
        """Store a silence and return its id. Raises InputError for a story that does not exist."""
        known = "SELECT 1 FROM stories WHERE id = ?"
        if silence.story and not self.db.execute(known, (silence.story,)).fetchone():
            raise InputError(f"there is no story {silence.story}")
        silence_id = self.db.execute(
            "INSERT INTO silences (topic, term, publisher, starts_at, ends_at, comment, story_id,"
            " author) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                silence.topic,
                silence.term,
                silence.publisher,
                seconds(silence.starts_at),
                seconds(silence.ends_at),
                silence.comment,
                silence.story or None,
                silence.by,
            ),
        ).lastrowid
        assert silence_id is not None  # noqa: S101 - an INSERT that succeeded has one
        return silence_id

    def silence_for(
        self, length: float, now: datetime, *, topic: str = "", story: int = 0, by: str = ""
    ) -> int:
        """Silence a topic or a story for `length` seconds; return the silence's id."""
        until = now + timedelta(seconds=length)
        return self.add(Silence(topic, "", "", now, until, story=story, by=by))

    def expire(self, silence_id: int, now: datetime) -> bool:
        """End a silence now; False where no present or future silence has this id."""
        ended = self.db.execute(
            "UPDATE silences SET ends_at = :now, expired = 1, starts_at = min(starts_at, :now)"
            " WHERE id = :id AND ends_at > :now",
            {"id": silence_id, "now": seconds(now)},
        )
        return ended.rowcount == 1
