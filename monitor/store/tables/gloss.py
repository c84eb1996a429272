"""Glosses of headlines: what the term sets found there, and machine translations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monitor.store.tables.base import Table
from monitor.store.times import seconds
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.store.tables.stories import Reads

READERS = "reader_lang"  # the setting: the languages that readers know, as JSON
_UNGLOSSED = """
SELECT v.title, a.lang FROM articles a JOIN versions v ON v.id = a.version_id
WHERE a.story_id IS NOT NULL AND a.seen_at >= :since AND a.lang <> '' AND a.title_key <> x''
AND a.lang NOT IN (SELECT value FROM json_each(:readers)) ORDER BY a.seen_at DESC LIMIT :most
"""
_KEEP = "INSERT OR REPLACE INTO machine_gloss VALUES (?, ?, ?, ?, ?, ?)"
_STORIES = """
SELECT DISTINCT a.story_id FROM articles a JOIN versions v ON v.id = a.version_id
WHERE a.seen_at >= ? AND a.story_id IS NOT NULL AND v.title = ?
"""


class GlossTable(Table):
    """The part of a transaction that concerns glosses."""

    def put(self, article: int, terms: Sequence[str]) -> None:
        """Keep what an article's headline names (see `extraction.gloss_terms`)."""
        self.db.execute(
            "INSERT OR REPLACE INTO article_gloss VALUES (?, ?)",
            (article, json.dumps(terms, ensure_ascii=False)),
        )

    def terms(self, article: int) -> list[str]:
        """Return what an article's headline names."""
        sql = "SELECT terms FROM article_gloss WHERE article_id = ?"
        row = self.db.execute(sql, (article,)).fetchone()
        return list(json.loads(row[0])) if row else []

    def set_readers(self, langs: Sequence[str]) -> None:
        """Keep the languages that readers know, for those who read the database alone."""
        self.db.execute(
            "INSERT OR REPLACE INTO desk_settings VALUES (?, ?)", (READERS, json.dumps(langs))
        )

    def unglossed(
        self, since: datetime, readers: Sequence[str], most: int
    ) -> list[tuple[str, str]]:
        """Return (headline, language) of hits since then that no machine has glossed yet."""
        values = {"since": seconds(since), "readers": json.dumps(readers), "most": 4 * most}
        found = self.db.execute(_UNGLOSSED, values)
        rows = dict.fromkeys((str(title), str(lang)) for title, lang in found)
        known = [row for row in rows if machine_gloss(self.db, row[0], row[1], readers[0]) is None]
        return known[:most]

    def spent(self, since: datetime) -> int:
        """Return the characters of headlines that were sent to a machine since then."""
        sql = "SELECT coalesce(sum(characters), 0) FROM machine_gloss WHERE at >= ?"
        return int(self.db.execute(sql, (seconds(since),)).fetchone()[0])

    def keep(
        self, glosses: Mapping[tuple[str, str], str], lang: str, model: str, now: datetime
    ) -> None:
        """Keep machine glosses by (headline, language)."""
        self.db.conn.executemany(
            _KEEP,
            [
                (_digest(title, of), lang, text, model, len(title), seconds(now))
                for (title, of), text in glosses.items()
            ],
        )

    def stories_with(self, title: str, since: datetime) -> list[int]:
        """Return the stories with a report of this headline since then."""
        return [row[0] for row in self.db.execute(_STORIES, (seconds(since), title))]


def machine_gloss(db: Reads, title: str, lang: str, into: str) -> str | None:
    """Return the machine's gloss of a headline, "" where it had none, None if none was asked."""
    sql = "SELECT text FROM machine_gloss WHERE digest = ? AND lang = ?"
    row: Any = db.execute(sql, (_digest(title, lang), into)).fetchone()
    return str(row[0]) if row else None


def readers_of(db: Reads) -> tuple[str, ...]:
    """Return the languages that readers know: the configuration's, English where it says none."""
    row: Any = db.execute("SELECT value FROM desk_settings WHERE name = ?", (READERS,)).fetchone()
    return tuple(json.loads(row[0])) if row else ("en",)


def _digest(title: str, lang: str) -> bytes:
    return digest(lang, title, size=16)
