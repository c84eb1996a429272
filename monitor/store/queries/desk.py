"""The read-only connection of web pages: the commands' views within a time limit.

A page that would take longer than its limit is given up, so that no query holds a thread for long.
SQLite asks a progress handler every few thousand steps whether to go on.
"""

from __future__ import annotations

import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from monitor.errors import StoreError
from monitor.store.queries import feed_page
from monitor.store.queries.gloss import glossed_articles, glossed_stories
from monitor.store.queries.inbox import InboxReader
from monitor.store.queries.places import (
    located_reports,
    named_places,
    stories_a_day,
    stories_there,
)
from monitor.store.queries.rows import alert_row
from monitor.store.queries.search import SearchResult, search
from monitor.store.queries.stats import StatsReader
from monitor.store.queries.stories import STORY_COLUMNS, decoded, story_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    from monitor.store.queries.hit_filter import HitFilter
    from monitor.store.queries.rows import Row

_STEPS = 10_000  # of SQLite's machine between two looks at the clock: about a millisecond
_PATIENCE = 1.0  # seconds to wait for a process that holds the file locked
_LIMIT = 5.0  # seconds for all queries of a page

_RECENT = """
SELECT story_id FROM articles WHERE seen_at >= :since AND story_id IS NOT NULL
GROUP BY +story_id ORDER BY max(seen_at) DESC, story_id DESC LIMIT :limit
"""
_PUBLISHER_REPORTS = """
SELECT story, publisher, min(seen_at) AS first, kind, country, min(copy_of IS NOT NULL) AS repeats
FROM story_articles WHERE story IN (SELECT value FROM json_each(:stories))
GROUP BY story, publisher ORDER BY story, first
"""
_FIGURES = """
SELECT a.story_id AS story, g.unit, g.label, g.said_by, g.value, g.approx, a.seen_at AS seen,
       a.publisher
FROM figures g JOIN articles a ON a.id = g.article_id
WHERE a.story_id IN (SELECT value FROM json_each(:stories)) ORDER BY g.id
"""
_HOURS = """
SELECT story_id AS story, cast((:now - seen_at) / 3600 AS INTEGER) AS hours_ago, count(*) AS reports
FROM articles WHERE seen_at >= :since AND story_id IN (SELECT value FROM json_each(:stories))
GROUP BY 1, 2
"""
_DAYS = """
SELECT m.topic, cast(a.seen_at / 86400 AS INTEGER) AS day, count(*) AS hits
FROM articles a JOIN matches m ON m.article_id = a.id AND m.reason = ''
WHERE a.seen_at >= :since GROUP BY 1, 2
"""
_HEADLINES = """
SELECT v.article_id AS article, v.title,
       strftime('%Y-%m-%dT%H:%M:%SZ', v.seen_at, 'unixepoch') AS seen_at
FROM versions v JOIN articles a ON a.id = v.article_id
WHERE a.story_id = :story ORDER BY v.article_id, v.id
"""
_VERDICTS = """
SELECT article, CASE WHEN sum(good) > sum(wrong) THEN 'good' WHEN sum(wrong) > sum(good)
       THEN 'wrong' ELSE 'open' END AS verdict
FROM verdicts WHERE article IN (SELECT value FROM json_each(:articles)) GROUP BY article
"""
_NEWER = """
SELECT count(DISTINCT a.id) AS reports, count(DISTINCT a.story_id) AS stories
FROM articles a JOIN matches m ON m.article_id = a.id AND m.reason = '' WHERE a.seen_at > :since
"""


class DeskReader(InboxReader, StatsReader):
    """A read-only connection for one page; `limit` is in seconds, for all queries together.

    All methods raise StoreError, also when the time is over.
    """

    def __init__(self, path: Path, limit: float = _LIMIT) -> None:
        super().__init__(path, _PATIENCE)
        self.path = path
        self._limit = limit
        until = time.monotonic() + limit
        self._db.execute("PRAGMA query_only = 1")
        self._db.set_progress_handler(lambda: time.monotonic() > until, _STEPS)

    def _all(self, sql: str, values: dict[str, Any]) -> list[Row]:
        try:
            return super()._all(sql, values)
        except StoreError as error:
            code = getattr(error.__cause__, "sqlite_errorcode", 0)
            if code != sqlite3.SQLITE_INTERRUPT:
                raise
            message = f"the page took longer than {self._limit:g} s: ask for less"
            raise StoreError(message, passing=True) from error

    # ── now ───────────────────────────────────────────────────────────────────────────────────

    def recent_stories(self, since: datetime, now: datetime, limit: int = 60) -> list[Row]:
        """Return stories with a report since then, the newest report first.

        To the STORY_FIELDS come `publisher_reports` (the first to report first), `figures` (see
        `latest_figures`) and `hours` (reports an hour since then, the present hour last).
        """
        found = self._all(_RECENT, {"since": since.timestamp(), "limit": limit})
        rows = story_rows(self._all, [row["story_id"] for row in found])
        ids = json.dumps([row["id"] for row in rows])
        publisher_reports = _grouped(self._all(_PUBLISHER_REPORTS, {"stories": ids}))
        figures = _grouped(self._all(_FIGURES, {"stories": ids}))
        times = {"stories": ids, "since": since.timestamp(), "now": now.timestamp()}
        hours = _grouped(self._all(_HOURS, times))
        width = int((now - since).total_seconds() // 3600) or 1
        stories = [
            {
                **decoded(row, STORY_COLUMNS),
                "publisher_reports": list(
                    map(_publisher_report, publisher_reports.get(row["id"], ()))
                ),
                "figures": latest_figures(figures.get(row["id"], [])),
                "hours": _bars(hours.get(row["id"], []), width),
            }
            for row in rows
        ]
        return glossed_stories(self._db, stories)

    def days_of_topics(self, now: datetime, days: int = 28) -> dict[str, list[int]]:
        """Return the hits a day of each topic, today last."""
        today = int(now.timestamp() // 86400)
        since = (today - days + 1) * 86400.0
        found: dict[str, list[int]] = {}
        for row in self._all(_DAYS, {"since": since}):
            counts = found.setdefault(row["topic"], [0] * days)
            if 0 <= (place := row["day"] - today + days - 1) < days:
                counts[place] += row["hits"]
        return found

    def newer(self, since: datetime) -> Row:
        """Return how many `reports` of how many `stories` came after a time."""
        [row] = self._all(_NEWER, {"since": since.timestamp()})
        return row

    # ── one story ─────────────────────────────────────────────────────────────────────────────

    def headlines(self, story: int) -> list[Row]:
        """Return the headlines that the articles of a story had, of each in their order."""
        return self._all(_HEADLINES, {"story": story})

    def alerts_of(self, story: int) -> list[Row]:
        """Return the alerts of a story, the oldest first."""
        sql = "SELECT * FROM alert_list WHERE story = :story ORDER BY id"
        return [alert_row(row) for row in self._all(sql, {"story": story})]

    def verdicts_of(self, articles: Collection[int]) -> dict[int, str]:
        """Return what readers say of articles: `good`, `wrong` or `open`; nothing of the others."""
        values = {"articles": json.dumps(list(articles))}
        return {row["article"]: row["verdict"] for row in self._all(_VERDICTS, values)}

    # ── feeds and digests ─────────────────────────────────────────────────────────────────────

    def polls_with_entries(self, feed: int) -> list[Row]:
        """Return the last polls of a feed that brought entries."""
        return feed_page.polls_with_entries(self._all, feed)

    def outages_of(self, feed: int) -> list[Row]:
        """Return the last outages and gaps of a feed that are over."""
        return feed_page.outages_of(self._all, feed)

    def digests(self) -> list[Row]:
        """Return digests that wait, then those that were sent last."""
        return feed_page.digests(self._all)

    # ── map ───────────────────────────────────────────────────────────────────────────────────

    def named_places(self, since: datetime, until: datetime, topic: str = "") -> list[Row]:
        """Return which places and actors reports named, see `store.queries.places`."""
        return named_places(self._all, since, until, topic)

    def stories_there(
        self, entity: str, since: datetime, until: datetime, topic: str = ""
    ) -> list[Row]:
        """Return the stories that named a place, with `langs` as a list."""
        rows = stories_there(self._all, entity, since, until, topic)
        return [decoded(row, row) for row in rows]

    def located_reports(self, since: datetime, until: datetime, topic: str = "") -> list[Row]:
        """Return the reports whose feeds say where their event is."""
        return located_reports(self._all, since, until, topic)

    def stories_a_day(self, until: datetime, days: int) -> dict[str, list[int]]:
        """Return the stories a day of each topic, see `store.queries.places`."""
        return stories_a_day(self._all, until, days)

    # ── search ────────────────────────────────────────────────────────────────────────────────

    def search(self, wanted: HitFilter) -> SearchResult:
        """Return hits or near misses with the counts of facets, see `store.queries.search`."""
        found = search(self._all, wanted)
        return found._replace(rows=glossed_articles(self._db, found.rows))


def latest_figures(rows: Collection[Row]) -> list[Row]:
    """Return the last figure of each kind and speaker, with the one that it replaced.

    `was` is the value before, None for a first figure. Figures that changed come first.
    """
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row["label"] or row["unit"], row["said_by"].casefold())
        before = found.get(key)
        if before and before["value"] == row["value"]:
            continue
        found[key] = {
            "unit": row["unit"],
            "label": row["label"],
            "said_by": row["said_by"],
            "value": row["value"],
            "approx": row["approx"],
            "was": before["value"] if before else None,
        }
    return sorted(found.values(), key=lambda row: (row["was"] is None, row["unit"]))


def _grouped(rows: Collection[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["story"], []).append(row)
    return groups


def _publisher_report(row: Mapping[str, Any]) -> Row:
    return {
        "publisher": row["publisher"],
        "kind": row["kind"],
        "country": row["country"],
        "repeats": bool(row["repeats"]),
    }


def _bars(rows: Collection[Row], width: int) -> list[int]:
    counts = [0] * width
    for row in rows:
        if 0 <= row["hours_ago"] < width:
            counts[width - 1 - row["hours_ago"]] += row["reports"]
    return counts
